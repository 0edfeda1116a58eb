"""Query and answer shapes of the request log's routes, and how a record is rendered."""

from typing import Annotated, Literal

from pydantic import Field, field_validator

from paysandbox.core.timestamps import format_timestamp
from paysandbox.http.answer import Body
from paysandbox.http.answer_shape import Answer
from paysandbox.http.queries import Instant, OrderedQuery, later_than
from paysandbox.payments.requests import Text100
from paysandbox.request_log.request_record import RequestRecord


class ListRequests(OrderedQuery):
    """Filters and page. A filter other than a time is compared with up to 2,000 requests per page."""

    status: Annotated[
        Literal["2xx", "4xx", "5xx"] | None, Field(description="Requests with a response status of this class.")
    ] = None
    failed: Annotated[
        bool | None,
        Field(description="`true`: only errors (4xx and 5xx). `false`: only successes. A declined card is a success."),
    ] = None
    route: Annotated[
        str | None,
        Field(
            pattern=r"^[a-z_]{1,40}$",
            description="Requests to the route with this operation id.",
            examples=["capture_payment"],
        ),
    ] = None
    payment_id: Annotated[
        str | None,
        Field(
            pattern=r"^auth_[a-z2-7]{26}$",
            description="Requests that name this payment, by any of its ids in either API.",
        ),
    ] = None
    reference: Annotated[
        Text100 | None,
        Field(description="Requests with this reference in their body. With `payment_id`: those that name either."),
    ] = None
    since: Annotated[Instant | None, Field(alias="from", description="Requests at or after this time.")] = None
    until: Annotated[Instant | None, Field(alias="to", description="Requests before this time.")] = None

    _later = field_validator("until")(later_than("since", "to must be later than from."))


class LoggedRequest(Answer):
    """A request and its response. Card data is masked. `created_at` is wall-clock time."""

    request_id: Annotated[str, Field(description="`Request-Id` of the response.")]
    created_at: Annotated[str, Field(description="When the request arrived.")]
    method: Annotated[str, Field(description="HTTP method.")]
    route: Annotated[str, Field(description="Operation id of the route.")]
    path: Annotated[str | None, Field(description="The request's own path, without its query.")] = None
    status: Annotated[int, Field(description="HTTP status of the response.")]
    outcome: Annotated[str, Field(description="Result in one word, such as `approved`, `declined` or `refused`.")]
    duration_ms: Annotated[int, Field(description="Processing time in milliseconds.")]
    replayed: Annotated[
        bool, Field(description="Whether the response repeats an earlier one with the same idempotency key.")
    ]
    code: Annotated[str | None, Field(description="Error code.")] = None
    param: Annotated[str | None, Field(description="Parameter that caused the error.")] = None
    detail: Annotated[str | None, Field(description="Explanation of the error.")] = None
    transaction_id: Annotated[str | None, Field(description="Id of the payment or operation.")] = None
    payment_id: Annotated[
        str | None,
        Field(
            description="Id of the payment or disbursement that the request is about: that of its operation or, if it "
            "was refused, the one that it names."
        ),
    ] = None
    idempotency_key: Annotated[str | None, Field(description="Idempotency key of the request.")] = None
    body: Annotated[str | None, Field(description="Body of the request, masked and cut off after 2,048 bytes.")] = None
    answer: Annotated[
        str | None,
        Field(
            description="Body of the response, masked and cut off after 2,048 bytes. Secrets that are shown only once "
            "are masked here."
        ),
    ] = None
    fault: Annotated[
        str | None,
        Field(
            description="Fault that was injected: the client got another response, or none (`POST /sandbox/faults`)."
        ),
    ] = None


class LoggedRequestList(Answer):
    """A page of requests, newest first. `next_cursor` is null on the last page.

    A request appears within seconds and is kept for seven days. An environment may store only a share of the successful
    requests; declines and errors are always stored. Not logged: requests that the gateway rejects (401,
    403, 413, 429, unknown paths), routes without an API key, and requests to this log.
    """

    data: Annotated[list[LoggedRequest], Field(description="Requests, newest first.")]
    next_cursor: Annotated[
        str | None, Field(description="Pass it as `cursor` to get the next page. `null` on the last page.")
    ]
    searched: Annotated[
        int | None, Field(description="With a filter that no index has: how many requests this page was compared with.")
    ] = None


def render_request(record: RequestRecord) -> Body:
    """Retrieve a request."""
    optional = ("code", "param", "detail", "transaction_id", "payment_id", "idempotency_key", "body", "path")
    optional += ("answer", "fault")
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
