"""W3C Trace Context: the header `traceparent`, what is stored of one, and the IDs of a payment's traces and spans.

https://www.w3.org/TR/trace-context/, sections 2.2 and 3.2. A trace ID is 32 digits of lower-case hexadecimal, a span
ID 16. IDs that are made here are derived from those of objects: what is recorded twice is the same span. Pure.
"""

import hashlib
import re
from collections.abc import Sequence
from typing import Final

from paysandbox.core.record import record

TRACEPARENT: Final = "traceparent"
"""The header's name, in lower case."""

COLLECTOR_VARIABLE: Final = "PAYSANDBOX_OTLP"
"""The environment variable with the URL of an OpenTelemetry collector: of `paysandbox up`, and of the local engine,
whose functions inherit it. No other environment has it."""

ATTEMPT: Final = "attempt"
"""The kind of the span of a delivery attempt, which its `traceparent` names as the receiver's parent."""

_VERSION: Final = "00"
_HEADER: Final = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_STORED: Final = re.compile(r"([0-9a-f]{32})-0([01])")
_OF_XRAY: Final = "1-"
_SEPARATOR: Final = ","


@record
class Trace:
    """A trace, and whether the spans of it are recorded."""

    id: str
    is_sampled: bool = True


@record
class Parent:
    """What a `traceparent` says: the caller's trace, and the span in it that is the parent of what follows."""

    trace: Trace
    span_id: str


def parent_in(values: Sequence[str]) -> Parent | None:
    """Return the parent in the values of the header. None without a valid one, or with several (section 3.2).

    Of a later version, the parts that this one has are read (section 4).
    """
    match = _HEADER.fullmatch(values[0]) if len(values) == 1 else None
    if match is None:
        return None
    version, trace_id, span_id, flags, more = match.groups()
    if version == "ff" or (version == _VERSION and more) or not int(trace_id, 16) or not int(span_id, 16):
        return None
    return Parent(Trace(trace_id, bool(int(flags, 16) & 1)), span_id)


def traceparent(parent: Parent) -> str:
    """Return the value of the header."""
    return f"{_VERSION}-{parent.trace.id}-{parent.span_id}-0{int(parent.trace.is_sampled)}"


def stored_trace(xray_id: str | None, trace: Trace | None) -> str | None:
    """Return the text that an operation is stored with: the ID of its X-Ray trace, the caller's trace, or both.

    A caller's trace is `4bf92f3577b34da6a3ce929d0e0e4736-01`, as long as an ID of X-Ray. None without either.
    """
    of_caller = None if trace is None else f"{trace.id}-0{int(trace.is_sampled)}"
    return _SEPARATOR.join(filter(None, (xray_id, of_caller))) or None


def trace_in(stored: str | None) -> Trace | None:
    """Return the caller's trace in a stored text, or None."""
    for part in (stored or "").split(_SEPARATOR):
        if match := _STORED.fullmatch(part):
            return Trace(match[1], match[2] == "1")
    return None


def xray_id_in(stored: str | None) -> str | None:
    """Return the ID of the X-Ray trace in a stored text, or None."""
    return next((part for part in (stored or "").split(_SEPARATOR) if part.startswith(_OF_XRAY)), None)


def trace_of(object_id: str) -> Trace:
    """Return the trace of a payment or another object whose request came without one."""
    return Trace(_digits(32, "trace", object_id))


def span_id(kind: str, *ids: str) -> str:
    """Return the ID of the span of this kind of an object."""
    return _digits(16, kind, *ids)


def _digits(length: int, *parts: str) -> str:
    # That all digits are zeros, which is no ID, is as unlikely as that two IDs are the same.
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:length]
