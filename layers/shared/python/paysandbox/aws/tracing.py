# pyright: standard
"""Traces: subsegments and annotations of X-Ray, and the trace that a caller's `traceparent` names.

Subsegments are recorded with Powertools' Tracer, in environments with `tracing=full`. In all other environments the
X-Ray SDK is not imported, and there are none. A caller's trace goes on everywhere.

A trace contains what is annotated here and what the X-Ray SDK records of an AWS call: operation, table, queue, status.
It never contains the message of an exception or a response of ours, because these may quote what a caller sent.
"""

import logging
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Final

from paysandbox.aws.settings import FULL_TRACING, TracingSettings
from paysandbox.aws.trace_context import COLLECTOR_VARIABLE, Trace, stored_trace


def _tracer() -> Any:
    """Return Powertools' Tracer, whose `provider` is X-Ray's recorder, or None where nothing is recorded here."""
    if os.environ.get(*TracingSettings.variables()) != FULL_TRACING:
        return None
    from aws_lambda_powertools import Tracer

    from paysandbox.aws.trace_emitter import EmitterWithoutMessages

    # While an environment is prepared there is no trace yet, and the SDK would log a warning for each AWS call.
    logging.getLogger("aws_xray_sdk").setLevel(logging.ERROR)
    # Every call of a boto3 client becomes a subsegment. Nothing else is patched.
    tracer: Any = Tracer(patch_modules=["botocore"])
    tracer.provider.configure(emitter=EmitterWithoutMessages())
    return tracer


_TRACER: Final = _tracer()

ON: Final = _TRACER is not None
"""Whether subsegments are recorded. For callers that would compute an annotation in vain."""


_UNRECORDED: Final = nullcontext()


def subsegment(name: str) -> AbstractContextManager[None]:
    """Record what runs inside as a subsegment. An exception marks it as failed, without its message."""
    return _UNRECORDED if _TRACER is None else _recorded(_TRACER, name)


@contextmanager
def _recorded(tracer: Any, name: str) -> Iterator[None]:
    part = tracer.provider.begin_subsegment(name)
    try:
        yield
    except BaseException:
        part.add_fault_flag()
        raise
    finally:
        tracer.provider.end_subsegment()


def annotate(**annotations: str | None) -> None:
    """Add annotations to the current subsegment: traces can be searched by them. None adds nothing."""
    if _TRACER is None:
        return
    for name, value in annotations.items():
        if value is not None:
            _TRACER.put_annotation(name, value)


def has_collector() -> bool:
    """Whether the local engine sends the spans of every payment to a collector."""
    return bool(os.environ.get(COLLECTOR_VARIABLE))


class _Caller:
    """The trace of the current request, of which an execution environment has one at a time."""

    trace: Trace | None = None


def join(trace: Trace | None) -> None:
    """Go on with the trace of a request's caller. None: it named none."""
    _Caller.trace = trace


def current() -> str | None:
    """Return the traces that an operation is stored with: X-Ray's if recorded, and the caller's. None: neither."""
    return stored_trace(_xray_id(), _Caller.trace)


def _xray_id() -> str | None:
    if _TRACER is None:
        return None
    segment = _TRACER.provider.current_segment()
    return segment.trace_id if segment.sampled else None
