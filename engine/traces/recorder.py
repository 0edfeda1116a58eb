"""Records requests and invocations while they run, and passes them on when they end. It never waits, and never fails.

An invocation gets an ID in its X-Ray trace header. botocore sends that with every call (`X-Amzn-Trace-Id`), so a call
leads to the invocation that made it, and Powertools' logger writes it into every line (`xray_trace_id`).
"""

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any, Final

from engine.traces.observed import Invocation, Observed, Request

OPEN_MAX: Final = 4_000
"""Invocations whose end was not seen, such as those of killed workers, are forgotten when there are more."""

_PARENT: Final = "Parent="


class Recorder:
    """What is running now. `put` receives what has ended."""

    def __init__(self, put: Callable[[Observed], None], now_ns: Callable[[], int] = time.time_ns) -> None:
        self._put = put
        self._now_ns = now_ns
        self._open: OrderedDict[str, Invocation] = OrderedDict()
        # Of a task or thread: the request that it serves, and the invocation that it waits for.
        self._request: ContextVar[Request | None] = ContextVar("request", default=None)
        self._invocation: ContextVar[Invocation | None] = ContextVar("invocation", default=None)

    def begin_request(self, request: Request) -> None:
        """Attribute what this task does from now on to a request."""
        self._request.set(request)

    def end_request(self, request: Request) -> None:
        """Pass a request on. One that did not reach the gateway has no trace: a page's, or one that was refused."""
        self._request.set(None)
        request.ended_ns = self._now_ns()
        if request.request_id is not None:
            self._put(request)

    def begin_invocation(self, function: str, *, is_traced_by_xray: bool) -> str:
        """Record the begin of an invocation, and return its X-Ray trace header."""
        invocation = Invocation(secrets.token_hex(8), function, self._now_ns())
        request = self._request.get()
        if request is not None:
            request.invocations.append(invocation)
        self._invocation.set(invocation)
        self._open[invocation.id] = invocation
        while len(self._open) > OPEN_MAX:
            self._open.popitem(last=False)
        seconds = invocation.began_ns // 1_000_000_000
        root = f"Root=1-{seconds:08x}-{secrets.token_hex(12)}"
        return f"{root};{_PARENT}{invocation.id};Sampled={int(is_traced_by_xray)}"

    def end_invocation(self, log: str, *, failed: bool) -> None:
        """Record the end of this task's invocation, and pass it on if it is a worker's."""
        invocation = self._invocation.get()
        if invocation is None:
            return
        self._invocation.set(None)
        self._open.pop(invocation.id, None)
        invocation.ended_ns, invocation.log, invocation.failed = self._now_ns(), log, failed
        if self._request.get() is None:
            self._put(invocation)

    def invocation_of(self, trace_header: str) -> Invocation | None:
        """Return the running invocation that a call's X-Ray trace header names."""
        parent = next((part for part in trace_header.split(";") if part.startswith(_PARENT)), "")
        return self._open.get(parent.removeprefix(_PARENT))


def observe_invocations(functions: Any, recorder: Recorder) -> None:
    """Record all invocations. `functions` is ministack's Lambda service, after `keep_logs` (state/function_logs.py)."""
    trace_header, emit = functions.xray_trace_id_for_invocation, functions.emit_lambda_logs

    def begin(config: Mapping[str, Any], *inbound: Any) -> str:
        is_traced_by_xray = trace_header(config, *inbound) is not None
        return recorder.begin_invocation(str(config.get("FunctionName", "")), is_traced_by_xray=is_traced_by_xray)

    def end(function: Any, request_id: str, text: str, failed: bool, duration_ms: int, **options: Any) -> None:
        recorder.end_invocation(text, failed=failed)
        emit(function, request_id, text, failed, duration_ms, **options)

    functions.xray_trace_id_for_invocation, functions.emit_lambda_logs = begin, end
