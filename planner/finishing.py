"""After the layout: the drivers that need places in the world: motors, stated starts, glides, pivots."""

from __future__ import annotations

from planner.layout import top_of
from planner.stage import Stage, quaternion_product

__all__ = ["finish_motion"]


def finish_motion(stage: Stage) -> None:
    """Turn what was decided into drivers and joints with places in the world."""
    glides(stage)
    motors(stage)
    delays(stage)
    pivots(stage)


def motors(stage: Stage) -> None:
    """What drives itself keeps its speed until it meets what it runs into; it faces the way it goes."""
    for actor in stage.actors.values():
        if actor.extra.get("faces", 1.0) < 0 and actor.kind == "rigid" and not actor.round:
            actor.orientation = quaternion_product((0.0, 0.0, 0.0, 1.0), actor.orientation)
        if "path_until" in actor.extra and f"{actor.name}_path" in stage.drivers:
            stage.drivers[f"{actor.name}_path"]["stop"] = actor.extra["path_until"]
        if "motor_until" in actor.extra:
            stage.drivers[f"{actor.name}_motor"] = {
                "type": "velocity", "body": actor.name, "linear": [round(float(v), 6) for v in actor.velocity], "hold": True,
                "stop": actor.extra["motor_until"], "why": stage.say("its motor keeps the speed until the contact", "发动机保持速度直到接触"),
            }  # fmt: skip
            actor.status = "actuated"
            actor.why = stage.say(
                "driven until the contact, solved afterwards", "接触前由驱动器保持速度，之后由物理求解"
            )


def delays(stage: Stage) -> None:
    """A stated time is a cause: what falls is held until then, what is launched rests until then."""
    for event in stage.frame.events:
        if not event.at_time:
            continue
        for actor in stage.of(event.patient) or stage.of(event.agent):
            if (
                not (actor.movable and actor.moving)
                or f"{actor.name}_waits" in stage.drivers
                or actor.extra.get("delayed")
            ):
                continue
            actor.extra["delayed"] = True
            launched = bool(actor.velocity.any() or actor.spin.any())
            if actor.in_air or launched:
                stage.drivers[f"{actor.name}_waits"] = {
                    "type": "grip", "body": actor.name, "stop": event.at_time,
                    "why": stage.say(f"held until {event.at_time:g} s, as stated", f"按文字所述保持到 {event.at_time:g} 秒"),
                }  # fmt: skip
            if launched:
                stage.drivers[f"{actor.name}_starts"] = {
                    "type": "velocity", "body": actor.name, "start": event.at_time,
                    "linear": [round(float(v), 6) for v in actor.velocity], "angular": [round(float(v), 6) for v in actor.spin],
                    "why": stage.say("its stated start", "文字所述的开始时刻"),
                }  # fmt: skip
                actor.velocity, actor.spin = actor.velocity * 0, actor.spin * 0
                stage.free = {k: f for k, f in stage.free.items() if not k.startswith(f"bodies.{actor.name}.")}


def glides(stage: Stage) -> None:
    """A glide that ends on something higher has no physical cause in the text: a declared path, said so."""
    for actor in stage.actors.values():
        if "glide_to" not in actor.extra:
            continue
        host = actor.extra["glide_to"]
        low = float(actor.bounds()[0][2])
        level = round(top_of(host, host.position[:2]) - low + 0.002, 4)
        begin, end = float(actor.position[0]), float(host.position[0])
        seconds = round(max(1.5, abs(end - begin) / 1.2), 3)
        actor.position[1:] = (host.position[1], level)
        actor.velocity, actor.status = actor.velocity * 0, "actuated"
        actor.why = stage.say(
            "a glide onto something higher has no cause in the text: a declared path",
            "滑上更高处在文字中没有物理原因：由声明的路径驱动",
        )
        stage.drivers[f"{actor.name}_path"] = {
            "type": "path", "body": actor.name, "interpolation": "smooth", "why": actor.why,
            "keys": [
                {"time": 0.0, "position": [begin, float(host.position[1]), level]},
                {"time": seconds, "position": [round(end, 4), float(host.position[1]), level]},
            ],
        }  # fmt: skip
        gone = {"rolls", "slides", "rests", "stops_at"}
        stage.goals = {k: g for k, g in stage.goals.items() if not (g.get("body") == actor.name and g["type"] in gone)}
        stage.free = {k: f for k, f in stage.free.items() if not k.startswith(f"bodies.{actor.name}.")}
        stage.goal(
            "reaches",
            None,
            asked=actor.extra["glide_words"],
            body=actor.name,
            position=(round(end, 4), None, None),
            tolerance=0.05,
        )


def pivots(stage: Stage) -> None:
    for actor in stage.actors.values():
        if "pivot" in actor.extra:
            dx, z = actor.extra["pivot"]
            x, y = float(actor.position[0]), float(actor.position[1])
            actor.position[0] = round(x + dx, 4)
            stage.joints[f"{actor.name}_pivot"] = {
                "type": "hinge",
                "child": actor.name,
                "anchor": [round(x, 4), round(y, 4), round(z, 4)],
                "axis": [0, 1, 0],
            }
