"""Floating-point operations of a Wan transformer, counted from its shape: the roofline that measured times are held against.

A matrix product of (m, k) by (k, n) is 2 m k n operations. Per token and block: self-attention projections 4 of width d by d, cross-attention
query and output 2, feed-forward 2 of d by f; self-attention over S tokens 4 S^2 d (scores and values); cross-attention over L text tokens
4 S L d, whose keys and values take 2 products of (L, d, d). Norms, rotations and softmax are below one percent and left out.
"""

from __future__ import annotations

from generator.wan.specs import Architecture, BackendSpec

__all__ = ["clip_flops", "expert_flops", "tokens"]

TEXT_TOKENS = 512
FREQUENCIES = 256


def tokens(spec: BackendSpec, size: tuple[int, int], frames: int) -> int:
    """Tokens of a clip: latent frames times picture cells of one token."""
    return spec.grid.latent_frames(frames) * (size[0] // spec.grid.token) * (size[1] // spec.grid.token)


def _block(arch: Architecture, sequence: int, text: int) -> float:
    d, f = arch.width, arch.ffn
    projections = 2.0 * sequence * d * (6 * d + 2 * f) + 2.0 * text * d * 2 * d
    attention = 4.0 * sequence * sequence * d + 4.0 * sequence * text * d
    return projections + attention


def expert_flops(arch: Architecture, sequence: int, *, text: int = TEXT_TOKENS, control_channels: int = 96) -> float:
    """Operations of one forward pass of one expert over `sequence` tokens."""
    d = arch.width
    inside = 2.0 * sequence * d * 4 * (arch.in_channels + arch.out_channels)  # patches of 2x2 in and out
    conditions = 2.0 * text * d * (arch.text_dim + d) + 2.0 * d * (FREQUENCIES + d + 6 * d)
    total = inside + conditions + arch.layers * _block(arch, sequence, text)
    if arch.vace_layers:
        control = arch.vace_layers * (_block(arch, sequence, text) + 2.0 * sequence * d * d) + 2.0 * sequence * d * d
        total += control + 2.0 * sequence * d * 4 * control_channels
    return total


def clip_flops(
    spec: BackendSpec, size: tuple[int, int], frames: int, *, steps: int, scale_above_one: bool = True
) -> float:
    """Operations of `steps` denoising steps of a clip; classifier-free guidance runs the model twice a step."""
    return expert_flops(spec.architecture, tokens(spec, size, frames)) * steps * (2 if scale_above_one else 1)
