"""Pictures to latents and back as the Wan pipelines do it, on any autoencoder that they accept."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from generator.guidance.base import Grid, Sampling

__all__ = ["decode", "draw_noise", "encode", "grid_of", "latent_shape"]


def grid_of(pipe: Any) -> Grid:
    """The latent grid of a loaded pipeline."""
    model = pipe.transformer if pipe.transformer is not None else pipe.transformer_2
    return Grid(pipe.vae_scale_factor_temporal, pipe.vae_scale_factor_spatial, model.config.patch_size[1])


def latent_shape(pipe: Any, sampling: Sampling, *, extra_frames: int = 0) -> tuple[int, int, int, int, int]:
    """(1, C, L, h, w) of a clip; `extra_frames` latent frames more for reference images in front."""
    grid = grid_of(pipe)
    width, height = (side // grid.token * grid.token for side in sampling.size)  # as the pipelines cut it
    channels = int(pipe.vae.config.z_dim)
    return (
        1,
        channels,
        grid.latent_frames(sampling.num_frames) + extra_frames,
        height // grid.space,
        width // grid.space,
    )


def _statistics(vae: Any, like: Any) -> tuple[Any, Any]:
    import torch

    def column(values: Any) -> Any:
        return torch.tensor(values, device=like.device, dtype=like.dtype).view(1, -1, 1, 1, 1)

    return column(vae.config.latents_mean), column(vae.config.latents_std)


def encode(pipe: Any, frames: NDArray[np.uint8]) -> Any:
    """Normalised latents float32 (1, C, L, h, w) of frames uint8 (T, H, W, 3), the mode of the encoder's distribution, on the
    pipeline's device."""
    import torch
    from diffusers.utils.torch_utils import get_module_execution_device

    video = torch.from_numpy(np.ascontiguousarray(frames)).permute(3, 0, 1, 2)[None].float() / 127.5 - 1.0
    with torch.no_grad():
        video = video.to(get_module_execution_device(pipe.vae), pipe.vae.dtype)
        found = pipe.vae.encode(video)
    clean = (found.latent_dist.mode() if hasattr(found, "latent_dist") else found.latents).to(
        pipe._execution_device, torch.float32
    )
    mean, std = _statistics(pipe.vae, clean)
    return (clean - mean) / std


def decode(pipe: Any, latents: Any) -> NDArray[np.uint8]:
    """Frames uint8 (T, H, W, 3) of normalised latents."""
    import torch
    from diffusers.utils.torch_utils import get_module_execution_device

    mean, std = _statistics(pipe.vae, latents.float())
    with torch.no_grad():
        clean = (latents.float() * std + mean).to(get_module_execution_device(pipe.vae), pipe.vae.dtype)
        video = pipe.vae.decode(clean, return_dict=False)[0]
    shown = ((video[0].float().clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
    return np.ascontiguousarray(shown.permute(1, 2, 3, 0).cpu().numpy())


def draw_noise(pipe: Any, sampling: Sampling, generator: Any, *, extra_frames: int = 0) -> Any:
    """The initial noise exactly as the stock pipelines draw it from the generator."""
    import torch
    from diffusers.utils.torch_utils import randn_tensor

    shape = latent_shape(pipe, sampling, extra_frames=extra_frames)
    return randn_tensor(shape, generator=generator, device=pipe._execution_device, dtype=torch.float32)
