"""Handling common to all requests of both APIs: timing, metrics, the log line, and exceptions turned into errors."""

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from paysandbox.aws import telemetry, tracing
from paysandbox.aws.runtime import settings_of
from paysandbox.aws.sampling import DECLINED, is_request_stored
from paysandbox.aws.settings import SamplingSettings
from paysandbox.core.errors import Code, Refused
from paysandbox.core.ids import payment_of
from paysandbox.core.masking import masked_answer, masked_text
from paysandbox.core.merchant import is_dashboard_key
from paysandbox.core.metrics import Metric
from paysandbox.core.record import record
from paysandbox.http.cors import answer_headers
from paysandbox.http.error_mapping import refusal_of
from paysandbox.http.request import Event, Headers, headers_of, key_sent, masked, refuse_unknown_headers, request_id
from paysandbox.http.route import NOT_IN_REQUEST_LOG, Access, Route

Response = dict[str, Any]

PAYMENTS: Final = "payments"
"""The group of functions whose rollouts watch their own failures."""

_MAX_DETAIL: Final = 500
_MAX_PATH: Final = 200
_COUNTED: Final = {
    "approved": Metric.APPROVED,
    DECLINED: Metric.DECLINED,
    "captured": Metric.CAPTURED,
    "voided": Metric.VOIDED,
    "refunded": Metric.REFUNDED,
}


@record
class Handled:
    """A successful response, the fields that it adds to the log line, and the metric that it counts for."""

    response: Response
    facts: Mapping[str, Any]
    count: str | None


@record
class ApiProtocol:
    """How one of the APIs authenticates, masks a body for the log, and renders an error (given the request ID).

    `key` is the API key of a request whose `merchant` is known. `path` is the request's path as it is documented and
    sent: a gateway leaves a stage out of it.
    """

    merchant: Callable[[Route, Event, Headers], str]
    key: Callable[[Event, Headers], str | None]
    shown: Callable[[str], str]
    path: Callable[[Event], str]
    refuse: Callable[[Refused, Event, str], Response]


def handle(
    protocol: ApiProtocol, route: Route, event: Event, context: Any, answer: Callable[[Headers, str], Handled]
) -> Response:
    """Return the response that `answer` makes of the headers and the merchant, or the error it raises. Logs one line.

    A transient AWS error becomes a 503 that can be retried with the same key; any other exception a 500. The request
    log is built from the log line, which includes the request's path and, if it stores the request, the masked bodies
    of the request and the response. Neither path nor response is logged without a merchant: of a public page, the path
    may be a secret.

    Reads with a dashboard's key are not logged, unless they fail with a 5xx: the page that shows the log would fill it.
    """
    with tracing.subsegment(route.name):
        response = _handle(protocol, route, event, context, answer)
    _allow_origin(response["headers"], event)
    return response


def _allow_origin(headers: dict[str, str], event: Event) -> None:
    """Add the CORS headers of a response, successful or not, to its headers."""
    added = answer_headers(event)
    if "Vary" in headers and "Vary" in added:
        added["Vary"] = f"{headers['Vary']}, {added['Vary']}"
    headers |= added


def _handle(
    protocol: ApiProtocol, route: Route, event: Event, context: Any, answer: Callable[[Headers, str], Handled]
) -> Response:
    started = time.perf_counter()
    telemetry.set_route(route.name)
    of_dashboard = False
    line: dict[str, Any] = {
        "request_id": request_id(event, context),
        "method": route.method,
        "cold_start": telemetry.cold_start(),
    }
    in_request_log = False
    try:
        headers = headers_of(event)
        line["idempotency_key"] = key_sent(headers) if route.idempotency else None
        merchant = protocol.merchant(route, event, headers)
        line["merchant"] = merchant or None
        in_request_log = bool(merchant) and route.group not in NOT_IN_REQUEST_LOG
        if in_request_log:
            line["path"] = masked_text(protocol.path(event), _MAX_PATH) or None
        of_dashboard = bool(merchant) and _is_read_of_dashboard(protocol, route, event, headers)
        refuse_unknown_headers(headers)
        handled = answer(headers, merchant)
        response, counts, failed = handled.response, (handled.count,) if handled.count else (), False
        line |= handled.facts
    except Exception as error:  # noqa: BLE001 - the last place that can still send a response
        key_optional = route.idempotency is not None and route.idempotency.key_optional
        without_key = key_optional and not line.get("idempotency_key")
        refused = refusal_of(error, without_key=without_key or route.access is Access.OPERATOR)
        if refused.code is Code.INTERNAL_ERROR or refused.code is Code.SERVICE_UNAVAILABLE:
            line |= telemetry.unexpected(error)
        line |= {"outcome": "refused", "code": str(refused.code)}
        line["param"] = masked_text(refused.param, _MAX_DETAIL) if refused.param is not None else None
        line["detail"] = masked_text(refused.detail, _MAX_DETAIL) or None
        line["replayed"] = refused.replayed or None
        response = protocol.refuse(refused, event, line["request_id"])
        failed = response["statusCode"] >= 500 and refused.code is not Code.STRIPE_NOT_CONFIGURED
        counts = _failure_counts(route) if failed else (Metric.REFUSED,)
    # Nobody could look up the bodies of a request that is not stored: they would be masked and paid for in vain.
    if not in_request_log or _is_stored(line, response["statusCode"]):
        line["body"] = masked(event, protocol.shown) if route.body else None
        line["answer"] = masked_answer(response["body"]) if in_request_log and response["body"] else None
    line["status"] = response["statusCode"]
    line["duration_ms"] = round((time.perf_counter() - started) * 1000, 3)
    facts = {name: fact for name, fact in line.items() if fact is not None}
    if not of_dashboard or response["statusCode"] >= 500:
        telemetry.request_line(facts, counts, failed=failed)
    if tracing.ON:
        payment_id = payment_of(facts.get("transaction_id", ""))
        tracing.annotate(payment_id=payment_id, merchant=facts.get("merchant"), outcome=facts.get("outcome"))
    return response


def _is_stored(line: Mapping[str, Any], status: int) -> bool:
    """Return whether the request log will store the request of this line."""
    percent = settings_of(SamplingSettings).request_log_sample_percent
    return is_request_stored(line["request_id"], status=status, outcome=line.get("outcome"), percent=percent)


def _is_read_of_dashboard(protocol: ApiProtocol, route: Route, event: Event, headers: Headers) -> bool:
    key = protocol.key(event, headers) if route.method == "GET" else None
    return key is not None and is_dashboard_key(key)


def _failure_counts(route: Route) -> tuple[str, ...]:
    """Return the metrics that a failure counts for. None for a public route: strangers must not set off an alarm."""
    if route.access is Access.PUBLIC:
        return ()
    return (Metric.FAILED, Metric.PAYMENTS_FAILED) if route.group == PAYMENTS else (Metric.FAILED,)


def count_of(outcome: str, *, replayed: bool) -> str | None:
    """Return the metric that an answer counts for. Reads have none, as Lambda's Invocations counts them."""
    return Metric.REPLAYED if replayed else _COUNTED.get(outcome)


def facts_of(outcome: str, *, transaction_id: str | None, replayed: bool) -> dict[str, Any]:
    """Return the fields that an answer adds to the log line."""
    return {"transaction_id": transaction_id, "outcome": outcome, "replayed": replayed or None}
