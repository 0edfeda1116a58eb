"""Where the log of one invocation ends: a mark that the worker writes, instead of waiting until nothing more comes.

ministack reads a worker's stderr until 5 ms passed without a line, 50 ms where a function writes none, and holds both
the worker and the answer meanwhile.
"""

import queue
import time
from typing import Any

END = "\x1eend of invocation\x1e"

# Only a worker that died without a mark, and whose stderr somebody else holds open, is waited for as long as that.
PATIENCE_S = 0.25

_LAST_FLUSH = "        _real_stdout.flush()\n"
_MARK = f"        sys.stderr.write({END!r} + chr(10))\n        sys.stderr.flush()\n"


def marking(script: str) -> str:
    """ministack's script of a Python worker, which now marks the end of each invocation's log before it answers."""
    before, last_flush, rest = script.rpartition(_LAST_FLUSH)
    if not last_flush or rest.strip(" \n").startswith("return"):
        raise ValueError("The worker's script no longer ends an invocation as it did.")
    return before + _MARK + last_flush + rest


def read_to_end(lines: "queue.Queue[str]", patience_s: float = PATIENCE_S) -> str:
    """What an invocation wrote: the lines up to the mark."""
    deadline = time.monotonic() + patience_s
    read: list[str] = []
    while (left := deadline - time.monotonic()) > 0:
        try:
            # A last line without its end stands before the mark, in one line with it.
            line, mark, _ = lines.get(timeout=left).partition(END)
        except queue.Empty:
            break
        if line or not mark:
            read.append(line)
        if mark:
            break
    return "\n".join(read)


def end_logs_at_the_mark(runtime: Any) -> None:
    """Have ministack's workers of Python functions do so. `runtime` is its module of workers."""
    worker = runtime.Worker
    read_stderr = worker._read_stderr  # noqa: SLF001 - there is no other way to it

    def read_and_mark(self: Any) -> None:
        read_stderr(self)
        self._stderr_queue.put(END)

    runtime._PYTHON_WORKER_SCRIPT = marking(runtime._PYTHON_WORKER_SCRIPT)  # noqa: SLF001 - as above
    worker._read_stderr = read_and_mark  # noqa: SLF001 - as above
    worker._drain_stderr_bounded = lambda self: read_to_end(self._stderr_queue)  # noqa: SLF001 - as above
