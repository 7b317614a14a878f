"""Traces as tables and files: every round trip is bit for bit, cuts keep what belongs together, and bad files are named in one sentence."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scenes.errors import UserError
from sim.compare import identical
from sim.trace import CONTACT_COLUMNS, SCHEMA_VERSION, Contact, ExtraArray, Trace


def random_trace(frames: int = 30, bodies: int = 3, contacts: int = 7, cells: int = 5, *, seed: int = 0) -> Trace:
    """A trace of arbitrary bits: bodies that begin and end, subnormal and negative zero values, temperatures, arrays that nobody knows."""
    random = np.random.default_rng(seed)
    alive = random.random((frames, bodies)) > 0.2
    vectors = {
        name: np.where(
            alive[..., None], random.normal(size=(frames, bodies, k)) * 10.0 ** random.integers(-300, 200), np.nan
        )
        for name, k in (
            ("position", 3),
            ("orientation", 4),
            ("linear_velocity", 3),
            ("angular_velocity", 3),
            ("scale", 3),
        )
    }
    names = tuple(f"ball_{k}" if k % 2 else f"球 {k}" for k in range(bodies))
    starts = np.sort(random.random(contacts)) * frames / 16
    episodes = tuple(
        Contact(
            names[k % bodies], names[(k + 1) % bodies], float(t), float(t + 0.01), *map(float, random.normal(size=6))
        )
        for k, t in enumerate(starts)
    )
    owner = random.integers(0, bodies, size=cells)
    extra = {
        "lowest": ExtraArray(random.normal(size=(frames, bodies)), "m", "world"),
        "kinetic_energy": ExtraArray(random.random((frames, bodies)), "J", "world"),
        "energy": ExtraArray(random.random((frames, 2)), "J"),
        "contact_rise": ExtraArray(random.random((contacts, 2)), "m"),
        "temperature": ExtraArray(random.normal(size=(frames, cells)), "degC"),
        "temperature_position": ExtraArray(random.normal(size=(cells, 3)), "m", "body"),
        "temperature_body": ExtraArray(owner),
        "cell_volume": ExtraArray(random.random(cells), "m3"),
        "particles/position": ExtraArray(random.normal(size=(frames, 4, 3)).astype(np.float32), "m", "world", "water"),
        "odd": ExtraArray(np.array(-0.0), "1"),
    }
    mass = random.random(bodies)
    mass[-1] = np.inf
    meta = {
        "fps": 16.0,
        "gravity": 9.80665,
        "text": "一个球",
        "heat": {"time_factor": 4.0},
        "none": None,
        "list": [1, 2.5],
    }
    return Trace(np.arange(frames) / 16, names, alive, **vectors, mass=mass, contacts=episodes, extra=extra, meta=meta)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(1, 40), st.integers(1, 6), st.integers(0, 9), st.integers(1, 7), st.integers(0, 2**32 - 1))
def test_a_trace_survives_npz_and_parquet_bit_for_bit(
    tmp_path: Path, frames: int, bodies: int, contacts: int, cells: int, seed: int
) -> None:
    pytest.importorskip("pyarrow")
    trace = random_trace(frames, bodies, contacts, cells, seed=seed)
    trace.save(tmp_path / "trace.npz")
    assert identical(trace, Trace.load(tmp_path / "trace.npz"))
    trace.to_parquet(tmp_path / "trace.parquet")
    assert identical(trace, Trace.from_parquet(tmp_path / "trace.parquet"))


def test_one_different_bit_is_not_the_same_trace() -> None:
    trace = random_trace()
    changed = trace.mass.copy()
    changed[0] = np.nextafter(changed[0], 2.0)
    assert identical(trace, random_trace()) and not identical(trace, replace(trace, mass=changed))
    assert not identical(trace, trace.with_meta(text="another"))


def test_parquet_of_a_cut_and_of_a_trace_without_bodies_come_back_too(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    whole = random_trace()
    empty = replace(
        whole, names=(), alive=whole.alive[:, :0], mass=whole.mass[:0], contacts=(),
        extra={"temperature": whole.extra["temperature"]},
        **{key: getattr(whole, key)[:, :0] for key in ("position", "orientation", "linear_velocity", "angular_velocity", "scale")},
    )  # fmt: skip
    for trace in (whole[0.5:1.0], empty):
        trace.to_parquet(tmp_path / "t.parquet")
        assert identical(trace, Trace.from_parquet(tmp_path / "t.parquet"))


def test_a_parquet_file_is_plain_rows_to_others(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    trace = random_trace()
    trace.to_parquet(tmp_path / "t.parquet")
    rows = pandas.read_parquet(tmp_path / "t.parquet")
    mine = rows[rows.body == trace.names[1]]
    np.testing.assert_array_equal(mine[["x", "y", "z"]].to_numpy(), trace[trace.names[1]].position)
    assert len(rows) == len(trace.time) * len(trace.names)


def test_pandas_rows_say_what_the_arrays_say_and_name_their_units() -> None:
    pytest.importorskip("pandas")
    trace = random_trace()
    rows = trace.to_pandas()
    assert set(rows.attrs["units"]) == set(rows.columns) and rows.attrs["units"]["vx"] == "m/s"
    for name in trace.names:
        mine = rows[rows.body == name]
        np.testing.assert_array_equal(mine["time"], trace.time)
        np.testing.assert_array_equal(mine[["qw", "qx", "qy", "qz"]], trace[name].orientation)
        np.testing.assert_array_equal(mine["height"], trace[name].height)
        assert len(trace[name].to_pandas()) == len(trace.time)
    contacts = trace.contacts_to_pandas()
    assert tuple(contacts.columns) == CONTACT_COLUMNS and len(contacts) == len(trace.contacts)


def test_xarray_labels_time_bodies_cells_and_contacts() -> None:
    pytest.importorskip("xarray")
    trace = random_trace()
    data = trace.to_xarray()
    assert data["position"].dims == ("time", "body", "axis") and data["position"].attrs["units"] == "m"
    assert data["temperature"].dims == ("time", "cell") and data["temperature_position"].dims == ("cell", "axis")
    assert data["contact_rise"].dims[0] == "contact"
    name = trace.names[0]
    np.testing.assert_array_equal(data["linear_velocity"].sel(body=name), trace[name].linear_velocity)


@pytest.mark.parametrize("missing", ["pandas", "pyarrow", "xarray"])
def test_a_library_that_is_not_installed_is_said_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, missing: str
) -> None:
    import importlib

    true_import = importlib.import_module

    def without(name: str, package: str | None = None) -> Any:
        if name.split(".")[0] == missing:
            raise ImportError(f"No module named {name!r}")
        return true_import(name, package)

    monkeypatch.setattr(importlib, "import_module", without)
    trace = random_trace()
    asked = {
        "pandas": trace.to_pandas,
        "xarray": trace.to_xarray,
        "pyarrow": lambda: trace.to_parquet(tmp_path / "t.parquet"),
    }
    with pytest.raises(UserError, match=f"needs {missing}.*pip install"):
        asked[missing]()
    assert not list(tmp_path.iterdir())


@settings(max_examples=30, deadline=None)
@given(st.floats(-1, 4), st.floats(-1, 4))
def test_a_cut_keeps_the_frames_and_the_contacts_of_its_time(start: float, stop: float) -> None:
    trace = random_trace(48)
    inside = (trace.time >= start - 1e-9) & (trace.time <= stop + 1e-9)
    if not inside.any():
        with pytest.raises(UserError, match="No frame"):
            trace.between(start, stop)
        return
    cut = trace[start:stop]
    np.testing.assert_array_equal(cut.time, trace.time[inside])
    np.testing.assert_array_equal(cut.position, trace.position[inside])
    np.testing.assert_array_equal(cut.extra["temperature"].data, trace.extra["temperature"].data[inside])
    np.testing.assert_array_equal(cut.extra["temperature_position"].data, trace.extra["temperature_position"].data)
    assert len(cut.extra["contact_rise"].data) == len(cut.contacts)
    assert {c.t_start for c in trace.contacts if start <= c.t_start <= stop} <= {c.t_start for c in cut.contacts}


def test_a_cut_without_ends_is_the_whole_and_steps_are_refused() -> None:
    trace = random_trace()
    np.testing.assert_array_equal(trace[:].time, trace.time)
    with pytest.raises(UserError, match="without a step"):
        trace[0:1:2]


def test_temperatures_of_a_body_and_its_physical_time() -> None:
    trace = random_trace(cells=9)
    owner = trace.extra["temperature_body"].data
    name = trace.names[int(owner[0])]
    assert trace[name].temperature.shape == (30, int((owner == owner[0]).sum()))
    assert trace[name].heat_time[-1] == pytest.approx(4 * trace.duration)
    bare = replace(trace, extra={})
    with pytest.raises(UserError, match="no temperatures"):
        bare[name].temperature  # noqa: B018


# bad input ----------------------------------------------------------------------------------------------------------------------------


def test_a_name_that_does_not_exist_offers_the_nearest() -> None:
    with pytest.raises(UserError, match="did you mean 'ball_1'"):
        random_trace()["bal_1"]


def test_a_trace_of_a_newer_version_is_refused_whatever_else_it_holds(tmp_path: Path) -> None:
    np.savez(tmp_path / "trace.npz", schema_version=np.int64(SCHEMA_VERSION + 1), something_new=np.zeros(3))
    with pytest.raises(UserError, match="update the program"):
        Trace.load(tmp_path / "trace.npz")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.floats(0, 0.999))
def test_a_truncated_file_is_one_sentence_wherever_it_is_cut(tmp_path: Path, share: float) -> None:
    path = tmp_path / "whole.npz"
    if not path.exists():
        random_trace().save(path)
        random_trace().to_parquet(tmp_path / "whole.parquet")
    for name, load in (("whole.npz", Trace.load), ("whole.parquet", Trace.from_parquet)):
        data = (tmp_path / name).read_bytes()
        (tmp_path / f"cut-{name}").write_bytes(data[: int(share * len(data))])
        with pytest.raises(UserError) as caught:
            load(tmp_path / f"cut-{name}")
        assert "\n" not in str(caught.value)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 10**9), st.integers(1, 255))
def test_a_damaged_byte_never_ends_in_a_traceback(tmp_path: Path, place: int, change: int) -> None:
    path = tmp_path / "whole.npz"
    if not path.exists():
        random_trace().save(path)
    data = bytearray(path.read_bytes())
    data[place % len(data)] ^= change
    (tmp_path / "damaged.npz").write_bytes(data)
    try:
        Trace.load(tmp_path / "damaged.npz")
    except UserError as error:
        assert "\n" not in str(error)


def test_arrays_that_do_not_fit_together_and_files_of_others_are_refused(tmp_path: Path) -> None:
    trace = random_trace()
    replace(trace, position=trace.position[:-1]).save(tmp_path / "trace.npz")
    with pytest.raises(UserError, match="does not fit together"):
        Trace.load(tmp_path / "trace.npz")
    np.savez(tmp_path / "other.npz", values=np.zeros(3))
    with pytest.raises(UserError, match="no trace"):
        Trace.load(tmp_path / "other.npz")
    pandas = pytest.importorskip("pandas")
    pandas.DataFrame({"a": [1]}).to_parquet(tmp_path / "other.parquet")
    with pytest.raises(UserError, match="holds no trace"):
        Trace.from_parquet(tmp_path / "other.parquet")
    for load, name in ((Trace.load, "none.npz"), (Trace.from_parquet, "none.parquet")):
        with pytest.raises(UserError, match="There is no"):
            load(tmp_path / name)


@pytest.mark.slow
def test_sixty_seconds_of_five_hundred_bodies_load_within_a_second(tmp_path: Path) -> None:
    random_trace(961, 500, 20_000, 10).save(tmp_path / "large.npz")
    took = []
    for _ in range(3):
        started = time.process_time()
        trace = Trace.load(tmp_path / "large.npz")
        took.append(time.process_time() - started)
    assert len(trace.names) == 500 and min(took) < 1.0


# comparing ----------------------------------------------------------------------------------------------------------------------------


def test_comparing_a_trace_with_itself_finds_nothing() -> None:
    trace = random_trace()
    found = trace.compare(random_trace())
    assert found.identical and "bit for bit" in str(found)
    assert all(body.position_max == 0 and body.parts_at is None for body in found.bodies)


def straight(speed: float, *, fps: float = 16.0, hits: tuple[float, ...] = (), end: float = 2.0) -> Trace:
    """A ball that moves along x at a steady speed from the origin, with impacts at the times `hits`."""
    time_ = np.arange(round(end * fps) + 1) / fps
    n = len(time_)
    position, velocity = np.zeros((n, 2, 3)), np.zeros((n, 2, 3))
    position[:, 0, 0], velocity[:, 0, 0] = speed * time_, speed
    turn = np.zeros((n, 2, 4))
    turn[..., 0] = 1.0
    contacts = tuple(Contact("ball", "wall", t, t + 0.01, 1.0, speed, 0.5, 0.0, 0.0, 0.0) for t in hits)
    return Trace(
        time_, ("ball", "wall"), np.ones((n, 2), bool), position, turn, velocity, np.zeros((n, 2, 3)), np.ones((n, 2, 3)),
        np.array([2.0, np.inf]), contacts, {}, {"fps": fps},
    )  # fmt: skip


@pytest.mark.parametrize("fps", [16.0, 24.0, 10.0])
def test_differences_of_a_steady_motion_are_those_of_the_formula(fps: float) -> None:
    found = straight(1.0).compare(straight(1.5, fps=fps))
    ball = next(body for body in found.bodies if body.name == "ball")
    time_ = straight(1.0).time
    assert ball.position_max == pytest.approx(0.5 * 2.0, rel=1e-9) and ball.position_max_at == 2.0
    assert ball.position_rms == pytest.approx(0.5 * float(np.sqrt(np.mean(time_**2))), rel=1e-9)
    assert ball.parts_at == pytest.approx(1 / 16) and ball.speed_max == pytest.approx(0.5)
    assert ball.kinetic_energy_max == pytest.approx(0.5 * 2.0 * (1.5**2 - 1.0))
    assert "ball: part at 0.06 s" in str(found)


def test_impacts_are_matched_in_order_even_when_one_is_missing() -> None:
    found = straight(1.0, hits=(0.4, 0.9, 1.6)).compare(straight(1.0, hits=(0.45, 1.62)))
    assert [match.later for match in found.matched] == pytest.approx([0.05, 0.02])
    alone = [match for match in found.contacts if match.other_time is None]
    assert [match.time for match in alone] == [0.9]
    assert "1 only here, 0 only there" in str(found)
    assert found.table()[0]["impacts_matched"] == 2


def test_traces_that_share_nothing_are_refused() -> None:
    other = straight(1.0)
    with pytest.raises(UserError, match="no body in common"):
        straight(1.0).compare(replace(other, names=("rod", "table")))


def test_a_notebook_shows_drawings_without_a_plotting_library() -> None:
    trace = straight(1.0, hits=(0.4,))
    for shown in (trace._repr_html_(), trace["ball"]._repr_html_(), trace.compare(straight(2.0))._repr_html_()):
        assert "<table" in shown or "<svg" in shown
        assert "nan" not in shown
    assert "2 bodies" not in repr(trace) and "33 frames" in repr(trace) and "top speed 1 m/s" in repr(trace["ball"])
