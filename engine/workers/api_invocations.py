"""Invocations by the API and its authorizer, on the engine's event loop.

ministack starts a thread for each of them. When a worker of the function is idle, the event loop can send it the event
and go on when the response arrives. Everything else is left to ministack: functions without an idle worker, and those
of other runtimes. A request that a fault slows down is invoked twice (slow_requests.py).
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from engine.workers.pipes import Pipes, end_abandoned, envelope, pipes_of, result_of, timeout_s
from engine.workers.pool import Pool
from engine.workers.slow_requests import SlowRequests
from engine.workers.turns import Turns, client_of

Record = dict[str, Any]
"""A function of ministack, with its configuration."""


def invoke_on_loop(gateway: Any, functions: Any, runtime: Any, pool: Pool) -> None:
    """Make the API invoke idle workers so. The modules are ministack's: of REST APIs, of Lambda, of workers."""
    in_thread: Callable[..., Awaitable[Any]] = gateway.run_reentrant
    invoke_function = functions.execute_function_with_config_scope
    invocations, slow, turns = Invocations(functions, runtime, pool), SlowRequests(), Turns()

    async def run(what: Any, *arguments: Any, **options: Any) -> Any:
        if what is not invoke_function:
            return await in_thread(what, *arguments, **options)
        record, event = arguments

        async def invoke(event: Any) -> Any:
            with await turns.turn(client_of(event)):
                leased = invocations.lease(record)
                if leased is None:
                    return await in_thread(what, record, event, **options)
                # Like ministack's thread, it goes on if the client disconnects.
                return await asyncio.shield(asyncio.ensure_future(invocations.invoke(leased, record, event)))

        return await slow.answer(invoke, event)

    gateway.run_reentrant = run


@dataclass(frozen=True)
class Lease:
    """A worker for one invocation, its pipes, and the name under which ministack counts the invocation."""

    worker: Any
    pipes: Pipes
    slot: str


class Invocations:
    """Invocations of idle workers on the event loop."""

    def __init__(self, functions: Any, runtime: Any, pool: Pool) -> None:
        self._functions = functions
        self._runtime = runtime
        self._pool = pool

    def lease(self, record: Record) -> Lease | None:
        """Return an idle worker of a Python function, or None. `invoke` gives it back."""
        config = record["config"]
        if not str(config.get("Runtime", "")).startswith("python"):
            return None
        slot, _ = self._functions.acquire_execution_slot(record, config)
        if slot is None:
            return None
        worker = self._pool.lease_idle(config["FunctionName"], config, config.get("Version", "$LATEST"))
        if worker is None:
            self._functions.release_execution_slot(slot)
            return None
        return Lease(worker, pipes_of(worker), slot)

    async def invoke(self, lease: Lease, record: Record, event: Any) -> dict[str, Any]:
        """Invoke this worker, and return the result as ministack's `_execute_function` does."""
        functions, config, worker = self._functions, record["config"], lease.worker
        request_id = functions.new_uuid()
        began = time.time()
        try:
            about = {
                "trace_id": functions.xray_trace_id_for_invocation(config),
                "depth": functions.invoke_depth.get(),
            }
            line = envelope(event, request_id, config, about)
            ended = await lease.pipes.exchange_on_loop(line, timeout_s(config))
            result = result_of(worker, lease.pipes, ended, cold=False)
            if "abandoned" in result:
                await asyncio.to_thread(end_abandoned, self._runtime, result)
        finally:
            functions.release_execution_slot(lease.slot)
            self._pool.release(worker)
        failed = result["status"] != "ok"
        log = "\n".join(filter(None, [result["log"], result.get("trace", result.get("error", "")) if failed else ""]))
        duration_ms = int((time.time() - began) * 1000)
        # After the response: nobody who waits for it reads the log.
        asyncio.get_running_loop().call_soon(self._log, record, request_id, log, failed, duration_ms)
        if failed:
            error = result.get("error", "Unknown error")
            kind = "Sandbox.Timedout" if functions.RIE_TIMEOUT_TEXT_RE.fullmatch(error) else "Runtime.HandlerError"
            return {"body": {"errorMessage": error, "errorType": kind}, "error": True, "log": log}
        return {"body": result.get("result"), "log": log}

    def _log(self, record: Record, request_id: str, log: str, failed: bool, duration_ms: int) -> None:
        functions = self._functions
        functions.run_with_function_config_scope(
            record,
            functions.emit_lambda_logs,
            record,
            request_id,
            log,
            failed,
            duration_ms,
        )
