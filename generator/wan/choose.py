"""Guidance by name: what `--guidance` takes, and what each backend uses when nothing is said."""

from __future__ import annotations

from typing import Any

from generator.wan.specs import BackendSpec
from scenes.errors import UserError, did_you_mean

__all__ = ["CONTROL_NAMES", "GUIDANCES", "guidance_named"]

GUIDANCES = (
    "auto",
    "two-clock",
    "sdedit",
    "vace",
    "vace+two-clock",
    "first-frame",
    "first-frame+two-clock",
    "still-then-move",
    "none",
)
CONTROL_NAMES = ("depth", "flow", "layout", "contours", "pose")


def guidance_named(
    name: str, spec: BackendSpec, *, painter: bool = False, control: str = "depth", sigma_weak: float | None = None, sigma_strong: float | None = None,
    dilate: int | None = None, calibrated: dict[str, Any] | None = None,
) -> Any:  # fmt: skip
    """A `MotionGuidance` for a backend. `painter`: text-to-video weights are at hand too, so that a still can be painted.

    `sigma_weak`, `sigma_strong` and `dilate` (tokens by which the masks of movers are widened) override what comes from `calibrated` where the
    backend was calibrated. Raises UserError.
    """
    from generator.guidance.combined import Combined
    from generator.guidance.engine import Guidance
    from generator.guidance.first_frame import FirstFrame
    from generator.guidance.masks import MaskSettings
    from generator.guidance.still import StillThenMove
    from generator.guidance.two_clock import SDEdit, TwoClock
    from generator.guidance.vace import VaceControl

    if name not in GUIDANCES:
        raise UserError(f"There is no guidance {name!r}{did_you_mean(name, GUIDANCES)}")
    if control not in CONTROL_NAMES:
        raise UserError(f"There is no control {control!r}{did_you_mean(control, CONTROL_NAMES)}")
    if name == "auto":
        name = "still-then-move" if spec.pipelines == ("i2v",) and painter else spec.guidance
    levels = {key: value for key, value in (calibrated or {}).items() if key in ("sigma_weak", "sigma_strong")}
    levels |= {
        key: value for key, value in (("sigma_weak", sigma_weak), ("sigma_strong", sigma_strong)) if value is not None
    }

    if dilate is not None and not 0 <= dilate <= 8:
        raise UserError(f"--dilate is a number of tokens from 0 to 8, not {dilate}.")
    if dilate is not None and not ("two-clock" in name or name == "still-then-move"):
        raise UserError(f"--dilate widens the masks of two clocks, and the guidance {name} pins nothing: leave it out.")
    wider = dilate if dilate is not None else (calibrated or {}).get("dilate")

    def clocks() -> TwoClock:
        own: dict[str, Any] = {"masks": MaskSettings().widened(int(wider))} if wider is not None else {}
        return TwoClock(**levels, **own)

    if name == "still-then-move":
        if not painter:
            raise UserError(
                "still-then-move paints the first frame with wan2.2-t2v-a14b, whose weights are not on this machine: `hybrid fetch wan2.2-t2v-a14b`, or use --guidance first-frame."
            )
        chosen: Guidance = StillThenMove(clocks=clocks())
    elif name in ("two-clock", "sdedit"):
        chosen = (
            clocks()
            if name == "two-clock"
            else SDEdit(**({"sigma": levels["sigma_weak"]} if "sigma_weak" in levels else {}))
        )
        if spec.pipelines == ("i2v",):
            chosen = Combined([FirstFrame(), chosen])  # its pipeline cannot run without a first frame
    elif name == "vace":
        chosen = VaceControl(control=control)  # type: ignore[arg-type]
    elif name == "vace+two-clock":
        chosen = Combined([VaceControl(control=control), clocks()])  # type: ignore[arg-type]
    elif name == "first-frame":
        chosen = FirstFrame()
    elif name == "first-frame+two-clock":
        chosen = Combined([FirstFrame(), clocks()])
    else:
        chosen = _unguided(spec)
    if not set(chosen.pipeline_kinds) & set(spec.pipelines):
        fitting = [other for other in GUIDANCES[1:] if _kinds(other) & set(spec.pipelines)]
        raise UserError(
            f"The guidance {name} cannot run on {spec.name}: choose {' or '.join(fitting)}, or another --backend."
        )
    return chosen


def _unguided(spec: BackendSpec) -> Any:
    """The stock pipeline: the prompt alone, or a first frame where the model needs one."""
    from generator.guidance.engine import Unguided

    if "t2v" in spec.pipelines:
        return Unguided()
    if "i2v" in spec.pipelines:
        raise UserError(f"{spec.name} needs a first frame: use --guidance first-frame.")
    raise UserError(f"{spec.name} needs a control video: use --guidance vace.")


def _kinds(name: str) -> set[str]:
    if name.startswith("vace"):
        return {"vace"}
    if name.startswith(("first-frame", "still")):
        return {"i2v"}
    return {"t2v"} if name == "none" else {"t2v", "i2v", "vace"}
