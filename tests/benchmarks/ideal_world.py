"""A world whose ideal denoiser is known exactly, to put in place of Wan's transformers inside the real pipelines.

Clips show one disc of a known colour on a known background. It falls, bounces on the floor and drifts; where it starts and how fast
it is, is random: the prior is a mixture over thousands of such trajectories. For a mixture of points the posterior mean given a noised
clip x = (1 - s) z + s n is exact, E[z | x] = sum_k w_k z_k with log w_k = log p_k - |x - (1 - s) z_k|^2 / (2 s^2), and the velocity
that flow matching asks for is (x - E[z | x]) / s. Round every tested trajectory the mixture is refined by neighbours
at an eighth of a pixel to 24 px that share the weight of one trajectory, so that an error can be small without the prior favouring
what is tested.

The autoencoder is a linear stand-in with Wan's strides: a latent cell holds the mean colours of its 8x8 pixels in each frame of its
group (12 channels; the real one has 16). So trajectories can be measured in pixels, to a fraction of a cell.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse

from generator.guidance.base import Reference

Array = NDArray[np.float64]
SIZE, FRAMES, CELL = 256, 33, 8
GRID = SIZE // CELL
BACKGROUND = np.array([92, 102, 112]) / 255  # exact in 8 bits
PROMPT_COLOUR = np.array([0.85, 0.16, 0.12])
STD = 0.25  # of the stand-in's latents before normalisation; a disc that fills a cell stands out by 10, see `contrast_norm`
TOLD = 0.35  # how exactly an ideal image- or control-conditioned model reads its condition, in units of the disc's contrast


@dataclass(frozen=True)
class Motion:
    """Trajectories: `diameter` [px], gravity [px/frame^2]; slow 0.1, medium 0.35, fast 1.5."""

    diameter: float = 32.0
    gravity: float = 0.35

    def draw(self, rng: np.random.Generator, count: int) -> Array:
        """Parameters (count, 5): x, y of the start [px], their speeds [px/frame], restitution."""
        r = self.diameter / 2
        x = rng.uniform(r, SIZE - r, count)
        end = rng.uniform(r, SIZE - r, count)
        y = rng.uniform(r, 0.55 * SIZE, count)
        return np.stack(
            [
                x,
                y,
                (end - x) / (FRAMES - 1),
                rng.uniform(-1, 1, count) * 4 * np.sqrt(self.gravity),
                rng.uniform(0.4, 0.9, count),
            ],
            axis=1,
        )

    def neighbours(self, rng: np.random.Generator, which: Array, count: int) -> Array:
        reach = 2.0 ** rng.uniform(-3, 4.6, count)[:, None]  # an eighth of a pixel to 24 px
        step = rng.normal(size=(count, 5)) * np.array([0.7, 0.7, 1.0 / FRAMES, 1.0 / FRAMES, 0.004]) * reach
        out = which + step
        out[:, 4] = np.clip(out[:, 4], 0.3, 0.95)
        return out

    def paths(self, parameters: Array) -> Array:
        """Centres [px] (count, FRAMES, 2), integrated in sub-steps, bouncing on the floor and the walls."""
        r, sub = self.diameter / 2, 8
        x, y, vx, vy = (parameters[:, k].copy() for k in range(4))
        e = parameters[:, 4]
        out = np.empty((len(parameters), FRAMES, 2))
        for t in range(FRAMES):
            out[:, t, 0], out[:, t, 1] = x, y
            for _ in range(sub):
                vy += self.gravity / sub
                x, y = x + vx / sub, y + vy / sub
                low = (y > SIZE - r) & (vy > 0)
                y, vy = np.where(low, 2 * (SIZE - r) - y, y), np.where(low, -e * vy, vy)
                side = ((x < r) & (vx < 0)) | ((x > SIZE - r) & (vx > 0))
                vx = np.where(side, -vx, vx)
        return out


def disc_coverage(path: Array, diameter: float, cell: int) -> Array:
    """Share of every square of `cell` px that a disc covers, (T, SIZE/cell, SIZE/cell); edges are smooth over half a square or a pixel."""
    per = 4 if cell > 1 else 2
    at = (np.arange(SIZE // cell * per) + 0.5) * cell / per
    distance = np.hypot(at[None, None, :] - path[:, 0, None, None], at[None, :, None] - path[:, 1, None, None])
    inside = (distance < diameter / 2).astype(np.float32)
    side = SIZE // cell
    return inside.reshape(len(path), side, per, side, per).mean(axis=(2, 4))


def _sparse_coverage(paths: Array, diameter: float) -> sparse.csr_matrix:
    """Cells covered by every trajectory in every frame (K, FRAMES * GRID * GRID), 4x4 samples a cell."""
    reach = int(np.ceil(diameter / 2 / CELL)) + 1
    window = np.arange(-reach, reach + 1)
    offsets = (np.arange(4) + 0.5) / 4
    rows, columns, values = [], [], []
    frame = np.arange(FRAMES)
    for k, path in enumerate(paths):
        home = np.floor(path / CELL).astype(int)  # (T, 2) x, y
        cx, cy = home[:, 0, None] + window, home[:, 1, None] + window  # (T, n)
        dx = (cx[..., None] + offsets) * CELL - path[:, 0, None, None]
        dy = (cy[..., None] + offsets) * CELL - path[:, 1, None, None]
        inside = dx[:, None, :, None, :] ** 2 + dy[:, :, None, :, None] ** 2 < (diameter / 2) ** 2
        share = inside.mean(axis=(3, 4))
        good = (
            (share > 0)
            & (cx[:, None, :] >= 0)
            & (cx[:, None, :] < GRID)
            & (cy[:, :, None] >= 0)
            & (cy[:, :, None] < GRID)
        )
        t, i, j = np.nonzero(good)
        rows.append(np.full(len(t), k))
        columns.append(frame[t] * GRID * GRID + cy[t, i] * GRID + cx[t, j])
        values.append(share[t, i, j])
    shape = (len(paths), FRAMES * GRID * GRID)
    return sparse.csr_matrix(
        (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), shape=shape, dtype=np.float64
    )


class World:
    """The prior over clips, tested trajectories included. `truths` (n, FRAMES, 2) are centres [px]."""

    def __init__(
        self, motion: Motion, *, trajectories: int = 3000, truths: int = 12, neighbours: int = 128, seed: int = 0
    ) -> None:
        rng = np.random.default_rng(seed)
        self.motion = motion
        chosen = motion.draw(rng, truths)
        near = [motion.neighbours(rng, row, neighbours) for row in chosen]
        parameters = np.concatenate(
            [motion.draw(rng, trajectories), *near]
        )  # the tested ones themselves are not in the prior
        self.truths = motion.paths(chosen)
        self.coverage = _sparse_coverage(motion.paths(parameters), motion.diameter)
        self.log_prior = np.log(np.concatenate([np.ones(trajectories), np.full(truths * neighbours, 1.0 / neighbours)]))
        self.transposed = self.coverage.T.tocsr()
        repeat = np.ones(FRAMES)
        repeat[0] = 4  # the first frame fills all four places of its group
        self.per_frame = np.repeat(repeat, GRID * GRID)
        self.energy = np.asarray(self.coverage.multiply(self.coverage) @ self.per_frame)

    def weights(self, score: Array) -> Array:
        score = score + self.log_prior
        score = np.exp(score - score.max())
        return score / score.sum()

    def mean(self, weights: Array) -> Array:
        return np.asarray(self.transposed @ weights)


@lru_cache(maxsize=2)
def world_of(diameter: float, gravity: float, truths: int = 12, trajectories: int = 3000) -> World:
    return World(Motion(diameter, gravity), truths=truths, trajectories=trajectories)


# the stand-ins -----------------------------------------------------------------------------------------------------------------------


class StandInVae(torch.nn.Module):
    """Mean colours per 8x8 pixels and frame, in Wan's strides."""

    temperal_downsample = (False, True, True)

    def __init__(self) -> None:
        super().__init__()
        self.anchor = torch.nn.Parameter(torch.zeros(1), requires_grad=False)
        mean = [float(v) for v in np.tile(2 * BACKGROUND - 1, 4)]
        self.config = SimpleNamespace(
            z_dim=12, latents_mean=mean, latents_std=[STD] * 12, scale_factor_temporal=4, scale_factor_spatial=8
        )

    @property
    def dtype(self) -> torch.dtype:
        return self.anchor.dtype

    @property
    def device(self) -> torch.device:
        return self.anchor.device

    def encode(self, video: torch.Tensor) -> Any:
        pooled = torch.nn.functional.avg_pool3d(video, (1, CELL, CELL))  # (B, 3, T, h, w)
        grouped = torch.cat([pooled[:, :, :1].repeat(1, 1, 4, 1, 1), pooled[:, :, 1:]], dim=2)
        b, c, t, h, w = grouped.shape
        latents = grouped.reshape(b, c, t // 4, 4, h, w).permute(0, 3, 1, 2, 4, 5).reshape(b, 12, t // 4, h, w)
        return SimpleNamespace(latent_dist=SimpleNamespace(mode=lambda: latents))

    def decode(self, latents: torch.Tensor, return_dict: bool = False) -> tuple[torch.Tensor]:
        b, _, frames, h, w = latents.shape
        grouped = latents.reshape(b, 4, 3, frames, h, w).permute(0, 2, 3, 1, 4, 5).reshape(b, 3, 4 * frames, h, w)
        video = grouped[:, :, 3:]  # the first group holds its one frame four times
        return (video.repeat_interleave(CELL, 3).repeat_interleave(CELL, 4),)


def _field(latents: torch.Tensor) -> Array:
    """Latents (1, 12, L, h, w) projected on the disc's colour: (FRAMES * GRID * GRID), in units of coverage, the first frame averaged."""
    contrast = (2 * (PROMPT_COLOUR - BACKGROUND)) / STD
    values = latents[0].double().cpu().numpy().reshape(4, 3, latents.shape[2], GRID, GRID)
    shown = np.tensordot(contrast, values, axes=(0, 1)) / (contrast @ contrast)  # (4, L, h, w)
    flat = shown.transpose(1, 0, 2, 3).reshape(-1, GRID, GRID)
    return np.concatenate([flat[:4].mean(axis=0, keepdims=True), flat[4:]]).reshape(-1)


def _latents(coverage: Array, like: torch.Tensor) -> torch.Tensor:
    contrast = (2 * (PROMPT_COLOUR - BACKGROUND)) / STD
    frames = coverage.reshape(FRAMES, GRID, GRID)
    grouped = np.concatenate([np.repeat(frames[:1], 4, axis=0), frames[1:]]).reshape(-1, 4, GRID, GRID)
    full = grouped.transpose(1, 0, 2, 3)[:, None] * contrast[None, :, None, None, None]
    return torch.from_numpy(full.reshape(1, 12, len(grouped), GRID, GRID)).to(like.device, like.dtype)


class IdealTransformer(torch.nn.Module):
    """The exact posterior mean as a velocity, with the call of a Wan transformer. Reads the first frame (image-to-video) or the
    control latents (VACE) where the pipeline gives them."""

    def __init__(self, world: World, kind: str = "t2v") -> None:
        super().__init__()
        self.world, self.kind = world, kind
        self.anchor = torch.nn.Parameter(torch.zeros(1), requires_grad=False)
        self.config = SimpleNamespace(in_channels=12, patch_size=(1, 2, 2), image_dim=None, vace_layers=[0])
        self.dtype, self.calls = torch.float32, 0

    @property
    def device(self) -> torch.device:
        return self.anchor.device

    @contextmanager
    def cache_context(self, name: str, **_: Any) -> Iterator[None]:
        yield

    def forward(self, hidden_states: torch.Tensor, timestep: torch.Tensor, **given: Any) -> tuple[torch.Tensor]:
        self.calls += 1
        world, sigma = self.world, float(timestep.flatten()[-1]) / 1000
        x = hidden_states[:, :12]
        contrast = (2 * (PROMPT_COLOUR - BACKGROUND)) / STD
        field = _field(x)
        power = float(contrast @ contrast)
        linear = world.coverage @ (world.per_frame * field)
        score = power * ((1 - sigma) * linear - (1 - sigma) ** 2 * world.energy / 2) / sigma**2
        if self.kind == "i2v":  # channels: clip 12, mask 4, conditioning clip 12
            seen = _field(hidden_states[:, 16:28])[: GRID * GRID]
            first = world.coverage[:, : GRID * GRID]
            score = score + (first @ seen - np.asarray(first.multiply(first).sum(axis=1)).ravel() / 2) / TOLD**2
        if self.kind == "vace":
            score = score + self._read_control(given)
        mean = _latents(world.mean(world.weights(score)), x)
        return ((x - mean) / sigma,)

    def _read_control(self, given: dict[str, Any]) -> Array:
        """Control by depth: the disc is white on black, in the reactive half of the control latents."""
        scale = given["control_hidden_states_scale"]
        scale = float(scale.flatten()[-1])
        control = given["control_hidden_states"][:, 12:24]
        values = (
            control[0].double().cpu().numpy().reshape(4, 3, -1, GRID, GRID).mean(axis=1) * STD
            + (2 * BACKGROUND - 1).mean()
        )
        flat = ((values + 1) / 2).transpose(1, 0, 2, 3).reshape(-1, GRID, GRID)
        seen = np.concatenate([flat[:1], flat[4:]]).reshape(-1)
        white = 1.0
        linear = self.world.coverage @ seen * white
        energy = np.asarray(self.world.coverage.multiply(self.world.coverage).sum(axis=1)).ravel()
        return scale * (linear - energy / 2) / TOLD**2


def ideal_pipeline(
    world: World, kind: str = "t2v", *, shift: float = 12.0, boundary: float = 0.875, scheduler: str = "unipc"
) -> Any:
    """A stock pipeline with the ideal denoiser as both experts. Prompts are ready embeddings; no text encoder."""
    from diffusers import (
        FlowMatchEulerDiscreteScheduler,
        UniPCMultistepScheduler,
        WanImageToVideoPipeline,
        WanPipeline,
        WanVACEPipeline,
    )

    if scheduler == "euler":
        solver: Any = FlowMatchEulerDiscreteScheduler(shift=shift)
    else:
        solver = UniPCMultistepScheduler(prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=shift)
    parts = dict(
        tokenizer=None, text_encoder=None, vae=StandInVae(), scheduler=solver, transformer=IdealTransformer(world, kind),
        transformer_2=IdealTransformer(world, kind), boundary_ratio=boundary,
    )  # fmt: skip
    classes = {"t2v": WanPipeline, "i2v": WanImageToVideoPipeline, "vace": WanVACEPipeline}
    if kind == "i2v":
        parts.update(image_encoder=None, image_processor=None)
    pipe = classes[kind](**parts)
    pipe.set_progress_bar_config(disable=True)
    return pipe


# references and measures -------------------------------------------------------------------------------------------------------------


def render_colour(cosine: float) -> Array:
    """A colour whose contrast to the background has the given cosine to the prompt's, and the same length."""
    contrast = PROMPT_COLOUR - BACKGROUND
    length = np.linalg.norm(contrast)
    other = np.cross(contrast, [0.3, -0.2, 1.0])
    return np.clip(
        BACKGROUND + cosine * contrast + np.sqrt(1 - cosine**2) * length * other / np.linalg.norm(other), 0, 1
    )


@lru_cache(maxsize=64)
def _disc_pixels(path: tuple[tuple[float, float], ...], diameter: float) -> Array:
    cover = [disc_coverage(np.array([centre]), diameter, 1)[0] for centre in path]
    return np.stack(cover).astype(np.float32)


def disc_reference(path: Array, diameter: float, *, colour: Array = PROMPT_COLOUR) -> Reference:
    """The simulated clip: a disc on the background, with exact masks and depth."""
    cover = _disc_pixels(tuple((float(x), float(y)) for x, y in path), diameter)[..., None]
    frames = np.round(255 * (BACKGROUND + cover * (colour - BACKGROUND))).astype(np.uint8)
    ids = np.where(cover[..., 0] > 0.5, 0, -1).astype(np.int32)
    depth = np.where(ids == 0, 2.0, 6.0).astype(np.float32)
    return Reference(
        frames=frames, ids=ids, names=("ball",), statuses={"ball": "solved"}, movers=("ball",), depth=depth
    )


@dataclass(frozen=True)
class Score:
    """Trajectory error [px] (mean over frames) and overlap of generated and true coverage, sum of minima over sum of maxima."""

    error: float
    iou: float


def score(frames: NDArray[np.uint8], path: Array, diameter: float) -> Score:
    """Measure a generated clip (FRAMES, SIZE, SIZE, 3): the disc is where the picture leaves the background towards the prompt's colour."""
    contrast = PROMPT_COLOUR - BACKGROUND
    cells = frames.reshape(FRAMES, GRID, CELL, GRID, CELL, 3).mean(axis=(2, 4)) / 255 - BACKGROUND
    found = np.clip(cells @ contrast / (contrast @ contrast), 0, 1)
    found[found < 0.03] = 0.0  # rounding to 8 bits
    true = disc_coverage(path, diameter, CELL)
    at = (np.arange(GRID) + 0.5) * CELL
    errors, least, most = [], 0.0, 0.0
    for t in range(FRAMES):
        strong = np.where(found[t] > 0.1 * found[t].max(), found[t], 0.0)
        total = strong.sum()
        if total == 0:
            errors.append(SIZE / 2)  # lost
        else:
            errors.append(
                float(
                    np.hypot(
                        (strong.sum(axis=0) @ at) / total - path[t, 0], (strong.sum(axis=1) @ at) / total - path[t, 1]
                    )
                )
            )
        least, most = (
            least + float(np.minimum(found[t], true[t]).sum()),
            most + float(np.maximum(found[t], true[t]).sum()),
        )
    return Score(float(np.mean(errors)), least / most)
