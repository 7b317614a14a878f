"""Verbs become motion: each motion class of the lexicon has a handler that fills the stage and answers what became of the event."""

from __future__ import annotations

from collections.abc import Callable

from planner.frame import Event
from planner.heat_words import is_heat
from planner.lexicon import Verb, verb_of
from planner.motion import (
    falling,
    fields,
    heating,
    hitting,
    living,
    passing,
    pouring,
    stairs,
    stopping,
    throwing,
    travelling,
    turning,
    water,
)
from planner.motion.common import Handled
from planner.stage import Stage, ids_of

__all__ = ["Handled", "handle"]

Handler = Callable[[Stage, Event, Verb], Handled]

HANDLERS: dict[str, Handler] = {
    "release": falling.release, "bounce": falling.bounce, "rest": stopping.rest, "break": falling.break_, "place": falling.place,
    "stack": falling.place, "stay": falling.stay, "let_go": falling.let_go, "roll": travelling.roll, "slide": travelling.slide,
    "throw": throwing.throw, "push": travelling.push, "spin": turning.spin, "swing": turning.swing, "topple": travelling.topple,
    "pass": passing.pass_by, "pass_through": passing.pass_through, "strike": hitting.strike, "knock_over": hitting.knock_over,
    "locomote": living.locomote, "drive": living.locomote, "chase": living.locomote, "approach": living.approach, "enter": living.locomote,
    "exit": living.locomote, "fly": living.fly, "jump": living.jump, "slip": living.slip, "fall_over": living.fall_over,
    "stagger": living.stagger, "float": water.float_, "sink": water.sink, "rise": water.rise, "heat": heating.heat,
    "conduct": heating.conduct, "melt": heating.melt, "cool": heating.cool,
    "flow": pouring.pour, "explode": fields.explode, "magnet": fields.magnet,
}  # fmt: skip

REASONS: dict[str, tuple[str, str]] = {
    "flow": ("liquids are painted, not solved", "液体由画面绘制，未求解"),
    "cloth": ("cloth is painted, not solved", "布料由画面绘制，未求解"),
    "deform": ("bodies are rigid here: a change of shape is painted", "这里的物体是刚体：形变由画面绘制"),
    "explode": ("no solver for explosions: painted", "没有爆炸求解器：由画面绘制"),
    "magnet": (
        "no solver for magnetic or electric forces; say what should move and how fast",
        "没有磁力或电力求解器；请说明什么以多快速度移动",
    ),
    "impossible": (
        "it breaks a law of physics; ask for low gravity, a push or a stated path instead",
        "违反物理定律；可改为低重力、推动或指定路径",
    ),
    "posture": ("a gesture is painted, not solved", "姿态由画面绘制，未求解"),
    "grip": ("a hold is declared, not solved", "抓握由驱动器给定"),
    "spring": ("a spring needs its stiffness in the scene file", "弹簧需要在场景文件中给出刚度"),
}


