"""Contact points of a step as arrays, read through Bullet's C interface.

`pybullet.getContactPoints` makes thirty Python objects of every point, which costs as much as the step itself. Bullet's own C interface hands out
the same numbers as one block of memory. It needs the client's handle, which the wheel keeps in the table `sPhysicsClients1`; its place stands in
the symbol table of the library. Where that cannot be found (another platform, a stripped or another build) the points come from the Python
interface: slower, with the same numbers.
"""

from __future__ import annotations

import ctypes
import mmap
import struct
from functools import lru_cache
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "DISTANCE",
    "FORCE",
    "NORMAL",
    "PLACE_A",
    "PLACE_B",
    "PointReader",
    "Points",
    "as_tuples",
    "from_tuples",
    "joined",
]

API_VERSION = 202010061  # of the structure below (b3ContactPointData in Bullet's SharedMemoryPublic.h)
RECORD = np.dtype([("flags", "<i4"), ("ids", "<i4", 4), ("padding", "<i4"), ("values", "<f8", 19)])
BYTES = RECORD.itemsize
PLACE_A, PLACE_B, NORMAL = slice(0, 3), slice(3, 6), slice(6, 9)  # columns of `values`; the normal points from b to a
DISTANCE, FORCE, FRICTION_1, FRICTION_2 = 9, 10, 11, 12
SIDE_1, SIDE_2 = slice(13, 16), slice(16, 19)
FloatArray = NDArray[np.float64]


class Points:
    """Contact points after a step: `ids` (K, 4) body a, body b, link of a, link of b; `values` (K, 19) with the columns named above:
    places [m], normal [-], distance [m], forces [N] and the directions of friction. `pattern`: the bytes of `ids` and of `bears`.

    Arrays are made of the bytes (`raw`) when they are asked for: most steps are told by their pattern alone.
    """

    __slots__ = ("_pattern", "_records", "raw")

    def __init__(self, raw: bytes, pattern: tuple[bytes, bytes] | None = None) -> None:
        self.raw, self._pattern = raw, pattern
        self._records: Any = None

    def __len__(self) -> int:
        return len(self.raw) // BYTES

    @property
    def records(self) -> Any:
        if self._records is None:
            self._records = np.frombuffer(self.raw, dtype=RECORD)
        return self._records

    @property
    def ids(self) -> NDArray[np.int32]:
        return self.records["ids"]  # type: ignore[no-any-return]

    @property
    def values(self) -> FloatArray:
        return self.records["values"]  # type: ignore[no-any-return]

    @property
    def bears(self) -> NDArray[np.bool_]:
        """(K,) whether a point bears force: one off the surface is not solved, and still shows its last force."""
        return _bear(self.values)

    @property
    def pattern(self) -> tuple[bytes, bytes]:
        if self._pattern is None:
            self._pattern = (self.ids.tobytes(), self.bears.tobytes())
        return self._pattern


def joined(many: list[Points]) -> Points:
    """The points of several steps, one after the other."""
    return Points(b"".join([points.raw for points in many]))


def _bear(values: FloatArray) -> NDArray[np.bool_]:
    return np.asarray((values[:, FORCE] > 0.0) & (values[:, DISTANCE] <= 0.0))


class _Window:
    """Bullet's own memory of `count` points at an address, seen as arrays, so that a step's points need not be unpacked to be told apart."""

    def __init__(self, address: int, count: int) -> None:
        memory: Any = (ctypes.c_char * (BYTES * count)).from_address(address)
        records = np.frombuffer(memory, dtype=RECORD)
        self.copy = records.tobytes
        self.ids = records["ids"].tobytes
        self.forces, self.distances = records["values"][:, FORCE], records["values"][:, DISTANCE]
        self.zeros = np.zeros(count)  # comparing two arrays is quicker than an array and a number
        self.bears, self.within = np.empty(count, dtype=bool), np.empty(count, dtype=bool)

    def points(self) -> Points:
        np.greater(self.forces, self.zeros, self.bears)
        np.less_equal(self.distances, self.zeros, self.within)
        np.logical_and(self.bears, self.within, self.bears)
        return Points(self.copy(), (self.ids(), self.bears.tobytes()))


class PointReader:
    """`read()` after a step: the points of the world of `client`, None when there are none."""

    def __init__(self, bullet: ModuleType, client: int, *, direct: bool = True) -> None:
        self.bullet, self.client = bullet, client
        self.library = _library(bullet) if direct else None
        self.handle: int | None = None
        if self.library is not None:
            self.handle = self.library.handle(client, bodies=bullet.getNumBodies(physicsClientId=client))
        self.direct = self.handle is not None
        self.none = True  # at the last reading
        if self.library is not None and self.direct:
            self.info = _Information()
            self.ask, self.submit, self.get = self.library.calls
            self.place = ctypes.byref(self.info)
            self.address, self.windows = 0, dict[int, _Window]()
            self.read = self._read_direct  # type: ignore[method-assign]

    def read(self) -> Points | None:
        found = self.bullet.getContactPoints(-1, -1, -2, -2, self.client)
        return from_tuples(found) if found else None

    def _read_direct(self) -> Points | None:
        if self.none and not self.bullet.getContactPoints(-1, -1, -2, -2, self.client):
            return None  # the quickest way to learn that there is still nothing
        handle, info = self.handle, self.info
        self.submit(handle, self.ask(handle))
        self.get(handle, self.place)
        count = info.count
        self.none = not count
        if not count:
            return None
        address = info.points
        if address != self.address:
            self.address, self.windows = address, {}
        window = self.windows.get(count)
        if window is None:
            window = self.windows[count] = _Window(address, count)
        return window.points()


