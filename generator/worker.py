"""A render process: `python -m generator.worker` reads a job and frame numbers from its input and writes frames to its
output.

It ends when its input ends, so that it never outlives the process that started it.
"""

from __future__ import annotations

import os
import pickle
import struct
import sys
import traceback


def main() -> int:
    # Libraries may print: the frames get the real output for themselves, everything else goes to the error stream.
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    source = sys.stdin.buffer

    def reply(kind: bytes, payload: bytes) -> None:
        output.write(kind + struct.pack("<Q", len(payload)) + payload)
        output.flush()

    try:
        (size,) = struct.unpack("<Q", source.read(8))
        job = pickle.loads(source.read(size))
        from generator.renderer import Renderer

        renderer = Renderer(job)
        reply(b"R", b"")
        while True:
            number = source.read(4)
            if len(number) < 4:
                return 0
            frame = renderer.frame(struct.unpack("<I", number)[0])
            reply(b"F", frame.tobytes())
    except BrokenPipeError:
        return 0
    except Exception as error:
        # The parent raises it: a UserError stays one, everything else is a failed run.
        from scenes.errors import UserError

        reply(
            b"U" if isinstance(error, UserError) else b"E",
            (str(error) if isinstance(error, UserError) else traceback.format_exc()).encode(),
        )
        return 1


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    # The teardown of the renderer's libraries can hang or crash after all work is done.
    os._exit(code)
