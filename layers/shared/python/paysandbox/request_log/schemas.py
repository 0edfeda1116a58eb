"""Query and answer shapes of the request log's routes, and how a record is rendered."""

from typing import Annotated, Literal

from pydantic import Field

from paysandbox.core.timestamps import format_timestamp
from paysandbox.http.answer import Answer, Body
from paysandbox.http.queries import Query
from paysandbox.request_log.request_record import RequestRecord


class ListRequests(Query):
    """Filters and page of the list. With a filter, a page may be short although there is a next one."""

    status: Annotated[Literal["2xx", "4xx", "5xx"] | None, Field(description="A class of HTTP statuses.")] = None
    failed: Annotated[
        bool | None,
        Field(description="`true`: only what was refused or broke; a decline is neither. `false`: the rest."),
    ] = None
    route: Annotated[
        str | None, Field(pattern=r"^[a-z_]{1,40}$", description="The operation's name.", examples=["capture_payment"])
    ] = None


class LoggedRequest(Answer):
    """A request and its response. `body` is JSON text, masked, at most 2,048 bytes.

    `created_at` is wall time, even if the sandbox's clock was moved.
    """

    request_id: str
    created_at: str
    method: str
    route: str
    status: int
    outcome: str
    duration_ms: int
    replayed: bool
    code: str | None = None
    param: str | None = None
    detail: str | None = None
    transaction_id: str | None = None
    idempotency_key: str | None = None
    body: str | None = None


class LoggedRequestList(Answer):
    """A page of requests, newest first. `next_cursor` is null on the last page. With a filter, a page may be empty.

    A request appears a few seconds after its response and is stored for seven days. Not included: errors that the
    gateway returns itself (401, 403, 413, 429, an unknown path), routes without a key, and requests to this log.
    """

    data: list[LoggedRequest]
    next_cursor: str | None


def render_request(record: RequestRecord) -> Body:
    """Retrieve a request."""
    optional = ("code", "param", "detail", "transaction_id", "idempotency_key", "body")
    return {
        "request_id": record.request_id,
        "created_at": format_timestamp(record.at),
        "method": record.method,
        "route": record.route,
        "status": record.status,
        "outcome": record.outcome,
        "duration_ms": record.duration_ms,
        "replayed": record.replayed,
    } | {name: value for name in optional if (value := getattr(record, name)) is not None}
