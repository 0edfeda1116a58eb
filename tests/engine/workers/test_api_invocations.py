"""Invocations by the API on the engine's event loop. Stubs replace ministack's modules; the workers' pool is ours."""

import asyncio
import contextlib
import re
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from engine.ministack import view
from engine.workers.api_invocations import invoke_on_loop
from engine.workers.pool import Pool
from tests.engine.workers.test_pipes import start

FUNCTION = "paysandbox-local-authorize_payment"


def record(runtime: str = "python3.14", timeout_s: float = 10) -> dict[str, Any]:
    """Return a function."""
    return {"config": {"FunctionName": FUNCTION, "Runtime": runtime, "Timeout": timeout_s}}


class Worker:
    """The part of ministack's worker that is used here, with a process that runs the event as Python."""

    def __init__(self, name: str, config: dict[str, Any], _code: bytes) -> None:
        self.func_name, self.config = name, config
        self.in_use, self.last_used, self._start_time = False, time.time(), time.time()
        self._proc: subprocess.Popen[str] | None = start()


class Engine:
    """ministack's modules, as far as they are used, and the pool."""

    def __init__(self) -> None:
        self.in_threads: list[Any] = []
        self.logged: list[tuple[Any, ...]] = []
        self.has_logged = asyncio.Event()
        self.slots: list[str] = []
        self.limit = 100
        self.runtime = SimpleNamespace(
            _lock=threading.Lock(),
            _workers={},
            _worker_key=lambda name, _config, qualifier: f"{name}:{qualifier}",
            _worker_class_for=lambda _config: Worker,
            kill_workers=lambda workers: [worker._proc.kill() for worker in workers],
            _REAP_GRACE=5,
            _signal=lambda process: process.terminate(),
            _collect=lambda process, _deadline: process.wait(),
        )
        self.functions = SimpleNamespace(
            new_uuid=lambda: "request-1",
            _execute_function_with_config_scope=self.execute,
            _acquire_execution_slot=self.acquire,
            _release_execution_slot=self.slots.remove,
            _xray_trace_id_for_invocation=lambda _config: None,
            _invoke_depth=SimpleNamespace(get=lambda: 0),
            _RIE_TIMEOUT_TEXT_RE=re.compile(r"Task timed out after \d+\.\d\d seconds"),
            _run_with_function_config_scope=lambda _record, call, *arguments: call(*arguments),
            _emit_lambda_logs=self.log,
        )
        self.gateway = SimpleNamespace(run_reentrant=self.run_reentrant)
        runtime = view("lambda_runtime", self.runtime)
        self.pool = Pool(runtime, lambda _: True)
        invoke_on_loop(self.gateway, view("lambda_svc", self.functions), runtime, self.pool)

    def log(self, _record: Any, request_id: str, log: str, failed: bool, _duration_ms: int) -> None:
        self.logged.append((request_id, log, failed))
        self.has_logged.set()

    def acquire(self, _record: Any, _config: Any) -> tuple[str | None, str | None]:
        if len(self.slots) == self.limit:
            return None, "account"
        self.slots.append("slot")
        return "slot", None

    def execute(self, _record: Any, _event: Any) -> dict[str, Any]:
        raise AssertionError("only the stub of threads is called")

    async def run_reentrant(self, _what: Any, *arguments: Any, **_options: Any) -> dict[str, Any]:
        self.in_threads.append(arguments)
        return {"body": "of a thread"}

    def invoke(self, event: str, of: dict[str, Any] | None = None) -> Any:
        """Return the result of an invocation, as the API gets it, after its log was written."""

        async def run() -> Any:
            result = await self.gateway.run_reentrant(
                self.functions._execute_function_with_config_scope, of or record(), event, thread_name="api"
            )
            await asyncio.sleep(0)
            return result

        return asyncio.run(run())


@pytest.fixture
def engine() -> Iterator[Engine]:
    """Return an engine with one idle worker."""
    made = Engine()
    worker, _ = made.pool.acquire(FUNCTION, record()["config"], b"")
    made.pool.release(worker)
    process = worker._proc
    yield made
    with process:
        process.kill()


