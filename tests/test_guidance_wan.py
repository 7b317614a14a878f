"""Guidance through the real pipelines on tiny random weights, offline."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the extra [wan]: pip install 'hybrid-physics-video[wan]'")
pytest.importorskip("diffusers", reason="needs the extra [wan]: pip install 'hybrid-physics-video[wan]'")

from wan_tiny import counted_calls, tiny_pipeline  # noqa: E402

from generator.guidance import (  # noqa: E402
    Combined,
    FirstFrame,
    MotionGuidance,
    Reference,
    Sampling,
    SDEdit,
    StillThenMove,
    TwoClock,
    Unguided,
    VaceControl,
    flow_sigmas,
    two_clock,
)  # fmt: skip
from generator.guidance.chunks import chunk_starts, sample_chunks, seam_ratios  # noqa: E402
from generator.guidance.latents import decode, encode, latent_shape  # noqa: E402
from generator.guidance.scheduling import full_sigmas  # noqa: E402
from scenes.errors import UserError  # noqa: E402

FRAMES, SIZE = 9, 64


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def seeded(seed: int = 3) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def sampling(**changes) -> Sampling:
    given = {
        "prompt": "a red ball falls on the floor",
        "steps": 8,
        "size": (SIZE, SIZE),
        "num_frames": FRAMES,
        "max_sequence_length": 16,
    }
    return Sampling(**{**given, **changes})


@pytest.fixture(scope="module")
def reference() -> Reference:
    frames = np.full((FRAMES, SIZE, SIZE, 3), 90, np.uint8)
    ids = np.full((FRAMES, SIZE, SIZE), -1, np.int32)
    pose = np.zeros_like(frames)
    for t in range(FRAMES):
        frames[t, 10:34, 4 + 3 * t : 28 + 3 * t], ids[t, 10:34, 4 + 3 * t : 28 + 3 * t] = (200, 30, 30), 0
        pose[t, 20:24, 10 + 3 * t : 20 + 3 * t] = (255, 170, 0)
    flow = np.zeros((FRAMES, SIZE, SIZE, 2), np.float32)
    flow[:-1][ids[:-1] == 0] = (3.0, 0.0)
    return Reference(
        frames=frames, ids=ids, names=("ball",), statuses={"ball": "solved"}, movers=("ball",), depth=np.where(ids == 0, 2.0, 5.0).astype(np.float32),
        flow=flow, pose=pose,
    )  # fmt: skip


def picture(reference: Reference) -> np.ndarray:
    return np.asarray(reference.frames[0])


def every_kind(reference: Reference) -> list[tuple[str, MotionGuidance]]:
    still = StillThenMove(last=True)
    still.paint(tiny_pipeline("t2v"), reference, sampling(), generator=seeded())
    return [
        ("t2v", Unguided()), ("t2v", TwoClock()), ("t2v", SDEdit()), ("i2v", FirstFrame()), ("i2v", FirstFrame(last=True)),
        ("i2v", Combined([FirstFrame(), TwoClock()])), ("i2v", Combined([SDEdit(), FirstFrame()])), ("i2v", still),
        *[("vace", VaceControl(control=control)) for control in ("depth", "flow", "layout", "contours", "pose")],
        ("vace", VaceControl(reference_image=picture(reference), keep_first=picture(reference))), ("vace", Combined([VaceControl(), TwoClock()])),
        ("vace", Combined([VaceControl(reference_image=picture(reference)), TwoClock()])), ("vace", TwoClock()),
    ]  # fmt: skip


def test_every_kind_and_combination_runs_and_both_experts_run_where_the_boundary_says(reference):
    for kind, guidance in every_kind(reference):
        assert isinstance(guidance, MotionGuidance)
        asked = sampling(boundary_ratio=0.9 if kind == "i2v" else 0.875)
        pipe = tiny_pipeline(kind, boundary=0.9 if kind == "i2v" else 0.875)
        if isinstance(guidance, Combined | TwoClock | StillThenMove) and kind == "i2v":
            guidance.check(asked, reference)
        told: list = []
        with counted_calls(pipe) as calls:
            latents = guidance.sample(pipe, reference, asked, generator=seeded(), output="latents", on_step=told.append)
        name = f"{kind} {guidance.name}"
        assert latents.shape == latent_shape(pipe, asked) and torch.isfinite(latents).all(), name
        plan = [step for step in guidance.schedule(asked) if step.runs]
        assert calls == [(step.expert, step.timestep) for step in plan for _ in range(2)], (
            name
        )  # conditional and unconditional
        assert [report.step for report in told] == [step.step for step in plan] and {step.expert for step in plan} == {
            "high",
            "low",
        }, name
        assert [(report.expert, report.action) for report in told] == [(step.expert, step.action) for step in plan], (
            name
        )


@pytest.mark.parametrize("kind", ["ti2v", "ti2v-i2v"])
def test_the_5b_with_its_own_grid_is_guided_too(kind, reference):
    guidance = TwoClock() if kind == "ti2v" else Combined([FirstFrame(), TwoClock()])
    asked = sampling(boundary_ratio=None, guidance_scale_2=None, shift=5.0, steps=20)
    frames = guidance.sample(tiny_pipeline(kind), reference, asked, generator=seeded())
    assert frames.shape == reference.frames.shape and frames.dtype == np.uint8


@pytest.mark.parametrize("scheduler", ["unipc", "euler"])
@pytest.mark.parametrize("kind", ["t2v", "i2v", "vace"])
def test_zero_guidance_is_the_stock_pipeline_bit_for_bit(kind, scheduler, reference):
    asked, pipe = sampling(), tiny_pipeline(kind, scheduler=scheduler)
    none = TwoClock(sigma_weak=1.0, sigma_strong=1.0)
    guidance = {"t2v": none, "i2v": Combined([FirstFrame(), none]), "vace": Combined([VaceControl(low=1.0), none])}[
        kind
    ]
    given = guidance.arguments(pipe, reference, asked)
    stock = pipe(**asked.pipeline_arguments(), **given, generator=seeded(), output_type="latent").frames
    assert torch.equal(stock, guidance.sample(pipe, reference, asked, generator=seeded(), output="latents"))


def test_the_schedule_without_a_model_is_that_of_the_scheduler():
    for steps, shift in ((8, 12.0), (40, 12.0), (40, 5.0), (50, 5.0), (4, 3.0)):
        asked = sampling(steps=steps, shift=shift)
        assert np.allclose(full_sigmas(tiny_pipeline().scheduler, asked), flow_sigmas(steps, shift), atol=1e-6)


def distance(latents, reference, pipe) -> float:
    """Of in-mask latents to the encoded render, as a share of the render's own spread."""
    clean = encode(pipe, reference.frames)
    mask = torch.zeros(clean.shape[2:], dtype=torch.bool)
    for k in range(clean.shape[2]):
        seen = reference.mask("ball")[[t for t in range(max(0, 4 * k - 3), 4 * k + 1)]].any(axis=0)
        mask[k] = torch.from_numpy(seen.reshape(SIZE // 8, 8, SIZE // 8, 8).all(axis=(1, 3)))
    return float((latents - clean)[0][:, mask].norm() / (clean[0][:, mask].norm() + 1e-9))


WIDE = dict(sigma_weak=0.98, sigma_strong=0.5)


def pulled(reference, guidance, scheduler="unipc") -> float:
    pipe = tiny_pipeline("t2v", experts=1, scheduler=scheduler)
    asked = sampling(boundary_ratio=None, guidance_scale_2=None, guidance_scale=1.0, steps=12)
    return distance(guidance.sample(pipe, reference, asked, generator=seeded(), output="latents"), reference, pipe)


@pytest.mark.parametrize("scheduler", ["unipc", "euler"])
def test_pins_pull_the_latents_to_the_reference(reference, scheduler):
    free, pinned = pulled(reference, SDEdit(sigma=0.98), scheduler), pulled(reference, TwoClock(**WIDE), scheduler)
    assert pinned < 0.6 * free


def after_the_pins(reference) -> tuple[float, float]:
    """How far in-mask latents are from the noised render one step after the last pin, as a share of it, and the cosine of the finished
    latents to the clean render."""
    asked = sampling(boundary_ratio=None, guidance_scale_2=None, guidance_scale=1.0, steps=24)
    guidance, found = TwoClock(sigma_weak=0.98, sigma_strong=0.6), []

    def look(report):
        if report.next_sigma < 0.6:
            run = guidance._run
            expected = (1 - report.next_sigma) * run.clean + report.next_sigma * run.noise
            inside = run.layers[0][1][None, None].expand_as(expected) == 1
            found.append((float((report.latents - expected)[inside].norm() / expected[inside].norm()),
                          float(torch.nn.functional.cosine_similarity(report.latents[inside], run.clean[inside], 0))))  # fmt: skip

    guidance.sample(
        tiny_pipeline("t2v", experts=1), reference, asked, generator=seeded(), on_step=look, output="latents"
    )
    return found[0][0], found[-1][1]


def test_without_the_unipc_fix_the_pins_are_thrown_away(reference, monkeypatch):
    near, likeness = after_the_pins(reference)
    monkeypatch.setattr(two_clock, "forget_last_sample", lambda scheduler: None)
    far, unlike = after_the_pins(reference)
    assert near < 0.5 * far and likeness > 2 * unlike


def test_a_pinned_step_has_exactly_the_render_noised_with_the_first_noise(reference):
    pipe, asked, guidance = tiny_pipeline("t2v"), sampling(steps=20), TwoClock()
    seen = []

    def look(report):
        if report.next_sigma >= 0.90:
            clean, noise = guidance._run.clean, guidance._run.noise
            expected = (1 - report.next_sigma) * clean + report.next_sigma * noise
            inside = guidance._mask(report.next_sigma).expand_as(expected) == 1
            seen.append(torch.allclose(report.latents[inside], expected[inside], atol=1e-4))
            assert not torch.allclose(report.latents[~inside], expected[~inside], atol=1e-2)

    guidance.sample(pipe, reference, asked, generator=seeded(), on_step=look, output="latents")
    assert len(seen) >= 2 and all(seen)


@pytest.mark.parametrize("scheduler", ["unipc", "euler"])
def test_resumed_is_uninterrupted(reference, scheduler):
    asked = sampling(steps=16)
    guidance, pipe = TwoClock(), tiny_pipeline("t2v", scheduler=scheduler)
    whole = guidance.sample(pipe, reference, asked, generator=seeded(), output="latents")
    plan = [step.step for step in guidance.schedule(asked) if step.runs]
    for stop in (plan[0], plan[2], plan[-2]):
        kept: dict = {}

        def halt(report, stop=stop, kept=kept):
            if report.step == stop:
                kept.update(
                    start_step=stop + 1, latents=report.latents.clone(), scheduler_state=report.scheduler_state()
                )
                return False
            return None

        part = guidance.sample(pipe, reference, asked, generator=seeded(), output="latents", on_step=halt)
        assert torch.equal(part, kept["latents"])
        with counted_calls(pipe) as calls:
            rest = TwoClock().sample(
                tiny_pipeline("t2v", scheduler=scheduler),
                reference,
                asked,
                generator=seeded(),
                output="latents",
                **kept,
            )
        assert torch.equal(rest, whole) and len(calls) == 2 * (plan[-1] - stop)


def test_one_expert_and_pipelines_are_left_as_they_were(reference):
    pipe = tiny_pipeline("t2v")
    scheduler, high, low = pipe.scheduler, pipe.transformer, pipe.transformer_2
    TwoClock().sample(
        pipe, reference, sampling(shift=5.0, boundary_ratio=0.9, steps=20), generator=seeded(), output="latents"
    )
    assert (
        pipe.scheduler is scheduler
        and pipe.config.boundary_ratio == 0.875
        and (pipe.transformer, pipe.transformer_2) == (high, low)
    )
    pipe.transformer = None  # only the low-noise expert's weights are at hand
    assert SDEdit().sample(pipe, reference, sampling(), generator=seeded(), output="latents").shape[2] == 3
    assert pipe.transformer is None and pipe.transformer_2 is low
    assert (
        VaceControl(high=0.5).sample(tiny_pipeline("vace", experts=1), reference, sampling(), generator=seeded()).shape
        == reference.frames.shape
    )


def test_control_scales_act_on_their_own_expert_and_on_the_reference_alone(reference):
    pipe, asked = tiny_pipeline("vace"), sampling(steps=4)

    def run(**scales):
        found = VaceControl(reference_image=picture(reference), **{"low": 1.0, "reference_scale": 1.0, **scales})
        reports: list = []
        latents = found.sample(
            pipe,
            reference,
            asked,
            generator=seeded(),
            output="latents",
            on_step=lambda r: reports.append((r.expert, r.latents.clone())),
        )
        return latents, reports

    plain, steps = run()
    weak_low, low_steps = run(low=0.2)
    high = [k for k, (expert, _) in enumerate(steps) if expert == "high"]
    assert all(torch.equal(steps[k][1], low_steps[k][1]) for k in high) and not torch.equal(plain, weak_low)
    assert not torch.equal(plain, run(reference_scale=0.1)[0]) and not torch.equal(plain, run(control_scale=0.1)[0])
    assert torch.allclose(run(high=0.5, low=0.5)[0], run(control_scale=0.5, reference_scale=0.5)[0], atol=1e-5)


def test_a_still_that_is_not_in_place_is_not_kept_and_says_so(reference):
    guidance = StillThenMove(sigmas=(0.9,))
    with pytest.raises(UserError, match="paint"):
        guidance.sample(tiny_pipeline("i2v"), reference, sampling(boundary_ratio=0.9, steps=20), generator=seeded())
    still = guidance.paint(tiny_pipeline("t2v"), reference, sampling(), generator=seeded())[
        0
    ]  # random weights paint noise
    assert not still.painted and (still.picture == reference.frames[0]).all() and "ball" in still.as_dict()["why"]
    assert guidance.settings()["stills"][0]["painted"] is False


def test_a_still_that_is_in_place_is_moved(reference):
    pipe = tiny_pipeline("t2v")
    guidance = StillThenMove(
        sigmas=(0.9, 0.02)
    )  # nearly nothing is painted over at 0.02, so it must agree up to the autoencoder
    render = replace(
        reference, frames=decode(pipe, encode(pipe, reference.frames))
    )  # the tiny autoencoder keeps no picture; its own does
    found = guidance.paint(pipe, render, sampling(steps=40), generator=seeded())[0]
    assert found.tried[0][0] == 0.9 and not found.tried[0][1].kept
    assert (
        guidance.sample(
            tiny_pipeline("i2v"),
            reference,
            sampling(boundary_ratio=0.9, steps=20),
            generator=seeded(),
            output="latents",
        ).shape[2]
        == 3
    )


def test_wrong_pipelines_and_outputs_are_refused(reference):
    with pytest.raises(UserError, match="i2v"):
        FirstFrame().sample(tiny_pipeline("t2v"), reference, sampling(), generator=seeded())
    with pytest.raises(UserError, match="latents and frames"):
        SDEdit().sample(tiny_pipeline("t2v"), reference, sampling(), generator=seeded(), output="video")
    with pytest.raises(UserError, match="both set the initial latents"):
        Combined([TwoClock(), SDEdit()])
    with pytest.raises(UserError, match="different pipelines"):
        Combined([FirstFrame(), VaceControl()])


def test_long_clips_go_in_overlapping_chunks_whose_seams_are_measured(reference):
    from generator.guidance.chunks import Chunked

    assert chunk_starts(161, 81, 17) == [0, 64, 80] and chunk_starts(81, 81, 17) == [0]
    long = replace(
        reference, frames=np.concatenate([reference.frames, reference.frames[::-1]])[:17], ids=np.concatenate([reference.ids, reference.ids[::-1]])[:17],
        depth=None, flow=None, pose=None,
    )  # fmt: skip
    done = sample_chunks(TwoClock(), tiny_pipeline("t2v"), long, sampling(num_frames=9), seed=5, overlap=5)
    assert isinstance(done, Chunked) and done.frames.shape == (17, SIZE, SIZE, 3) and done.starts == (0, 4, 8)
    assert len(done.seams) == 2 and all(np.isfinite(seam.ratio) and seam.difference >= 0 for seam in done.seams)
    still = np.zeros((20, 4, 4, 3), np.uint8)
    still[:, 0, 0, 0] = np.arange(20)
    jump = still.copy()
    jump[10:] += 40
    assert seam_ratios(still, [10])[0] == pytest.approx(1.0) and seam_ratios(jump, [10])[0] > 5
