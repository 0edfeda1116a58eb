"""Invocations over a worker's pipes: a line to its stdin, its log from stderr, and a line of its stdout that responds.

ministack starts a thread for each invocation that waits for the response, while another one reads the log and a third
one waits for both. On a busy machine, each change of threads waits for a core and for Python's lock. Here the thread
that invokes reads both pipes itself, and the engine's event loop does so without any thread (api_invocations.py).

A worker writes its log before its response. So when the response is there, the log is complete, and nothing waits for
further output.
"""

import asyncio
import os
import select
import time
from collections.abc import Mapping
from typing import Any, Final, Literal

from engine import ministack
from engine.fast_json import decoded, encoded

READ_AT_MOST: Final = 65_536

LOG_UNREAD_S: Final = 0.02
"""How long the event loop lets a log wait. Most functions respond sooner, and then it is read with the response."""

Reason = Literal["died", "timed out"]

_LAST_FLUSH: Final = "        _real_stdout.flush()\n"
_FLUSH_LOG: Final = "        sys.stderr.flush()\n"


def flushing(script: str) -> str:
    """Return ministack's script of a Python worker, changed to write the end of its log before its response.

    Python keeps a last line without a newline back.
    """
    before, last_flush, rest = script.rpartition(_LAST_FLUSH)
    if not last_flush or rest.strip(" \n").startswith("return"):
        raise ValueError("The worker's script no longer ends an invocation as it did.")
    return before + _FLUSH_LOG + last_flush + rest


class Pipes:
    """The pipes of one worker process. It has one invocation at a time."""

    def __init__(self, process: Any) -> None:
        self.process = process
        self._stdin, self._stdout, self._stderr = (
            pipe.fileno() for pipe in (process.stdin, process.stdout, process.stderr)
        )
        for pipe in (self._stdin, self._stdout, self._stderr):
            os.set_blocking(pipe, False)
        self._unsent = memoryview(b"")
        self._read = bytearray()
        self._log = bytearray()

    def exchange(self, line: bytes, timeout_s: float) -> dict[str, Any] | Reason:
        """Return the worker's response to this line, or why there is none."""
        deadline = time.monotonic() + timeout_s
        ended = self._begin(line)
        while ended is None:
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                return "timed out"
            waiting = select.poll()  # select() cannot wait for descriptors above 1023
            waiting.register(self._stdout, select.POLLIN)
            waiting.register(self._stderr, select.POLLIN)
            if self._unsent:
                waiting.register(self._stdin, select.POLLOUT)
            waiting.poll(left_s * 1000)
            ended = self._progress()
        return ended

    async def exchange_on_loop(self, line: bytes, timeout_s: float) -> dict[str, Any] | Reason:
        """Return the worker's response to this line, or why there is none, while the event loop does other things."""
        ended = self._begin(line)
        if ended is not None:
            return ended
        loop = asyncio.get_running_loop()
        done: asyncio.Future[dict[str, Any] | Reason] = loop.create_future()

        def end(how: dict[str, Any] | Reason) -> None:
            if not done.done():
                done.set_result(how)

        def progress() -> None:
            if (how := self._progress()) is not None:
                end(how)
            elif not self._unsent:
                loop.remove_writer(self._stdin)

        expiry = loop.call_later(timeout_s, end, "timed out")
        reading_log = loop.call_later(LOG_UNREAD_S, loop.add_reader, self._stderr, progress)
        loop.add_reader(self._stdout, progress)
        if self._unsent:
            loop.add_writer(self._stdin, progress)
        try:
            return await done
        finally:
            expiry.cancel()
            reading_log.cancel()
            loop.remove_reader(self._stdout)
            loop.remove_reader(self._stderr)
            loop.remove_writer(self._stdin)

    def log(self) -> str:
        """Return what the worker has logged since the last call, without the last newline."""
        _read_into(self._log, self._stderr)
        text = self._log.decode("utf-8", "replace").removesuffix("\n")
        self._log.clear()
        return text

    def _begin(self, line: bytes) -> Reason | None:
        # A slice of it copies nothing: a body of megabytes is sent in parts of 64 kB.
        self._unsent = memoryview(line)
        self._read.clear()
        return self._send()

    def _progress(self) -> dict[str, Any] | Reason | None:
        """Send and read what is possible without waiting. Return the response, or why there is none, or None."""
        _read_into(self._log, self._stderr)  # a worker that fills this pipe would wait for us
        is_open = _read_into(self._read, self._stdout)
        if (response := self._response()) is not None:
            return response
        return self._send() if is_open else "died"

    def _send(self) -> Reason | None:
        try:
            while self._unsent:
                self._unsent = self._unsent[os.write(self._stdin, self._unsent) :]
        except BlockingIOError:
            return None
        except OSError:
            return "died"
        return None

    def _response(self) -> dict[str, Any] | None:
        """Return the response among the lines so far. Processes that a function starts may write others."""
        while (end := self._read.find(b"\n")) >= 0:
            line = bytes(self._read[:end])
            del self._read[: end + 1]
            try:
                response = decoded(line) if line.lstrip().startswith(b"{") else None
            except ValueError:
                continue
            if isinstance(response, dict) and response.get("status") in ("ok", "error"):
                return response
        return None


