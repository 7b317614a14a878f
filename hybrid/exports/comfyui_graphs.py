"""Workflows for ComfyUI in its API format (which its window opens like any other), built from its own nodes alone.

Node names and inputs as of ComfyUI in November 2026 (nodes_wan, nodes_wanmove, nodes_video).
"""

from __future__ import annotations

from typing import Any

__all__ = ["MODELS", "vace_graph", "wan_fun_graph", "wan_i2v_graph", "wan_move_graph"]

Graph = dict[str, dict[str, Any]]
MODELS = {
    "clip": ("text_encoders", "umt5_xxl_fp8_e4m3fn_scaled.safetensors"),
    "vae": ("vae", "wan_2.1_vae.safetensors"),
    "vace": ("diffusion_models", "wan2.1_vace_14B_fp16.safetensors"),
    "fun_high": ("diffusion_models", "wan2.2_fun_control_high_noise_14B_fp8_scaled.safetensors"),
    "fun_low": ("diffusion_models", "wan2.2_fun_control_low_noise_14B_fp8_scaled.safetensors"),
    "i2v_high": ("diffusion_models", "wan2.2_i2v_high_noise_14B_fp8_scaled.safetensors"),
    "i2v_low": ("diffusion_models", "wan2.2_i2v_low_noise_14B_fp8_scaled.safetensors"),
    "move": ("diffusion_models", "Wan21-WanMove_fp8_scaled_e4m3fn_KJ.safetensors"),
}  # fmt: skip


class _Builder:
    """Collects nodes; `add` returns the node's number, `(number, k)` is its k-th output."""

    def __init__(self) -> None:
        self.graph: Graph = {}

    def add(self, kind: str, title: str = "", **inputs: Any) -> str:
        number = str(len(self.graph) + 1)
        fixed = {name: list(value) if isinstance(value, tuple) else value for name, value in inputs.items()}
        self.graph[number] = {"class_type": kind, "inputs": fixed, "_meta": {"title": title or kind}}
        return number

    def texts(self, prompt: str, negative: str) -> tuple[str, str]:
        clip = self.add("CLIPLoader", clip_name=MODELS["clip"][1], type="wan", device="default")
        positive = self.add("CLIPTextEncode", "Prompt", text=prompt, clip=(clip, 0))
        return positive, self.add("CLIPTextEncode", "Negative prompt", text=negative, clip=(clip, 0))

    def model(self, name: str, shift: float) -> str:
        loaded = self.add("UNETLoader", name, unet_name=MODELS[name][1], weight_dtype="default")
        return self.add("ModelSamplingSD3", model=(loaded, 0), shift=shift)

    def frames(self, file: str, title: str) -> str:
        video = self.add("LoadVideo", title, file=file)
        return self.add("GetVideoComponents", video=(video, 0))

    def saved(self, samples: tuple[str, int], vae: str, name: str, fps: float) -> Graph:
        images = self.add("VAEDecode", samples=samples, vae=(vae, 0))
        video = self.add("CreateVideo", images=(images, 0), fps=fps)
        self.add("SaveVideo", video=(video, 0), filename_prefix=name, format="auto", codec="auto")
        return self.graph

    def two_experts(
        self, high: str, low: str, conditions: str, seed: int, *, steps: int = 20, cfg: float = 3.5
    ) -> tuple[str, int]:
        """The high-noise expert for the first half of the steps, the low-noise one for the rest."""
        common = {
            "steps": steps, "cfg": cfg, "sampler_name": "euler", "scheduler": "simple", "positive": (conditions, 0), "negative": (conditions, 1),
            "noise_seed": seed,
        }  # fmt: skip
        first = self.add(
            "KSamplerAdvanced", "High noise", model=(high, 0), latent_image=(conditions, 2), add_noise="enable", start_at_step=0,
            end_at_step=steps // 2, return_with_leftover_noise="enable", **common,
        )  # fmt: skip
        second = self.add(
            "KSamplerAdvanced", "Low noise", model=(low, 0), latent_image=(first, 0), add_noise="disable", start_at_step=steps // 2,
            end_at_step=10000, return_with_leftover_noise="disable", **common,
        )  # fmt: skip
        return second, 0


