"""Invocations over a worker's pipes, by a thread and by an event loop, with real processes."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from engine.ministack import view
from engine.workers.pipes import Pipes, Reason, envelope, flushing, invoke_over_pipes, pipes_of

# The end of an invocation in ministack's worker script. A handler is a line of Python here.
SCRIPT = """
import json, os, sys, time
_real_stdout = sys.stdout
sys.stdout = sys.stderr
def run():
    while True:
        line = sys.stdin.readline()
        if not line:
            break
        scope = {**globals(), "line": line}
        exec(json.loads(line)["event"], scope)
        _real_stdout.write(json.dumps({"status": "ok", "result": scope.get("result")}) + "\\n")
        _real_stdout.flush()
run()
"""

Process = subprocess.Popen[str]
Exchange = Callable[[Pipes, bytes, float], dict[str, Any] | Reason]


def start(script: str = SCRIPT) -> Process:
    """Return a worker, started as ministack does."""
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [sys.executable, "-c", flushing(script)], stdin=pipe, stdout=pipe, stderr=pipe, text=True, bufsize=1
    )


@pytest.fixture
def process() -> Iterator[Process]:
    with start() as worker:
        yield worker
        worker.kill()


def in_thread(pipes: Pipes, line: bytes, timeout_s: float) -> dict[str, Any] | Reason:
    return pipes.exchange(line, timeout_s)


def on_loop(pipes: Pipes, line: bytes, timeout_s: float) -> dict[str, Any] | Reason:
    return asyncio.run(pipes.exchange_on_loop(line, timeout_s))


def running(handler: str) -> bytes:
    """Return the line of an invocation of a handler."""
    return envelope(handler, "request-1", {}, {})


both = pytest.mark.parametrize("exchange", [in_thread, on_loop])


@both
@pytest.mark.parametrize(
    "handler, result, log",
    [
        ("pass", None, ""),
        ("result = [1, 'é']", [1, "é"], ""),
        ("print('one'); print('two')", None, "one\ntwo"),
        ("print('one'); print(); print('three')", None, "one\n\nthree"),
        ("print('a last line without a newline', end='')", None, "a last line without a newline"),
        ("os.write(2, b'\\xff')", None, "�"),
        ("os.write(1, b'of a process that it started\\n{not JSON\\n{}\\n[]\\n'); result = 2", 2, ""),
    ],
)
def test_an_invocation_has_a_result_and_a_log(
    process: Process, exchange: Exchange, handler: str, result: Any, log: str
) -> None:
    pipes = Pipes(process)
    assert exchange(pipes, running(handler), 10) == {"status": "ok", "result": result}
    assert pipes.log() == log


@both
def test_the_log_of_each_invocation_is_its_own(process: Process, exchange: Exchange) -> None:
    pipes = Pipes(process)
    for number in range(3):
        exchange(pipes, running(f"print({number})"), 10)
        assert pipes.log() == str(number)


@both
def test_events_logs_and_results_may_be_larger_than_a_pipe(process: Process, exchange: Exchange) -> None:
    pipes = Pipes(process)
    size = 1_000_000
    ended = exchange(pipes, running(f"print('x' * {size}); result = 'y' * {size} # {'z' * size}"), 30)
    assert ended == {"status": "ok", "result": "y" * size}
    assert pipes.log() == "x" * size


@pytest.mark.full
@both
@pytest.mark.parametrize(
    "handler, timeout_s, ended, log",
    [
        ("print('begun', flush=True); time.sleep(60)", 0.5, "timed out", "begun"),
        ("print('last words', flush=True); os._exit(1)", 10, "died", "last words"),
    ],
)
def test_a_worker_that_does_not_respond(
    process: Process, exchange: Exchange, handler: str, timeout_s: float, ended: Reason, log: str
) -> None:
    pipes = Pipes(process)
    assert exchange(pipes, running(handler), timeout_s) == ended
    assert pipes.log() == log


@both
def test_a_worker_that_has_ended_does_not_respond(process: Process, exchange: Exchange) -> None:
    pipes = Pipes(process)
    process.kill()
    process.wait()
    assert exchange(pipes, running("pass"), 10) == "died"


def test_an_event_loop_does_other_things_meanwhile(process: Process) -> None:
    async def two() -> list[str]:
        order: list[str] = []

        async def invoke() -> None:
            await Pipes(process).exchange_on_loop(running("sys.stdin.readline()"), 10)
            order.append("invocation")

        invoked = asyncio.ensure_future(invoke())
        await asyncio.sleep(0)
        order.append("other")
        assert process.stdin is not None
        await asyncio.to_thread(_write, process, "the line that the handler reads\n")
        await invoked
        return order

    assert asyncio.run(two()) == ["other", "invocation"]


def _write(process: Process, line: str) -> None:
    assert process.stdin is not None
    process.stdin.write(line)
    process.stdin.flush()


@pytest.mark.parametrize("script", ["", "print()", "        _real_stdout.flush()\n        return\n"])
def test_an_unexpected_worker_script_is_detected_at_the_start(script: str) -> None:
    with pytest.raises(ValueError, match="no longer ends"):
        flushing(script)


# --- ministack's workers ----------------------------------------------------------------------------------------------


class Worker:
    """The part of ministack's worker that is used here."""

    started: list[Process]

    def __init__(self, timeout_s: float = 10) -> None:
        self.config = {"Timeout": timeout_s, "FunctionArn": "arn:of:the:function"}
        self._lock = threading.Lock()
        self._proc: Process | None = None
        self._cold = True

    def _spawn(self) -> None:
        self._proc = start()
        self.started.append(self._proc)


@pytest.fixture
def runtime() -> Iterator[SimpleNamespace]:
    """Return a stub of ministack's worker module whose workers are invoked over pipes."""
    started: list[Process] = []
    module = SimpleNamespace(
        Worker=type("Worker", (Worker,), {"started": started}),
        _PYTHON_WORKER_SCRIPT=SCRIPT,
        _REAP_GRACE=5,
        _signal=lambda process: process.terminate(),
        _collect=lambda process, _deadline: process.wait(),
    )
    invoke_over_pipes(view("lambda_runtime", module))
    yield module
    for process in started:
        with process:
            process.kill()


def test_a_worker_is_started_once_and_reports_cold_starts(runtime: SimpleNamespace) -> None:
    worker = runtime.Worker()
    first, second = (worker.invoke("print(1); result = json.loads(line)['ctx']", "r1", depth=2) for _ in range(2))
    assert (first["cold_start"], second["cold_start"]) == (True, False)
    assert first["log"] == second["log"] == "1"
    assert first["result"] == {
        "request_id": "r1",
        "invoked_function_arn": "arn:of:the:function",
        "timeout_ms": 10_000,
        "trace_id": None,
        "depth": 2,
        "durable": {},
    }


@pytest.mark.full
@pytest.mark.parametrize(
    "handler, error",
    [
        ("time.sleep(60)", "Task timed out after 1.00 seconds"),
        ("os._exit(1)", "Worker process died"),
        ("_real_stdout.write(json.dumps({'status': 'error', 'error': 'raised'}) + chr(10))", "raised"),
    ],
)
def test_a_worker_that_failed_is_replaced(runtime: SimpleNamespace, handler: str, error: str) -> None:
    worker = runtime.Worker(timeout_s=1)
    worker._spawn()
    failed = worker._proc
    result = worker.invoke(handler, "r1")
    assert (result["status"], result["error"], worker._proc) == ("error", error, None)
    assert failed.poll() is not None
    assert worker.invoke("result = 1", "r2")["result"] == 1
    assert pipes_of(worker).process is worker._proc
