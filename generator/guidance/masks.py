"""Masks that survive the latent grid: per latent group of frames, weighted by coverage, never thinner than a token.

A latent frame holds one frame (the first) or `time` frames, and a token `space * patch` pixels: what is pinned must be pinned in
every token that the object touches in any frame of the group, or a small fast object falls through the grid.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from generator.guidance.base import Grid, Reference

__all__ = [
    "MaskSettings",
    "PinLayer",
    "first_frame_mask",
    "pin_layers",
    "pin_names",
    "to_cells",
    "token_mask",
    "union_mask",
]

FloatArray = NDArray[np.float32]
How = Literal["group", "first", "union"]


@dataclass(frozen=True, kw_only=True)
class MaskSettings:
    """How long and how widely each kind of thing is pinned.

    `release` {kind: share}: a kind is let go at sigma_strong + share * (sigma_weak - sigma_strong); None is never pinned. Kinds are the
    status words for movers, and `effect` (shadows, surroundings of a touch), `still` (bodies at rest), `background` (only while the
    camera moves), `anchor` (what an earlier chunk has already made). `dilate` {kind: tokens} widens a mask. `full` is the share of a token that must be covered for a full pin; less is
    pinned in proportion. `how` group, or, for comparison, first (the first frame of each group, sampled at token centres) and
    union (all frames of the clip together). None of these values has been calibrated on real weights.
    """

    release: Mapping[str, float | None] = field(
        default_factory=lambda: {
            "solved": 0.0, "actuated": 0.0, "proxied": 0.6, "imagined": None, "refused": None, "effect": 0.4, "still": 0.5, "background": 0.5,
            "anchor": 0.0,
        }
    )  # fmt: skip
    dilate: Mapping[str, int] = field(default_factory=lambda: {"proxied": 1})
    full: float = 0.25
    how: How = "group"

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def widened(self, tokens: int) -> MaskSettings:
        """The same with the masks of everything that moves by law `tokens` wider than the mask itself; proxied things keep their extra."""
        own = self.dilate
        wider = {kind: tokens for kind in ("solved", "actuated")} | {"proxied": tokens + own.get("proxied", 0)}
        return replace(self, dilate={**own, **wider})


@dataclass(frozen=True)
class PinLayer:
    """A region that is put back to the reference at noise levels not below `until`. `mask` float32 (L, h, w) in 0..1 per token."""

    name: str
    kind: str
    until: float
    mask: FloatArray


def _tokens(mask: NDArray[np.bool_], token: int) -> FloatArray:
    """Share of every token that is covered, (T, h, w); a last, cut token counts the pixels that it has."""
    frames, height, width = mask.shape
    rows, columns = -(-height // token), -(-width // token)
    padded = np.zeros((frames, rows * token, columns * token), dtype=np.float32)
    padded[:, :height, :width] = mask
    return padded.reshape(frames, rows, token, columns, token).mean(axis=(2, 4))


def _grown(mask: FloatArray, tokens: int) -> FloatArray:
    """The largest value within `tokens` tokens, diagonals included."""
    for _ in range(tokens):
        wide = np.pad(mask, ((0, 0), (1, 1), (1, 1)))
        height, width = mask.shape[1:]
        mask = np.max([wide[:, dy : dy + height, dx : dx + width] for dy in range(3) for dx in range(3)], axis=0)
    return mask


def token_mask(mask: NDArray[np.bool_], grid: Grid, *, dilate: int = 0, full: float = 0.25) -> FloatArray:
    """Weights (L, h, w) in 0..1 of a thing seen at `mask` (T, H, W): per latent group the largest coverage of each token in any of
    its frames, over `full`; at least the token that is covered most in each frame is pinned fully, so that nothing visible is lost."""
    coverage = _tokens(mask, grid.token)
    frames = mask.shape[0]
    weight = np.clip(coverage / full, 0.0, 1.0)
    flat = coverage.reshape(frames, -1)
    seen = np.flatnonzero(flat.max(axis=1) > 0)
    weight.reshape(frames, -1)[seen, flat[seen].argmax(axis=1)] = 1.0
    out = np.zeros((grid.latent_frames(frames), *coverage.shape[1:]), dtype=np.float32)
    for k in range(len(out)):
        group = [t for t in grid.group(k) if t < frames]
        out[k] = weight[group].max(axis=0)
    return _grown(out, dilate)


def first_frame_mask(mask: NDArray[np.bool_], grid: Grid) -> FloatArray:
    """The first frame of each group, sampled at the centre of every token: what Time-to-Move (arXiv 2511.08633) does; for comparison."""
    frames, height, width = mask.shape
    rows = np.minimum(np.arange(-(-height // grid.token)) * grid.token + grid.token // 2, height - 1)
    columns = np.minimum(np.arange(-(-width // grid.token)) * grid.token + grid.token // 2, width - 1)
    firsts = [grid.group(k)[0] for k in range(grid.latent_frames(frames))]
    return mask[np.ix_(firsts, rows, columns)].astype(np.float32)


def union_mask(mask: NDArray[np.bool_], grid: Grid) -> FloatArray:
    """Every token that is touched in any frame of the clip, in all latent frames; for comparison."""
    touched = np.asarray((_tokens(mask, grid.token) > 0).any(axis=0))
    return np.repeat(touched[None], grid.latent_frames(mask.shape[0]), axis=0).astype(np.float32)


def to_cells(mask: FloatArray, grid: Grid, shape: tuple[int, int]) -> FloatArray:
    """A token mask (L, h, w) on the latent cells (L, *shape): whole tokens, because the transformer cannot see less."""
    return mask.repeat(grid.patch, axis=1).repeat(grid.patch, axis=2)[:, : shape[0], : shape[1]]


def _kinds(reference: Reference) -> dict[str, str]:
    """What kind each thing in the reference is pinned as."""
    out: dict[str, str] = {}
    for name in reference.names:
        if name in reference.movers:
            out[name] = reference.status(name)
        elif name not in reference.ground:
            out[name] = (
                "still" if reference.status(name) in ("solved", "actuated", "proxied") else reference.status(name)
            )
    out.update({name: "anchor" if name == "anchor" else "effect" for name in reference.effects})
    return out


def _until(kind: str, settings: MaskSettings, weak: float, strong: float, floor: float) -> float | None:
    share = settings.release.get(kind)
    return None if share is None else max(strong + share * (weak - strong), floor)


def pin_names(
    reference: Reference, settings: MaskSettings, *, weak: float, strong: float, floor: float = 0.0
) -> dict[str, float]:
    """{name: sigma that it is pinned until} of everything that is pinned; `floor` is the expert boundary."""
    found: dict[str, float] = {}
    for name, kind in _kinds(reference).items():
        until = _until(kind, settings, weak, strong, floor)
        if until is not None:
            found[name] = until
    until = _until("background", settings, weak, strong, floor)
    if reference.camera_moving and until is not None:
        found["background"] = until
    return found


def pin_layers(
    reference: Reference, grid: Grid, settings: MaskSettings, *, weak: float, strong: float, floor: float = 0.0
) -> list[PinLayer]:
    """Everything that is pinned, the movers first. The background is what no body covers, and never what is imagined."""
    untils = pin_names(reference, settings, weak=weak, strong=strong, floor=floor)
    layers: list[PinLayer] = []
    for name, kind in _kinds(reference).items():
        if name not in untils:
            continue
        mask = reference.effects[name] if kind in ("effect", "anchor") else reference.mask(name)
        if not mask.any():
            continue
        if settings.how == "group":
            tokens = token_mask(mask, grid, dilate=settings.dilate.get(kind, 0), full=settings.full)
        else:
            tokens = first_frame_mask(mask, grid) if settings.how == "first" else union_mask(mask, grid)
        layers.append(PinLayer(name, kind, untils[name], tokens))
    if "background" in untils:
        free = np.zeros(reference.ids.shape, dtype=bool)
        for name in reference.names:
            if name in reference.movers or settings.release.get(reference.status(name)) is None:
                free |= reference.mask(name)
        layers.append(
            PinLayer(
                "background",
                "background",
                untils["background"],
                (1.0 - token_mask(free, grid, full=settings.full)).astype(np.float32),
            )
        )
    return layers