def worker_of(engine: Engine) -> Any:
    return engine.runtime._workers[f"{FUNCTION}:$LATEST"][0]


def test_an_idle_worker_is_invoked_without_a_thread(engine: Engine) -> None:
    assert engine.invoke("print('seen'); result = {'statusCode': 200}") == {"body": {"statusCode": 200}, "log": "seen"}
    assert engine.in_threads == []
    assert engine.logged == [("request-1", "seen", False)]
    assert (engine.slots, worker_of(engine).in_use) == ([], False)


def keep_busy(engine: Engine) -> None:
    worker_of(engine).in_use = True


def end_process(engine: Engine) -> None:
    worker_of(engine)._proc.kill()
    worker_of(engine)._proc.wait()


def start_none(engine: Engine) -> None:
    engine.runtime._workers.clear()


def allow_no_more(engine: Engine) -> None:
    engine.limit = 0


@pytest.mark.parametrize("prepare", [keep_busy, end_process, start_none, allow_no_more])
def test_without_an_idle_worker_ministack_invokes(engine: Engine, prepare: Callable[[Engine], None]) -> None:
    prepare(engine)
    assert engine.invoke("result = 1") == {"body": "of a thread"}
    assert len(engine.in_threads) == 1
    assert engine.slots == []


def test_other_runtimes_are_left_to_ministack(engine: Engine) -> None:
    assert engine.invoke("result = 1", record("nodejs24.x")) == {"body": "of a thread"}


def test_other_work_of_the_gateway_is_left_to_ministack(engine: Engine) -> None:
    assert asyncio.run(engine.gateway.run_reentrant(print, "not an invocation")) == {"body": "of a thread"}
    assert engine.in_threads == [("not an invocation",)]


@pytest.mark.full
@pytest.mark.parametrize(
    "event, error, kind",
    [
        ("time.sleep(60)", "Task timed out after 1.00 seconds", "Sandbox.Timedout"),
        ("os._exit(1)", "Worker process died", "Runtime.HandlerError"),
    ],
)
def test_a_failed_invocation_is_an_error_with_a_log(engine: Engine, event: str, error: str, kind: str) -> None:
    worker_of(engine).config = record(timeout_s=1)["config"]
    result = engine.invoke(f"print('begun', flush=True); {event}", record(timeout_s=1))
    assert result == {"body": {"errorMessage": error, "errorType": kind}, "error": True, "log": f"begun\n{error}"}
    assert engine.logged == [("request-1", f"begun\n{error}", True)]
    assert (engine.slots, worker_of(engine).in_use, worker_of(engine)._proc) == ([], False, None)


def test_a_worker_that_is_ended_meanwhile_is_an_error(engine: Engine) -> None:
    """As when its function is deployed anew: ministack takes the process away from the worker, and ends it."""
    worker, process = worker_of(engine), worker_of(engine)._proc

    async def deploy() -> Any:
        invoked = asyncio.ensure_future(
            engine.gateway.run_reentrant(
                engine.functions._execute_function_with_config_scope, record(), "sys.stdin.readline()"
            )
        )
        await asyncio.sleep(0)
        worker._proc = None
        process.kill()
        return await invoked

    result = asyncio.run(deploy())
    assert (result["error"], result["body"]["errorMessage"]) == (True, "Worker process died")
    assert (engine.slots, worker.in_use) == ([], False)


def test_an_invocation_goes_on_when_the_client_disconnects(engine: Engine) -> None:
    async def disconnect() -> None:
        invoked = asyncio.ensure_future(
            engine.gateway.run_reentrant(
                engine.functions._execute_function_with_config_scope, record(), "sys.stdin.readline(); print('done')"
            )
        )
        await asyncio.sleep(0.05)
        invoked.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await invoked
        assert worker_of(engine).in_use
        process = worker_of(engine)._proc
        await asyncio.to_thread(lambda: (process.stdin.write("go on\n"), process.stdin.flush()))
        await asyncio.wait_for(engine.has_logged.wait(), 10)

    asyncio.run(disconnect())
    assert engine.logged == [("request-1", "done", False)]
    assert (engine.slots, worker_of(engine).in_use) == ([], False)