def vace_graph(
    files: dict[str, str], prompt: str, negative: str, size: tuple[int, int], length: int, fps: float, seed: int
) -> Graph:
    """Wan2.1 VACE under a control video, with the first frame as reference."""
    b = _Builder()
    positive, minus = b.texts(prompt, negative)
    vae = b.add("VAELoader", vae_name=MODELS["vae"][1])
    control = b.frames(files["depth"], "Control video")
    reference = b.add("LoadImage", "First frame", image=files["first_frame"])
    made = b.add(
        "WanVaceToVideo", positive=(positive, 0), negative=(minus, 0), vae=(vae, 0), width=size[0], height=size[1], length=length, batch_size=1,
        strength=1.0, control_video=(control, 0), reference_image=(reference, 0),
    )  # fmt: skip
    model = b.model("vace", 8.0)
    sampled = b.add(
        "KSampler", model=(model, 0), positive=(made, 0), negative=(made, 1), latent_image=(made, 2), seed=seed, steps=20, cfg=6.0, sampler_name="uni_pc",
        scheduler="simple", denoise=1.0,
    )  # fmt: skip
    trimmed = b.add("TrimVideoLatent", samples=(sampled, 0), trim_amount=(made, 3))
    return b.saved((trimmed, 0), vae, "video/hybrid_vace", fps)


def wan_fun_graph(
    files: dict[str, str], prompt: str, negative: str, size: tuple[int, int], length: int, fps: float, seed: int
) -> Graph:
    """Wan2.2 Fun Control under a control video, with the first frame as reference; both experts."""
    b = _Builder()
    positive, minus = b.texts(prompt, negative)
    vae = b.add("VAELoader", vae_name=MODELS["vae"][1])
    control = b.frames(files["depth"], "Control video")
    reference = b.add("LoadImage", "First frame", image=files["first_frame"])
    made = b.add(
        "Wan22FunControlToVideo", positive=(positive, 0), negative=(minus, 0), vae=(vae, 0), width=size[0], height=size[1], length=length, batch_size=1,
        ref_image=(reference, 0), control_video=(control, 0),
    )  # fmt: skip
    return b.saved(
        b.two_experts(b.model("fun_high", 8.0), b.model("fun_low", 8.0), made, seed), vae, "video/hybrid_fun", fps
    )


def wan_i2v_graph(
    files: dict[str, str], prompt: str, negative: str, size: tuple[int, int], length: int, fps: float, seed: int
) -> Graph:
    """Wan2.2 image to video from the first frame, without a control; both experts."""
    b = _Builder()
    positive, minus = b.texts(prompt, negative)
    vae = b.add("VAELoader", vae_name=MODELS["vae"][1])
    start = b.add("LoadImage", "First frame", image=files["first_frame"])
    made = b.add(
        "WanImageToVideo", positive=(positive, 0), negative=(minus, 0), vae=(vae, 0), width=size[0], height=size[1], length=length, batch_size=1,
        start_image=(start, 0),
    )  # fmt: skip
    return b.saved(
        b.two_experts(b.model("i2v_high", 8.0), b.model("i2v_low", 8.0), made, seed), vae, "video/hybrid_i2v", fps
    )


def wan_move_graph(
    files: dict[str, str],
    prompt: str,
    negative: str,
    size: tuple[int, int],
    length: int,
    fps: float,
    seed: int,
    tracks: str,
) -> Graph:
    """Wan-Move from the first frame along the tracks, which are in the workflow as text."""
    b = _Builder()
    positive, minus = b.texts(prompt, negative)
    vae = b.add("VAELoader", vae_name=MODELS["vae"][1])
    start = b.add("LoadImage", "First frame", image=files["first_frame"])
    text = b.add("PrimitiveStringMultiline", "Tracks", value=tracks)
    points = b.add("WanMoveTracksFromCoords", track_coords=(text, 0))
    made = b.add(
        "WanMoveTrackToVideo", positive=(positive, 0), negative=(minus, 0), vae=(vae, 0), tracks=(points, 0), strength=1.0, width=size[0], height=size[1],
        length=length, batch_size=1, start_image=(start, 0),
    )  # fmt: skip
    model = b.model("move", 5.0)
    sampled = b.add(
        "KSampler", model=(model, 0), positive=(made, 0), negative=(made, 1), latent_image=(made, 2), seed=seed, steps=30, cfg=5.0, sampler_name="uni_pc",
        scheduler="simple", denoise=1.0,
    )  # fmt: skip
    return b.saved((sampled, 0), vae, "video/hybrid_move", fps)
