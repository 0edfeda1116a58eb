"""Marks the end of each invocation's log: the worker writes a mark, so that nothing has to wait for further output.

ministack reads a worker's stderr until 5 ms pass without a line, or 50 ms if a function writes none, and blocks both
the worker and the response meanwhile.
"""

import queue
import time
from typing import Any
from weakref import WeakKeyDictionary

END = "\x1eend of invocation\x1e"

# A worker writes its mark before it responds, so this wait matters only on a busy machine, or if a worker died while
# another process holds its stderr open.
PATIENCE_S = 1.0

_LAST_FLUSH = "        _real_stdout.flush()\n"
_MARK = f"        sys.stderr.write({END!r} + chr(10))\n        sys.stderr.flush()\n"


def marking(script: str) -> str:
    """Return ministack's script of a Python worker, changed to mark the end of each log before the response."""
    before, last_flush, rest = script.rpartition(_LAST_FLUSH)
    if not last_flush or rest.strip(" \n").startswith("return"):
        raise ValueError("The worker's script no longer ends an invocation as it did.")
    return before + _MARK + last_flush + rest


class Logs:
    """The workers' output by invocation. A late mark is not mistaken for the next invocation's."""

    def __init__(self, patience_s: float = PATIENCE_S) -> None:
        self._patience_s = patience_s
        # Late marks by the queue of lines, of which each process has its own.
        self._late: WeakKeyDictionary[queue.Queue[str], int] = WeakKeyDictionary()

    def read(self, lines: "queue.Queue[str]") -> str:
        """Return an invocation's output up to its mark, preceded by late output of earlier invocations."""
        deadline = time.monotonic() + self._patience_s
        marks = self._late.get(lines, 0) + 1
        read: list[str] = []
        while marks and (left := deadline - time.monotonic()) > 0:
            try:
                # A last line without a newline is on the same line as the mark.
                line, mark, _ = lines.get(timeout=left).partition(END)
            except queue.Empty:
                break
            if line or not mark:
                read.append(line)
            marks -= bool(mark)
        self._late[lines] = marks
        return "\n".join(read)


def end_logs_at_the_mark(runtime: Any) -> None:
    """Make ministack's workers of Python functions do so. `runtime` is its module of workers."""
    worker = runtime.Worker
    read_stderr = worker._read_stderr  # noqa: SLF001 - there is no other way to it
    logs = Logs()

    def read_and_mark(self: Any) -> None:
        lines = self._stderr_queue  # the next process of this worker has a new queue
        read_stderr(self)
        lines.put(END)

    runtime._PYTHON_WORKER_SCRIPT = marking(runtime._PYTHON_WORKER_SCRIPT)  # noqa: SLF001 - there is no other way to it
    worker._read_stderr = read_and_mark  # noqa: SLF001 - there is no other way to it
    worker._drain_stderr_bounded = lambda self: logs.read(self._stderr_queue)  # noqa: SLF001 - there is no other way to it