def _read_into(read: bytearray, pipe: int) -> bool:
    """Read what a pipe holds. Return whether it is still open."""
    while True:
        try:
            part = os.read(pipe, READ_AT_MOST)
        except BlockingIOError:
            return True
        except OSError:
            return False
        if not part:
            return False
        read += part
        if len(part) < READ_AT_MOST:
            return True


def pipes_of(worker: Any) -> Pipes:
    """Return the pipes of a worker's current process."""
    pipes: Pipes | None = getattr(worker, "pipes", None)
    process = ministack.worker(worker).proc
    if pipes is None or pipes.process is not process:
        pipes = worker.pipes = Pipes(process)
    return pipes


def envelope(event: Any, request_id: str, config: Mapping[str, Any], about: Mapping[str, Any]) -> bytes:
    """Return the line of an invocation, as ministack's worker script reads it."""
    arn = about.get("invoked_function_arn")
    context = {
        "request_id": request_id,
        "invoked_function_arn": config.get("FunctionArn", "") if arn is None else arn,
        "timeout_ms": int(timeout_s(config) * 1000),
        "trace_id": about.get("trace_id"),
        "depth": about.get("depth"),
        "durable": about.get("durable") or {},
    }
    return encoded({"event": event, "ctx": context}) + b"\n"


def timeout_s(config: Mapping[str, Any]) -> float:
    """Return after how many seconds Lambda stops an invocation of this function."""
    return float(config.get("Timeout", 30))


def result_of(worker: Any, pipes: Pipes, ended: dict[str, Any] | Reason, *, cold: bool) -> dict[str, Any]:
    """Return the result of an invocation as ministack's `Worker.invoke` does, with the log.

    A worker that did not respond, or failed, is not used again: `abandoned` has its process, which is to be ended. Its
    `pipes` are those of the invocation, since the worker has none if its function was deployed anew meanwhile.
    """
    log = pipes.log()
    if ended == "timed out":
        seconds = worker.config.get("Timeout", 30)
        result = {"status": "error", "error": f"Task timed out after {seconds}.00 seconds"}
    elif ended == "died":
        result = {"status": "error", "error": "Worker process died"}
    else:
        result = dict(ended)
    if result["status"] == "error":
        seen = ministack.worker(worker)
        result["abandoned"], seen.proc = seen.proc, None
    return result | {"cold_start": cold, "log": log}


def end_abandoned(runtime: Any, result: dict[str, Any]) -> None:
    """End the process of a worker that is not used again. This can take two seconds."""
    process = result.pop("abandoned", None)
    if process is not None:
        runtime.signal(process)
        runtime.collect(process, time.monotonic() + runtime.REAP_GRACE)


def invoke_over_pipes(runtime: Any) -> None:
    """Make ministack's workers be invoked so. `runtime` is its module of workers."""

    def invoke(self: Any, event: Any, request_id: str, **about: Any) -> dict[str, Any]:
        worker = ministack.worker(self)
        with worker.lock:
            cold = worker.proc is None or worker.proc.poll() is not None
            if cold:
                worker.spawn()
                worker.cold = False
            line = envelope(event, request_id, self.config, about)
            pipes = pipes_of(self)
            result = result_of(self, pipes, pipes.exchange(line, timeout_s(self.config)), cold=cold)
            end_abandoned(runtime, result)
            return result

    runtime.PYTHON_WORKER_SCRIPT = flushing(runtime.PYTHON_WORKER_SCRIPT)
    # Whoever invokes a worker reads its log, so ministack's thread of each worker has nothing to do.
    ministack.worker(runtime.Worker).read_stderr = lambda _: None
    runtime.Worker.invoke = invoke
