"""Where a diffused clip comes from: the label, the signature, and whether its noise levels were calibrated."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

from scenes.errors import UserError


@pytest.fixture(autouse=True)
def _cache(tmp_path, monkeypatch):
    monkeypatch.setenv("HYBRID_CACHE", str(tmp_path / "cache"))


def certificates(folder: Path) -> tuple[Path, Path]:
    """A chain of two made on the spot: an authority and a signer with the key usages that C2PA asks for."""
    key, chain = folder / "key.pem", folder / "chain.pem"
    config = folder / "ext.cnf"
    config.write_text(
        "[leaf]\nbasicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=emailProtection\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"
    )
    steps = (
        "openssl ecparam -name prime256v1 -genkey -noout -out ca.key",
        "openssl req -x509 -new -key ca.key -sha256 -days 30 -subj /O=Test/CN=Authority -out ca.pem -addext keyUsage=critical,keyCertSign",
        "openssl ecparam -name prime256v1 -genkey -noout -out raw.key",
        "openssl pkcs8 -topk8 -nocrypt -in raw.key -out key.pem",
        "openssl req -new -key key.pem -subj /O=Test/CN=Signer -out leaf.csr",
        "openssl x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -sha256 -extfile ext.cnf -extensions leaf -out leaf.pem",
    )
    for step in steps:
        subprocess.run(step.split(), cwd=folder, check=True, capture_output=True)
    chain.write_text((folder / "leaf.pem").read_text() + (folder / "ca.pem").read_text())
    return chain, key


def test_a_configured_key_signs_the_clip(tmp_path, monkeypatch) -> None:
    c2pa = pytest.importorskip("c2pa", reason="c2pa-python is not installed")
    import json
    import shutil

    from generator.video import read_frames, read_metadata, write_video
    from generator.wan.provenance import manifest, seal

    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed, which makes the test's certificates")
    chain, key = certificates(tmp_path)
    monkeypatch.setenv("HYBRID_C2PA_CERT", str(chain))
    monkeypatch.setenv("HYBRID_C2PA_KEY", str(key))
    clip = write_video(
        tmp_path / "clip.mp4", [np.full((32, 32, 3), 9 * k, np.uint8) for k in range(5)], metadata={"label": "x"}
    )
    made = seal(
        clip,
        manifest(
            {"name": "wan2.2-t2v-a14b", "program_version": "0.1", "seed": 3},
            title="t",
            label="motion guided",
            prompt="p",
        ),
    )
    assert made["signed"] is True and len(list(read_frames(clip))) == 5 and read_metadata(clip)["label"] == "x"
    stored = json.loads(c2pa.Reader(str(clip)).json())
    active = stored["manifests"][stored["active_manifest"]]
    assert any(a["label"].startswith("c2pa.actions") for a in active["assertions"])
    monkeypatch.setenv("HYBRID_C2PA_KEY", str(tmp_path / "none.pem"))
    with pytest.raises(UserError, match="HYBRID_C2PA_KEY"):
        seal(clip, {})


def test_the_viewers_label_says_what_was_measured() -> None:
    from generator.wan.provenance import burn_label, viewers_label

    assert viewers_label("en", None) == "motion guided by simulation; adherence not measured; appearance generated"
    assert (
        viewers_label("en", {"score": 0.42, "passed": False})
        == "motion guided by simulation; adherence 0.42, failed; appearance generated"
    )
    assert viewers_label("zh", {"score": 0.9, "passed": True}) == "运动由模拟引导；一致程度 0.90，通过；画面由模型生成"
    assert "not guided" in viewers_label("en", None, guided=False)
    frames = np.full((3, 90, 160, 3), 200, dtype=np.uint8)
    shown = burn_label(frames, viewers_label("en", None))
    changed = (shown != frames).any(axis=(0, 2, 3))
    assert changed[-1] and not changed[: 90 // 2].any() and shown.shape == frames.shape and (frames == 200).all()


def test_a_calibration_holds_for_the_weights_that_were_swept() -> None:
    from generator.wan.calibration import calibration_for, calibration_path, store_calibration

    assert calibration_for("wan2.2-t2v-a14b", "abc")["status"] == "uncalibrated"
    store_calibration("wan2.2-t2v-a14b", "abc", {"sigma_weak": 0.94})
    found = calibration_for("wan2.2-t2v-a14b", "abc")
    assert found["status"] == "calibrated" and found["settings"] == {"sigma_weak": 0.94}
    assert calibration_for("wan2.2-t2v-a14b", "other")["status"] == "uncalibrated"
    with pytest.raises(UserError, match="no calibrated setting"):
        store_calibration("wan2.2-t2v-a14b", "abc", {"colour": 1})
    calibration_path("wan2.2-t2v-a14b").write_text("{")
    with pytest.raises(UserError, match="cannot be read"):
        calibration_for("wan2.2-t2v-a14b", "abc")