def handle(stage: Stage, event: Event) -> Handled:
    """Fill the stage for one event. An unknown verb, or one whose class no solver advances, is imagined or refused, with the reason."""
    verb = verb_of(event.verb, "en")
    if verb is None:
        return Handled(
            "imagined",
            stage.say(
                f"“{event.verb}” is not in the verb lexicon: only painted", f"动词库中没有“{event.verb}”：仅由画面绘制"
            ),
            "imagined",
        )
    if event.negated:
        return _negated(stage, event, verb)
    if verb.name in living.POSTURE_VERBS or living.holds_hands(stage, event):
        taken = living.posture(stage, event, verb)
        if taken is not None:
            return taken
    if verb.name == "flutter" and (fluttered := living.flutter(stage, event, verb)) is not None:
        return fluttered
    formed = stage.of(event.agent)
    if (
        verb.name in {"form", "form_circle", "gather"}
        and formed
        and all(a.extra.get("arrangement") == "ring" for a in formed)
    ):
        return Handled(
            "actuated" if formed[0].kind == "figure" else "solved",
            stage.say("the circle is there from the start", "圆圈从一开始就存在"),
        )
    if verb.physics in {"state", "hang"} or (event.order == 0 and verb.physics in {"place", "posture", "stack"}):
        return Handled("solved", stage.say("true at the start", "初始状态"))
    if verb.physics == "spread" and (stage.thermal or any(is_heat(entity.head) for entity in stage.frame.entities)):
        return heating.conduct(stage, event, verb)
    if verb.physics in {"grip", "stay"} and {"hot", "warm", "at_constant_temperature"} & set(event.manner):
        return heating.heat(stage, event, verb)
    if verb.physics in {"pass", "generic_move", "fly", "throw", "roll"} and any(
        stage.relations("through", subject=i) for i in ids_of(event.agent)
    ):
        return passing.pass_through(stage, event, verb)
    flames = {"flame", "fire", "torch", "burner", "candle", "lighter", "campfire", "stove"}
    if any((e := stage.entity(i)) is not None and e.head in flames for i in ids_of(event.agent)) and stage.of(
        event.patient
    ):
        return heating.heat(stage, event, verb)  # whatever a flame does to a body, it heats it
    if verb.name == "overtake":
        return passing.overtake(stage, event, verb)
    if verb.physics in {"fly", "generic_move"} and throwing.is_projectile(stage, event):
        return throwing.throw(stage, event, verb)
    if (flight := stairs.stairs_of(stage, event, verb)) is not None:
        return stairs.down_stairs(stage, event, flight)
    if fields.blasts(stage, event, verb):
        return fields.explode(stage, event, verb)
    handler = HANDLERS.get(verb.physics)
    if handler is not None:
        return handler(stage, event, verb)
    if verb.physics in {"generic_move", "group", "grip"}:
        return _moved(stage, event, verb)
    english, chinese = REASONS.get(verb.physics, ("painted, not solved", "由画面绘制，未求解"))
    status = verb.status if verb.status in {"imagined", "refused"} else "imagined"
    if status == "refused":
        stage.goal("refused", event, why=stage.say(english, chinese))
    return Handled(status, stage.say(english, chinese), "imagined")  # type: ignore[arg-type]


def _moved(stage: Stage, event: Event, verb: Verb) -> Handled:
    """Moves in a way that is not said: things slide a little, living ones walk; what a hand carries is painted."""
    if verb.physics == "grip":
        from planner.motion.acting import catch

        if verb.name == "catch" and (caught := catch(stage, event, verb)) is not None:
            return caught
        english, chinese = REASONS["grip"]
        for actor in stage.of(event.patient):
            if actor.movable and not actor.moving and verb.name in {"lower", "put_down"}:
                return falling.place(stage, event, verb)
        return Handled("imagined", stage.say(english, chinese), "imagined")
    movers = stage.of(event.agent) or stage.of(event.patient)
    if any(actor.kind == "figure" or actor.entry.moves for actor in movers):
        return living.locomote(stage, event, verb)
    if movers and all(actor.kind in {"field", "none", "cloth", "fluid"} for actor in movers):
        return Handled(
            "imagined", stage.say("it has no body here: painted", "它在这里没有实体：由画面绘制"), "imagined"
        )
    if not movers:
        return Handled("imagined", stage.say("what moves is not named", "没有说明什么在动"), "imagined")
    stage.advise(
        f"“{stage.words(event.span) or event.verb}” does not say how it moves: read as a slow slide. Say rolls, slides, falls or is pushed, and how fast.",
        f"“{stage.words(event.span) or event.verb}”没有说明怎样运动：理解为缓慢滑动。请说明滚动、滑动、落下或被推，以及速度。",
    )
    return travelling.slide(stage, event, verb)


def _negated(stage: Stage, event: Event, verb: Verb) -> Handled:
    """What must not happen is an asked outcome too."""
    subjects = [a for a in stage.of(event.patient) or stage.of(event.agent) if a.kind == "rigid"]
    kinds = {
        "break": "breaks",
        "crack": "breaks",
        "topple": "topples",
        "knock_over": "topples",
        "fall_over": "topples",
        "release": "falls",
        "bounce": "bounces",
    }
    kind = kinds.get(verb.physics)
    for actor in subjects:
        if kind == "topples":
            stage.goal("topples", event, bodies=(actor.name,))
        elif kind == "bounces":
            stage.goal("bounces", event, body=actor.name, at_least=True)
            if stage.ground is not None:
                falling.free_restitution(stage, actor, stage.ground)
        elif kind is not None:
            stage.goal(kind, event, body=actor.name)
        elif verb.physics in {"generic_move", "roll", "slide", "push"}:
            stage.goal("moves", event, body=actor.name)
    return Handled("solved", stage.say("it must not happen: checked on the trace", "不应发生：在轨迹上核对"))
