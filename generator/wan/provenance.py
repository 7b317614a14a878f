"""Where a diffused clip comes from: the viewers' label, the metadata in the file, and a C2PA manifest, signed where a key is configured.

Signing reads `HYBRID_C2PA_CERT` (PEM chain), `HYBRID_C2PA_KEY` (PEM), `HYBRID_C2PA_ALG` (es256 when not set) and, if given, the time stamp
authority `HYBRID_C2PA_TSA`. Fields and the source type follow the C2PA specification 2.1 and IPTC's digital source types.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenes.errors import RunError, UserError
from scenes.files import write_atomically, write_text

__all__ = ["burn_label", "manifest", "seal", "viewers_label"]

SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
PROGRAM = "hybrid-physics-video"
ALGORITHMS = ("es256", "es384", "es512", "ps256", "ps384", "ps512", "ed25519")


def viewers_label(language: str, adherence: Mapping[str, Any] | None, *, guided: bool = True) -> str:
    """One line for people who watch: what guided the motion, how well it was followed, and that the appearance is generated."""
    zh = language == "zh"
    first = (
        ("运动由模拟引导" if zh else "motion guided by simulation")
        if guided
        else ("运动由模型自行生成，未受引导" if zh else "motion by the model alone, not guided")
    )
    if not adherence:
        middle = "一致程度未测量" if zh else "adherence not measured"
    else:
        score, passed = adherence.get("score"), adherence.get("passed")
        verdict = {True: ("passed", "通过"), False: ("failed", "未通过"), None: ("not measured", "未测量")}[passed][zh]
        figure = f" {score:.2f}" if isinstance(score, int | float) else ""
        middle = f"一致程度{figure}，{verdict}" if zh else f"adherence{figure}, {verdict}"
    return f"{first}；{middle}；画面由模型生成" if zh else f"{first}; {middle}; appearance generated"


def burn_label(frames: NDArray[np.uint8], text: str, *, font: str | Path | None = None) -> NDArray[np.uint8]:
    """The frames (T, H, W, 3) with the label in a band along the lower edge, wrapped where the picture is narrow."""
    from PIL import Image, ImageDraw, ImageFont

    height, width = frames.shape[1:3]
    for size in range(max(9, round(height / 30)), 5, -1):  # smaller where it would cover a third of the picture
        face = ImageFont.truetype(str(font), size) if font and Path(font).is_file() else ImageFont.load_default(size)
        lines = _wrapped(text, face, width - size)
        leading = round(size * 1.35)
        band = min(leading * len(lines) + size // 2, height)
        if band <= height / 3:
            break
    strip = Image.new("RGBA", (width, band), (0, 0, 0, 150))
    draw = ImageDraw.Draw(strip)
    for number, line in enumerate(lines):
        draw.text((width / 2, size // 4 + leading * number), line, font=face, fill=(245, 245, 245, 255), anchor="ma")
    paint = np.asarray(strip, dtype=np.float32)
    alpha = paint[..., 3:] / 255
    out = frames.copy()
    place = out[:, height - band :]
    place[...] = (place * (1 - alpha) + paint[..., :3] * alpha + 0.5).astype(np.uint8)
    return out


def _wrapped(text: str, face: Any, width: float) -> list[str]:
    """Lines that fit; Chinese may break anywhere, English between words."""
    pieces = text.split(" ") if " " in text else list(text)
    joint = " " if " " in text else ""
    lines, line = [], ""
    for piece in pieces:
        longer = line + joint + piece if line else piece
        if line and face.getlength(longer) > width:
            lines.append(line)
            line = piece
        else:
            line = longer
    return [*lines, line]


def manifest(about: Mapping[str, Any], *, title: str, label: str, prompt: str) -> dict[str, Any]:
    """A C2PA manifest definition: what made the clip, that a trained model painted it, and what guided its motion."""
    return {
        "claim_generator_info": [{"name": PROGRAM, "version": str(about.get("program_version", ""))}],
        "title": title,
        "format": "video/mp4",
        "assertions": [
            {
                "label": "c2pa.actions.v2",
                "data": {
                    "actions": [
                        {
                            "action": "c2pa.created", "digitalSourceType": SOURCE_TYPE, "softwareAgent": {"name": str(about.get("model", {}).get("title", PROGRAM))},
                            "description": label,
                        }
                    ]
                },
            },
            {"label": "org.hybrid-physics-video.motion", "data": {"label": label, "prompt": prompt, **_plain(about)}},
        ],
    }  # fmt: skip


def _plain(about: Mapping[str, Any]) -> dict[str, Any]:
    kept = ("name", "model", "guidance", "seed", "elements", "calibration", "expert_runs")
    found: dict[str, Any] = json.loads(
        json.dumps({key: about[key] for key in kept if key in about}, ensure_ascii=False, default=str)
    )
    return found


def seal(clip: Path, definition: dict[str, Any]) -> dict[str, Any]:
    """Sign the clip where a key is configured, else write the manifest beside it unsigned; returns {signed, why, file, sha256}.

    UserError for a configured key that cannot be used: a clip that should be signed is never left unsigned in silence.
    """
    certificate, key = os.environ.get("HYBRID_C2PA_CERT"), os.environ.get("HYBRID_C2PA_KEY")
    side = clip.with_name(clip.name + ".c2pa.json")
    if not certificate and not key:
        why = "no signing key is configured (HYBRID_C2PA_CERT and HYBRID_C2PA_KEY)"
        return _beside(clip, side, definition, why)
    check_signing()
    _sign(clip, definition, Path(str(certificate)), Path(str(key)))
    side.unlink(missing_ok=True)
    return {"signed": True, "why": "signed with the configured key", "file": clip.name, "sha256": _sha256(clip)}


def check_signing() -> None:
    """UserError for a signing configuration that cannot be used; nothing when none is configured. Called before anything is computed."""
    certificate, key = os.environ.get("HYBRID_C2PA_CERT"), os.environ.get("HYBRID_C2PA_KEY")
    if not certificate and not key:
        return
    for name, value in (("HYBRID_C2PA_CERT", certificate), ("HYBRID_C2PA_KEY", key)):
        if not value or not Path(value).is_file():
            raise UserError(
                f"{name} {f'names {value}, which is no file' if value else 'is not set'}: signing needs a PEM certificate chain and its private key; set both or neither."
            )
    algorithm = os.environ.get("HYBRID_C2PA_ALG", "es256").lower()
    if algorithm not in ALGORITHMS:
        raise UserError(f"HYBRID_C2PA_ALG {algorithm!r} is not known; the choices are {', '.join(ALGORITHMS)}.")
    from importlib.util import find_spec

    if find_spec("c2pa") is None:
        raise UserError(
            "A signing key is configured, but the Python package c2pa-python is not installed: pip install c2pa-python, or unset HYBRID_C2PA_KEY and HYBRID_C2PA_CERT."
        )


def _sign(clip: Path, definition: dict[str, Any], certificate: Path, key: Path) -> None:
    import c2pa

    algorithm = os.environ.get("HYBRID_C2PA_ALG", "es256").lower()
    authority = os.environ.get("HYBRID_C2PA_TSA")
    info = c2pa.C2paSignerInfo(
        algorithm.encode(), certificate.read_bytes(), key.read_bytes(), authority.encode() if authority else None
    )
    try:
        with write_atomically(clip) as temporary:
            temporary.unlink()
            c2pa.Builder(definition).sign_file(str(clip), str(temporary), c2pa.Signer.from_info(info))
    except c2pa.C2paError as error:
        raise RunError(
            f"The clip could not be signed ({str(error).splitlines()[0].rstrip('.')}): check the certificate chain and key; the unsigned {clip.name} is kept."
        ) from error


def _beside(clip: Path, side: Path, definition: dict[str, Any], why: str) -> dict[str, Any]:
    digest = _sha256(clip)
    bound = {"signed": False, "why": why, "asset": clip.name, "sha256": digest, "manifest": definition}
    write_text(side, json.dumps(bound, ensure_ascii=False, indent=1) + "\n")
    return {"signed": False, "why": why, "file": side.name, "sha256": digest}


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
