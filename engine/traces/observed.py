"""What the engine observes: a request of the API, the invocations of functions, and their calls of AWS.

Times are wall-clock time, in nanoseconds since 1970.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class AwsCall:
    """A call that a function made: `PutItem` of `DynamoDB_20120810`, or an `Action` of SNS, with both bodies."""

    operation: str
    body: bytes
    began_ns: int
    ended_ns: int
    status: int
    answer: bytes = b""


@dataclass(slots=True)
class Invocation:
    """An invocation of a function, with what it logged. `id` is 16 hexadecimal digits, different for each."""

    id: str
    function: str
    began_ns: int
    ended_ns: int = 0
    failed: bool = False
    log: str = ""
    calls: list[AwsCall] = field(default_factory=list[AwsCall])


@dataclass(slots=True)
class Request:
    """A request of the API and its response, with the invocations of its authorizer and its handler, in order.

    `traceparents` are the values of that header. `request_id` is the gateway's, None if the request did not get there.
    """

    method: str
    path: str
    began_ns: int
    ended_ns: int = 0
    status: int = 0
    request_id: str | None = None
    traceparents: Sequence[str] = ()
    invocations: list[Invocation] = field(default_factory=list[Invocation])


Observed = Request | Invocation
"""A request with its invocations, or an invocation of a worker."""