def as_tuples(points: Points, rows: Any = slice(None)) -> list[tuple[Any, ...]]:
    """Points in the form of `pybullet.getContactPoints`."""
    made = []
    for (a, b, link_a, link_b), v in zip(points.ids[rows].tolist(), points.values[rows].tolist(), strict=True):
        made.append((0, a, b, link_a, link_b, v[0:3], v[3:6], v[6:9], v[9], v[10], v[11], v[13:16], v[12], v[16:19]))
    return made


def from_tuples(found: Any) -> Points:
    """Points from the form of `pybullet.getContactPoints`."""
    records = np.zeros(len(found), dtype=RECORD)
    records["ids"] = np.array([p[1:5] for p in found], dtype=np.int32).reshape(-1, 4)
    values = [(*p[5], *p[6], *p[7], p[8], p[9], p[10], p[12], *p[11], *p[13]) for p in found]
    records["values"] = np.array(values).reshape(-1, 19)
    return Points(records.tobytes())


# the C interface -----------------------------------------------------------------------------------------------------------------------


class _Information(ctypes.Structure):
    """b3ContactInformation"""

    _fields_ = [("count", ctypes.c_int), ("points", ctypes.c_void_p)]


class _Library:
    """Bullet's exported functions, and where the table of its clients begins in memory."""

    def __init__(self, path: str, table: int, anchor: int) -> None:
        self.functions = ctypes.PyDLL(path)  # keeps the interpreter's lock: the calls take less than a microsecond
        base = ctypes.cast(self.functions.b3ConnectPhysicsDirect, ctypes.c_void_p).value
        assert base is not None
        self.table = base - anchor + table
        ask, submit, get = (
            self.functions.b3InitRequestContactPointInformation,
            self.functions.b3SubmitClientCommandAndWaitStatus,
            self.functions.b3GetContactPointInformation,
        )
        ask.argtypes, ask.restype = [ctypes.c_void_p], ctypes.c_void_p
        submit.argtypes, submit.restype = [ctypes.c_void_p, ctypes.c_void_p], ctypes.c_void_p
        get.argtypes, get.restype = [ctypes.c_void_p, ctypes.c_void_p], None
        self.calls = (ask, submit, get)
        self.count = self.functions.b3GetNumBodies
        self.count.argtypes, self.count.restype = [ctypes.c_void_p], ctypes.c_int

    def handle(self, client: int, *, bodies: int) -> int | None:
        """The handle of a client, None when it does not know as many bodies."""
        found = ctypes.c_void_p.from_address(self.table + ctypes.sizeof(ctypes.c_void_p) * client).value
        return found if found is not None and self.count(found) == bodies else None


@lru_cache(maxsize=1)
def _library(bullet: ModuleType) -> _Library | None:
    if ctypes.sizeof(ctypes.c_void_p) != 8 or bullet.getAPIVersion() != API_VERSION or not bullet.__file__:
        return None
    try:
        places = _symbols(bullet.__file__, ("sPhysicsClients1", "b3ConnectPhysicsDirect"))
        return _Library(bullet.__file__, *places) if places is not None else None
    except (OSError, ValueError, struct.error, AttributeError):
        return None


def _symbols(path: str, names: tuple[str, str]) -> tuple[int, int] | None:
    """Addresses of two symbols in a 64-bit ELF library (System V ABI, chapter 4); None when it is none, or does not name them."""
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if data[:6] != b"\x7fELF\x02\x01":
            return None
        start = int(struct.unpack_from("<Q", data, 40)[0])
        size, count = struct.unpack_from("<HH", data, 58)
        sections = [struct.unpack_from("<IIQQQQIIQQ", data, start + size * k) for k in range(count)]
        for section in sections:
            if section[1] != 2:  # SHT_SYMTAB
                continue
            strings = sections[section[6]]
            text = data[strings[4] : strings[4] + strings[5]]
            kind = np.dtype(
                [
                    ("name", "<u4"),
                    ("info", "u1"),
                    ("other", "u1"),
                    ("section", "<u2"),
                    ("value", "<u8"),
                    ("size", "<u8"),
                ]
            )
            table: Any = np.frombuffer(data[section[4] : section[4] + section[5]], dtype=kind)
            found = []
            for name in names:
                at = text.find(b"\0" + name.encode() + b"\0")
                rows = table["value"][(table["name"] == at + 1) & (table["section"] != 0)]
                if at < 0 or len(rows) != 1:
                    return None
                found.append(int(rows[0]))
            return found[0], found[1]
    return None
