"""Marks the end of each invocation's log: the worker writes a mark, so that nothing has to wait for further output.

ministack reads a worker's stderr until 5 ms passed without a line, 50 ms where a function writes none, and holds both
the worker and the answer meanwhile.
"""

import queue
import time
from typing import Any
from weakref import WeakKeyDictionary

END = "\x1eend of invocation\x1e"

# A worker has written its mark when it answers, so only a busy machine is waited for, and a worker that died while
# somebody else holds its stderr open.
PATIENCE_S = 1.0

_LAST_FLUSH = "        _real_stdout.flush()\n"
_MARK = f"        sys.stderr.write({END!r} + chr(10))\n        sys.stderr.flush()\n"


def marking(script: str) -> str:
    """ministack's script of a Python worker, which now marks the end of each invocation's log before it answers."""
    before, last_flush, rest = script.rpartition(_LAST_FLUSH)
    if not last_flush or rest.strip(" \n").startswith("return"):
        raise ValueError("The worker's script no longer ends an invocation as it did.")
    return before + _MARK + last_flush + rest


class Logs:
    """What workers wrote, by invocation. A mark that came too late for its own is not taken for the next one's."""

    def __init__(self, patience_s: float = PATIENCE_S) -> None:
        self._patience_s = patience_s
        # By the lines of a process, which has a queue of its own.
        self._late: WeakKeyDictionary[queue.Queue[str], int] = WeakKeyDictionary()

    def read(self, lines: "queue.Queue[str]") -> str:
        """What an invocation wrote, up to its mark, and before it what came too late for the ones before."""
        deadline = time.monotonic() + self._patience_s
        marks = self._late.get(lines, 0) + 1
        read: list[str] = []
        while marks and (left := deadline - time.monotonic()) > 0:
            try:
                # A last line without its end stands before the mark, in one line with it.
                line, mark, _ = lines.get(timeout=left).partition(END)
            except queue.Empty:
                break
            if line or not mark:
                read.append(line)
            marks -= bool(mark)
        self._late[lines] = marks
        return "\n".join(read)


def end_logs_at_the_mark(runtime: Any) -> None:
    """Have ministack's workers of Python functions do so. `runtime` is its module of workers."""
    worker = runtime.Worker
    read_stderr = worker._read_stderr  # noqa: SLF001 - there is no other way to it
    logs = Logs()

    def read_and_mark(self: Any) -> None:
        lines = self._stderr_queue  # the next process of this worker has another one
        read_stderr(self)
        lines.put(END)

    runtime._PYTHON_WORKER_SCRIPT = marking(runtime._PYTHON_WORKER_SCRIPT)  # noqa: SLF001 - as above
    worker._read_stderr = read_and_mark  # noqa: SLF001 - as above
    worker._drain_stderr_bounded = lambda self: logs.read(self._stderr_queue)  # noqa: SLF001 - as above
