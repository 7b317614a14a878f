"""Breaking while a simulation runs: a brittle body that is struck too hard ends, and its fragments begin.

At every step the blows on brittle bodies are read from the contact impulses, and judged (`fracture_criterion`). A
blow that breaks the body:
- the impulses that Bullet gave in this step between the body and what it struck are taken back, so both move as
  before the impact;
- what struck it, or the body where that is fixed, is moved back to where they just touch, and the body is parted
  by Voronoi cells (`fracture_split`);
- the contact gives the impulse J along its normal that leaves just the energy of the cracks less than there was
  before: momentum passes to what was struck, energy goes into new surfaces, and the fragments share what is left as
  one rigid motion, v + w x r;
- from then on every fragment is a body like others, and meets the floor by its own contacts.

Fragments do not break again. Importing this module needs no Bullet.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from scenes.bodies import RigidBody
from scenes.scene import Scene
from sim.fracture_blows import (
    Strike,
    blows_on,
    braking,
    factors_of_fragments,
    kinetic,
    motion_before,
    moved,
    radius_of,
    side_of,
    tensor_of,
)
from sim.fracture_bodies import fragment_bodies, with_fragments
from sim.fracture_criterion import Blow, Verdict, bearable_speed, crack_energy, wall_of, would_break
from sim.fracture_panes import bars_of, framed, pane_of
from sim.fracture_split import Piece, Shard, number_of_pieces, split
from sim.harder import breaking_floors
from sim.rotations import matrices

if TYPE_CHECKING:
    from sim.simulate import Run
    from sim.world import Entry

__all__ = ["Break", "Fracture", "fragment_bodies", "with_fragments"]

FloatArray = NDArray[np.float64]
LIGHT = 0.01  # [kg] of what may strike a pane in its frame
LEAST_SPEED, LEAST_CHANGE = 0.05, 0.03  # [m/s] of closing, and of change in one step: gentler contacts are not judged
BOOKS = 1e-9  # of what a break must keep
MOST_ASKED = 300
SLIM = 0.995  # of a shard's outline collides, so that neighbours do not begin in touch
EGG_NOTE = "what was inside is not simulated: its mass goes with the pieces of the shell"
MODEL_NOTES = (
    "the pattern of cracks is a Voronoi model, denser at the blow",
    "fragments collide as their convex hulls and do not break again",
)


@dataclass(frozen=True)
class Break:
    """A body that broke: its column, the step after which its fragments live, their columns, and what is told about
    it.
    """

    column: int
    step: int
    columns: tuple[int, ...]
    record: dict[str, Any]


@dataclass(frozen=True)
class _Doomed:
    """A body that a blow breaks: into what, why so many, and the energy [J] of the cracks."""

    entry: Entry
    body: RigidBody
    blow: Strike
    verdict: Verdict
    pieces: list[Piece]
    why: str
    energy: float


@dataclass
class Fracture:
    """`examine` the contact points of every step while `busy`. `breaks`: what broke; `tests`: the hardest blow on
    each body, by its verdict.
    """

    run: Run
    scene: Scene
    seed: int = 0
    breaks: list[Break] = field(default_factory=list)
    tests: dict[str, dict[str, Any]] = field(default_factory=dict)
    shapes: dict[str, dict[str, Any]] = field(default_factory=dict)
    watched: dict[tuple[int, int], Entry] = field(default_factory=dict)
    grains: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        tied = {name for joint in self.scene.joints.values() for name in (joint.child, joint.parent)}
        self.grains = {e.uid for e in self.run.world.entries if "/grain_" in e.name}  # too light to break anything
        for entry in self.run.world.entries:
            body = self.scene.bodies[entry.name]
            if not isinstance(body, RigidBody) or not body.brittle or not entry.touch or entry.uid in self.grains:
                continue
            if body.fixed and not any(g.type == "breaks" and g.body == entry.name for g in self.scene.goals.values()):
                continue  # floors and walls stand, unless a text asks for a window that breaks
            if entry.name in tied or entry.reduced:
                self.run.world.notes.append(f"{entry.name} hangs in a joint, and bodies in joints do not break here")
                continue
            self.watched[(entry.uid, entry.link)] = entry

    @property
    def busy(self) -> bool:
        return bool(self.watched)

    # looking ---------------------------------------------------------------------------------------------------------

    def examine(self, step: int, points: Any) -> Any:
        """Judge the blows of this step; the points that are left when a body broke (its own are then settled here)."""
        watched, dt = self.watched, self.run.world.dt
        sums: dict[tuple[int, int], float] = {}
        for p in points:
            if p[9] > 0.0 and p[8] <= 0.0 and not (self.grains and (p[1] in self.grains or p[2] in self.grains)):
                for handle in ((p[1], p[3]), (p[2], p[4])):
                    if handle in watched:
                        sums[handle] = sums.get(handle, 0.0) + p[9] * dt
        doomed = {}
        for handle, impulse in sorted(sums.items()):
            entry = watched[handle]
            least = LEAST_CHANGE * (entry.mass.mass if entry.mode == "free" else LIGHT)
            if impulse >= least and (found := self._judge(step, points, entry)) is not None:
                doomed[entry.name] = found
        for one in sorted(
            doomed.values(), key=lambda d: d.entry.mode == "free"
        ):  # a pane in its frame before what strikes it
            if one.entry.mode != "gone":
                partner = doomed.get(one.blow.other.name)  # two that strike each other break together
                mutual = partner is not None and partner.blow.other is one.entry and partner.entry.mode == "free"
                points = self._break(step, points, one, partner if mutual else None)
        return points

    def _judge(self, step: int, points: Any, entry: Entry) -> _Doomed | None:
        """The hardest blow on a body in this step that breaks it, and into what."""
        blows = blows_on(self.run.world, points, entry)
        body = self.scene.bodies[entry.name]
        assert isinstance(body, RigidBody)
        material = self.run.world.materials.material(body.material)
        goals = [g for g in self.scene.goals.values() if g.type == "breaks" and g.body == entry.name and not g.negated]
        place, frame = motion_before(self.run.world, points, entry)[:2]
        for blow in blows:
            if blow.speed < LEAST_SPEED:
                continue
            other = self.scene.bodies.get(blow.other.name)
            hit = Blow(
                blow.speed,
                blow.mass,
                frame.T @ (blow.point - place),
                -frame.T @ blow.normal,
                self.run.world.materials.material(other.material) if isinstance(other, RigidBody) else self._skin(),
                radius_of(other),
            )
            verdict = would_break(body, material, hit, asked=bool(goals))
            known = self.tests.get(entry.name)
            if known is None or verdict.ratio > known["ratio"]:
                self.tests[entry.name] = self._test(step, entry, blow, hit, verdict, asked=bool(goals))
            if verdict.breaks:
                wanted = next((goal.pieces for goal in goals if goal.pieces), None)
                pieces, count_why = self._pieces(body, entry, hit, verdict, wanted)
                if pieces:
                    return _Doomed(entry, body, blow, verdict, pieces, count_why, crack_energy(material, _area(pieces)))
                self.tests[entry.name]["why"] += "; but the blow carries too little energy for the cracks"
        return None

    def _skin(self) -> Any:
        materials = self.run.world.materials
        return materials.material("skin" if materials.has("skin") else "rubber")

    def _test(
        self, step: int, entry: Entry, blow: Strike, hit: Blow, verdict: Verdict, *, asked: bool
    ) -> dict[str, Any]:
        test = {**verdict.as_dict(), "time": step * self.run.world.dt, "on": blow.other.name, "speed": blow.speed}
        if not verdict.breaks:
            body = self.scene.bodies[entry.name]
            assert isinstance(body, RigidBody)
            speed = bearable_speed(body, self.run.world.materials.material(body.material), hit, asked=asked)
            gravity = -float(self.run.world.gravity[2])
            test["breaking_speed"] = speed
            test["breaking_fall"] = speed**2 / (2 * gravity) if speed is not None and gravity > 0 else None
            test["floor"] = hit.other.name
            test["breaking_floors"] = breaking_floors(
                body, self.run.world.materials.material(body.material), hit, self.run.world.materials
            )
        return test

    # breaking --------------------------------------------------------------------------------------------------------

    def _pieces(
        self, body: RigidBody, entry: Entry, hit: Blow, verdict: Verdict, wanted: int | None
    ) -> tuple[list[Piece], str]:
        """The fragments, as many as the energy of the blow can part; none when it cannot part two."""
        material = self.run.world.materials.material(body.material)
        count, why = (
            min(wanted or 0, MOST_ASKED),
            "as asked" if (wanted or 0) <= MOST_ASKED else "the most that are simulated",
        )
        if verdict.mode == "snap":
            count, why = 2, "snaps in two"
        elif not wanted:
            volume = entry.mass.mass / (body.density or material.density.value)
            count, why = (
                number_of_pieces(body, material, hit.speed, volume=volume),
                "Grady's estimate, between 8 and 40",
            )
        whole, mass = pane_of(body, material) or (body, entry.mass.mass)
        plug = None  # what is far smaller than a plate punches a piece out of it
        if verdict.mode == "plate" and hit.other_radius is not None and not wanted and whole.shape.type == "box":
            plug = 1.3 * hit.other_radius if hit.other_radius < 0.1 * float(np.sort(whole.shape.extent())[1]) else None
        while True:
            pieces = split(
                whole, mass=mass, count=count, impact=hit.point, seed=self.seed, name=entry.name,
                wall=wall_of(whole, material)[0],
                exact=bool(wanted) and verdict.mode != "snap", across=verdict.mode == "snap", plug=plug,
            )  # fmt: skip
            if crack_energy(material, _area(pieces)) <= 0.9 * verdict.energy:
                return pieces, why
            if wanted or count <= 2:
                return [], ""
            count, why = max(2, count // 2), "as many as the energy of the blow parts"

    def _break(self, step: int, points: Any, one: _Doomed, partner: _Doomed | None) -> Any:
        world, entry, blow, pieces = self.run.world, one.entry, one.blow, one.pieces
        handle, gravity, mass = (entry.uid, entry.link), world.gravity, sum(p.mass.mass for p in pieces)
        place, frame, linear, angular = motion_before(world, points, entry)
        mine = [p for p in points if handle in ((p[1], p[3]), (p[2], p[4]))]
        striker = blow.other if blow.other.mode == "free" and not blow.other.reduced else None
        start = place + blow.normal * blow.depth if striker is None or partner is not None else place
        for column in sorted({world.by_handle[h] for p in mine for h in ((p[1], p[3]), (p[2], p[4]))}):
            other = world.entries[column]
            if other is not entry and other.mode == "free" and not other.reduced:
                there, _, velocity, turning = motion_before(world, points, other, handle)
                if other is striker and partner is None:  # it goes back: the body may lie on something, or fill a frame
                    world.set_pose(other, there - blow.normal * blow.depth, world.pose(other)[1])
                world.set_velocity(other, velocity, turning)
        inertia = tensor_of(pieces, frame)
        momentum, spin = mass * linear, frame @ entry.mass.tensor @ frame.T @ angular
        flown = linear - gravity * (world.dt / 2) if entry.launched else linear
        before = 0.5 * mass * float(flown @ flown) + 0.5 * float(spin @ angular) - mass * float(gravity @ place)
        sides = [(mass, inertia, momentum, spin, blow.point - start, 1.0)]
        if striker is not None:
            before += kinetic(side_of(world, blow, None), blow.normal, 0.0)
            sides.append(side_of(world, blow, partner.pieces if partner is not None else None))
        spent = one.energy + (partner.energy if partner is not None else 0.0)
        impulse = braking(sides, blow.normal, before - spent + mass * float(gravity @ start))
        after = sum(kinetic(side, blow.normal, impulse) for side in sides) - mass * float(gravity @ start)
        lost = before - after
        self._end(step, one, start, frame, moved(sides[0], blow.normal, impulse), impulse, lost - spent + one.energy)
        if len(sides) > 1:
            motion = moved(sides[1], blow.normal, impulse)
            if partner is not None:
                at, turn = world.pose(partner.entry)
                self._end(step, partner, at, matrices(turn), motion, impulse, partner.energy)
                handles = {handle, (partner.entry.uid, partner.entry.link)}
                return [p for p in points if not handles & {(p[1], p[3]), (p[2], p[4])}]
            world.set_velocity(blow.other, *motion)
        return [p for p in points if handle not in ((p[1], p[3]), (p[2], p[4]))]

    def _end(
        self, step: int, one: _Doomed, start: FloatArray, frame: FloatArray, motion: Any, impulse: float, lost: float
    ) -> None:
        """Let the fragments of a body begin at `start` with its motion, and tell of it."""
        entry, pieces = one.entry, one.pieces
        linear, angular = motion
        columns = self._spawn(step, entry, one.body, pieces, start, frame, linear, angular)
        gravity, fixed = self.run.world.gravity, one.body.fixed
        whole = sum(p.mass.mass for p in pieces) if fixed else entry.mass.mass
        bars = bars_of(one.body, self.run.world.materials.material(one.body.material))
        still = np.zeros(3)
        rest = self._spawn(step, entry, one.body, bars, start, frame, still, still, what="frame") if bars else []
        self._retire(step, entry, one.blow, impulse)
        drift = self._drift(columns, whole * linear, tensor_of(pieces, frame) @ angular, start)
        record = {
            "body": entry.name,
            "time": step * self.run.world.dt,
            "point": one.blow.point.tolist(),
            "on": one.blow.other.name,
            "energy_J": one.energy,
            "crack_area_m2": _area(pieces),
            "impulse_Ns": impulse,
            "lost_J": lost,
            "freed_J": -whole * float(gravity @ start) if fixed else 0.0,
            "pieces": len(pieces),
            "pieces_why": one.why,
            "verdict": one.verdict.as_dict(),
            "residuals": {
                "mass_kg": sum(p.mass.mass for p in pieces) - whole,
                **drift,
                "energy_J": lost - one.energy,
            },
            "status": "proxied" if one.verdict.mode == "snap" else "solved",
            "assumed": [*one.verdict.assumed, *MODEL_NOTES, *((EGG_NOTE,) if one.body.material == "egg" else ())],
        }
        self.breaks.append(Break(entry.column, step, (*columns, *rest), record))

    def _spawn(
        self,
        step: int,
        entry: Entry,
        body: RigidBody,
        pieces: list[Piece],
        start: FloatArray,
        frame: FloatArray,
        linear: FloatArray,
        angular: FloatArray,
        *,
        what: str = "shard",
    ) -> list[int]:
        from sim.extent import bounding_radius
        from sim.rotations import of_matrix
        from sim.voronoi import polyhedron_of_hull
        from sim.world import Entry as Made

        run, world = self.run, self.run.world
        turn, added = of_matrix(frame), {}
        factors = factors_of_fragments(world, entry, body, set(self.shapes))
        entries: list[tuple[Entry, FloatArray, FloatArray]] = []
        for number, piece in enumerate(pieces, 1):
            name = f"{entry.name}/{what}_{number}"
            hull = polyhedron_of_hull(piece.outline * SLIM)
            outline = Shard.model_construct(
                type="convex",
                vertices=tuple(map(tuple, hull.vertices.tolist())),
                faces=hull.faces,  # type: ignore[arg-type]
            )
            place, velocity = start + frame @ piece.centre, linear + np.cross(angular, frame @ piece.centre)
            made = Made(
                name,
                len(world.entries) + len(entries),
                "rigid",
                outline,
                piece.mass,
                "free" if what == "shard" else "fixed",
            )
            made.axes, made.radius = of_matrix(piece.mass.axes), bounding_radius(outline)
            made.drag_coefficient = entry.drag_coefficient
            made.touch = what == "shard"  # the pane reaches into its frame: the bars stand, and are not felt any more
            values = {"shape": piece.shape, "parent": entry.name, "brittle": False}
            values |= {"position": tuple(place.tolist()), "orientation": tuple(turn.tolist())}
            values |= {
                "mass": piece.mass.mass,
                "density": None,
                "wall": None,
                "color": body.color or _look(body)[0],
                "material": _look(body)[1] or body.material,
                "fixed": what == "frame",
            }
            if what == "frame":
                values |= {"color": framed(body)[0].color, "material": framed(body)[0].material or "wood"}
            added[name] = body.model_copy(update=values)
            self.shapes[name] = {
                "parent": entry.name,
                "shape": {
                    "type": "convex",
                    "vertices": [list(v) for v in piece.shape.vertices],
                    "faces": [list(f) for f in piece.shape.faces],
                },
                "material": added[name].material,
                "color": added[name].color,
                "mass": piece.mass.mass,
            }
            world.factors[name] = factors
            entries.append((made, place, velocity))
        world.scene = world.scene.model_copy(update={"bodies": {**world.scene.bodies, **added}})
        rows = []
        for made, place, velocity in entries:
            world.entries.append(made)
            world.column[made.name] = made.column
            world._add_free(made)
            world.by_handle[(made.uid, made.link)] = made.column
            world.set_pose(made, place, turn)
            world.set_velocity(made, velocity, angular)
            rows.append(run.samples._read(made))
        world.names = tuple(e.name for e in world.entries)
        elapsed = ((step - 1) % run.per_frame + 1) * world.dt
        new = len(entries)
        world.declared = np.vstack(
            [world.declared, [-made.mass.mass * world.gravity * elapsed for made, *_ in entries]]
        )
        world.restart = np.append(world.restart, np.zeros(new, dtype=bool))
        run.contacts.loose = np.vstack([run.contacts.loose, np.zeros((new, 3))])
        run.samples.grow([made for made, *_ in entries], rows, step * world.dt)
        run.auditor.last = np.vstack([run.auditor.last, [row[7:10] for row in rows]])
        return [made.column for made, *_ in entries]

    def _retire(self, step: int, entry: Entry, blow: Strike, impulse: float) -> None:
        """End the body: its contacts are closed, what struck it last becomes an episode of its own, and it waits out
        of reach.
        """
        run, world = self.run, self.run.world
        contacts, bullet = run.contacts, world.bullet
        for key in [k for k in contacts.current if entry.column in (contacts.current[k].a, contacts.current[k].b)]:
            old = contacts.current.pop(key)
            if old in contacts.live:
                contacts.live.remove(old)
                old.parted, old.end_poses = step, (world.pose(world.entries[old.a]), world.pose(world.entries[old.b]))
        if blow.other.mode != "gone":  # else the two broke together, and their contact is told already
            self._tell_contact(step, entry, blow, impulse)
        run.events.on_contacts(step)
        for task in run.drivers.tasks:
            if entry in (task.entry, task.holder):
                task.state = "done"
        entry.mode, entry.launched = "gone", False
        del self.watched[(entry.uid, entry.link)]
        if entry in run.samples.moving:
            run.samples.moving.remove(entry)
        bullet.setCollisionFilterGroupMask(entry.uid, entry.link, 0, 0, physicsClientId=world.client)
        bullet.changeDynamics(entry.uid, entry.link, mass=0.0, physicsClientId=world.client)
        world.set_velocity(entry, np.zeros(3), np.zeros(3))
        at, turn = world.pose(entry)
        world.set_pose(entry, at - np.array([0.0, 0.0, 1e3]), turn)

    def _tell_contact(self, step: int, entry: Entry, blow: Strike, impulse: float) -> None:
        from sim.contacts import Episode

        contacts, world = self.run.contacts, self.run.world
        a, b, sign = (entry, blow.other, 1.0) if blow.first else (blow.other, entry, -1.0)
        normal, point = tuple((sign * blow.normal).tolist()), tuple(blow.point.tolist())
        episode = Episode(
            a.column, b.column, step, step, normal, point, impulse=impulse, before=blow.speed, parted=step
        )
        episode.vector = [impulse * n for n in normal]
        episode.start_poses = episode.end_poses = (world.pose(a), world.pose(b))
        contacts.episodes.append(episode)
        contacts.fresh.append(episode)
        contacts.touched[id(episode)] = episode

    def _drift(self, columns: list[int], momentum: FloatArray, spin: FloatArray, start: FloatArray) -> dict[str, float]:
        """What the fragments, as Bullet has them, miss of the momentum and the angular momentum."""
        world = self.run.world
        total, turning = np.zeros(3), np.zeros(3)
        for column in columns:
            entry = world.entries[column]
            (at, turn), (linear, angular) = world.pose(entry), world.velocity(entry)
            push = entry.mass.mass * np.array(linear)
            frame = matrices(turn)
            total += push
            turning += np.cross(at - start, push) + frame @ entry.mass.tensor @ frame.T @ np.array(angular)
        return {
            "momentum_Ns": float(np.abs(total - momentum).max()),
            "angular_momentum_Nms": float(np.abs(turning - spin).max()),
        }

    # telling ---------------------------------------------------------------------------------------------------------

    def alive(self, steps: NDArray[np.int64], count: int) -> NDArray[np.bool_]:
        """Which of `count` bodies live after each of some steps, (T, count)."""
        alive = np.ones((len(steps), count), dtype=bool)
        for broken in self.breaks:
            over = steps >= broken.step
            alive[over, broken.column] = False
            for column in broken.columns:
                alive[:, column] = over
        return alive

    def checks(self) -> list[dict[str, Any]]:
        """For the audit: what every break kept of mass and momenta, and that it took the energy of its cracks and no
        more.
        """
        checks = []
        for broken in self.breaks:
            r, left = broken.record, broken.record["residuals"]
            mass = self.run.world.entries[broken.column].mass.mass
            scale = max(mass, r["impulse_Ns"])
            worst = max(abs(left["mass_kg"]) / mass, left["momentum_Ns"] / scale, left["angular_momentum_Nms"] / scale)
            gained = max(0.0, r["energy_J"] - r["lost_J"])
            evidence = (
                f"{r['body']} broke into {r['pieces']} at {r['time']:.3f} s: mass and momenta kept to {worst:.1e}; "
                f"{r['lost_J']:.3g} J left the motion, {r['energy_J']:.3g} J of it for "
                f"{r['crack_area_m2'] * 1e4:.3g} cm2 of cracks"
            )
            passed = worst <= BOOKS and gained <= BOOKS * max(r["lost_J"], 1e-9) + 1e-9
            checks.append({"name": "fracture", "passed": passed, "value": worst, "limit": BOOKS, "evidence": evidence})
        return checks

    def meta(self) -> dict[str, Any]:
        """For the trace: what broke, the shapes of the fragments, and the hardest blow on each body that did not
        break.
        """
        broken = {b.record["body"] for b in self.breaks}
        return {
            "fracture": [b.record for b in self.breaks],
            "fragments": self.shapes,
            "fracture_tests": {name: test for name, test in self.tests.items() if name not in broken},
        }


def _area(pieces: list[Piece]) -> float:
    return sum(piece.crack_area for piece in pieces) / 2


def _look(body: RigidBody) -> tuple[str | None, str | None]:
    """Colour and material of the largest piece, where a body is drawn in the looks of its parts."""
    piece = max(body.shape.pieces(), key=lambda p: p.shape.volume())
    return piece.color, piece.material
