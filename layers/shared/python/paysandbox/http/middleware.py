"""Handling common to all requests of both APIs: timing, metrics, the log line, and exceptions turned into errors.

A new execution environment is prepared before its first request, so that no payer waits for it.
"""

import contextlib
import os
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from paysandbox.aws import runtime, telemetry, tracing
from paysandbox.aws.dynamodb.contention import is_contention
from paysandbox.aws.hashing_keys import hashing_keys
from paysandbox.aws.sampling import DECLINED, is_request_stored
from paysandbox.aws.schema import LEDGER_IS_FULL
from paysandbox.aws.settings import HashingKeySettings, LedgerSettings, SamplingSettings
from paysandbox.aws.trace_context import TRACEPARENT, parent_in, traceparent
from paysandbox.core.cards.masking import masked_answer, masked_text
from paysandbox.core.errors import Code, Contended, Refused
from paysandbox.core.headers import FAULT_HEADER, FAULT_METADATA
from paysandbox.core.ids import payment_of
from paysandbox.core.merchant import is_dashboard_key
from paysandbox.core.metrics import Metric
from paysandbox.core.record import record, replace
from paysandbox.http.cors import answer_headers
from paysandbox.http.faults.hold import HOLD
from paysandbox.http.request import Event, Headers, headers_of, key_sent, masked, refuse_unknown_headers, request_id
from paysandbox.http.route import NOT_IN_REQUEST_LOG, Access, Route

if TYPE_CHECKING:
    from paysandbox.http.faults.injection import Injection

Response = dict[str, Any]

Prepare = Callable[[], object]
"""What else a feature prepares: its tables, its secrets."""

PAYMENTS: Final = "payments"
"""The group of functions whose rollouts watch their own failures."""

_MAX_DETAIL: Final = 500
# Of a request without a merchant: what is quoted of it is a stranger's, who pays nothing for the line.
_MAX_DETAIL_OF_STRANGERS: Final = 100
_MAX_PATH: Final = 200
_COUNTED: Final = {
    "approved": Metric.APPROVED,
    DECLINED: Metric.DECLINED,
    "captured": Metric.CAPTURED,
    "voided": Metric.VOIDED,
    "refunded": Metric.REFUNDED,
}
_TRANSIENT: Final = frozenset(
    {
        "ThrottlingException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottledException",
        "TransactionInProgressException",
    }
)
_WITHOUT_KEY: Final = (
    "It is unknown whether the request took effect, and it has no idempotency key. Check before you repeat it."
)


@record
class Handled:
    """A response, the fields that it adds to the log line, the metrics that it counts for, and whether it failed."""

    response: Response
    facts: Mapping[str, Any]
    counts: tuple[str, ...] = ()
    failed: bool = False


@record
class ApiProtocol:
    """How one of the APIs authenticates, masks a body for the log, and renders an error (given the request ID).

    `key` is the API key of a request whose `merchant` is known. `sent_path` is the request's path as it is documented
    and sent: a gateway leaves a stage out of it. `in_use` is the error for an idempotency key that is in use.
    `is_of_page`: whether the request's key is one that pages have, which everybody can read.
    """

    merchant: Callable[[Route, Event, Headers], str]
    key: Callable[[Event, Headers], str | None]
    shown: Callable[[str], str]
    sent_path: Callable[[Event], str]
    refuse: Callable[[Refused, Event, str], Response]
    in_use: Callable[[Event, Headers], Refused]
    is_of_page: Callable[[Event], bool]


def warm_up(route: Route, prepare: Prepare | None = None) -> None:
    """Create the clients and read the secrets, in Lambda only. Failures are left to the first request to report."""
    if "AWS_LAMBDA_FUNCTION_NAME" not in os.environ:
        return
    settings = route.settings
    with contextlib.suppress(Exception):
        if LedgerSettings in settings:
            runtime.ledger()
        if HashingKeySettings in settings:
            hashing_keys()
        if prepare is not None:
            prepare()


def handle(
    protocol: ApiProtocol, route: Route, event: Event, context: Any, answer: Callable[[Headers, str], Handled]
) -> Response:
    """Return the response that `answer` makes of the headers and the merchant, or the error it raises. Logs one line.

    A transient AWS error becomes a 503 that can be retried with the same key; any other exception a 500. The request
    log is built from the log line, which includes the request's path and, if it stores the request, the masked bodies
    of the request and the response. Neither path nor response is logged without a merchant: of a public page, the path
    may be a secret.

    Reads with a dashboard's key are not logged, unless they fail with a 5xx: the page that shows the log would fill it.

    A request that a fault hits has the line of what became of it, and the client another response. One that waits in
    the local engine is handled by the next invocation, and has no line before.
    """
    injection: Injection | None = None
    with tracing.subsegment(route.name):
        observed = _Observation(protocol, route, event, context)
        try:
            headers = headers_of(event)
            observed.join_trace(headers)
            observed.identify_caller(headers)
            refuse_unknown_headers(headers)
            injection = observed.injection(headers)
            if injection is not None:
                held = injection.before()
                if held is not None:
                    return held
            handled = answer(headers, observed.merchant)
        except Exception as error:  # noqa: BLE001 - the last place that can still send a response
            handled = observed.refused(error)
        response = handled.response
        if injection is not None:
            facts = handled.facts
            response = injection.after(response, facts.get("outcome"), facts.get("transaction_id"))
            if injection.facts:
                # An injected failure sets off no alarm.
                handled = replace(handled, facts={**facts, **injection.facts}, counts=(), failed=False)
        line = observed.line(handled, held_ms=injection.held_ms if injection is not None else 0)
        if not observed.is_read_of_dashboard or line["status"] >= 500:
            telemetry.request_line(line, _counted(route, handled.counts), failed=handled.failed)
        if tracing.ON:
            payment_id = payment_of(line.get("transaction_id", ""))
            tracing.annotate(payment_id=payment_id, merchant=line.get("merchant"), outcome=line.get("outcome"))
    if not route.same_origin:
        _allow_origin(response["headers"], event)
    return response


def succeeded(
    response: Response, outcome: str, *, transaction_id: str | None = None, replayed: bool = False
) -> Handled:
    """Return a success with its log fields and metric. Reads have no metric, as Lambda's Invocations counts them."""
    count = Metric.REPLAYED if replayed else _COUNTED.get(outcome)
    facts = {"transaction_id": transaction_id, "outcome": outcome, "replayed": replayed or None}
    return Handled(response, facts, (count,) if count else ())


def refusal_of(error: Exception, *, without_key: bool = False) -> Refused:
    """Return the error for an exception: itself if it is Refused, else service_unavailable or internal_error.

    A transient AWS error can be retried with the same key.

    `without_key`: the request could have had an idempotency key and has none, so sending it again may repeat it.
    """
    if isinstance(error, Refused):
        return error
    reason = error.response.get("Error", {}) if isinstance(error, ClientError) else {}
    if reason.get("Code") == LEDGER_IS_FULL:
        return Refused(Code.PAYMENT_LIMIT_REACHED, reason.get("Message", ""))
    if isinstance(error, ClientError) and is_contention(error.response):
        return Contended()
    if without_key:
        return Refused(Code.SERVICE_UNAVAILABLE if _is_transient(error) else Code.INTERNAL_ERROR, _WITHOUT_KEY)
    if _is_transient(error):
        return Refused(Code.SERVICE_UNAVAILABLE, "Retry with the same idempotency key. The operation is not repeated.")
    return Refused(
        Code.INTERNAL_ERROR, "Retry with the same idempotency key. If the error persists, report the request_id."
    )


def _is_transient(error: Exception) -> bool:
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
        code = error.response.get("Error", {}).get("Code")
        return status >= 500 or code in _TRANSIENT
    return isinstance(error, BotoCoreError)


class _Observation:
    """What is known of a request: each fact as soon as it is, so that the line of one that is refused has it too."""

    def __init__(self, protocol: ApiProtocol, route: Route, event: Event, context: Any) -> None:
        self._started = time.perf_counter()
        telemetry.set_route(route.name)
        self._protocol, self._route, self._event = protocol, route, event
        self._request_id = request_id(event, context)
        self._cold_start = telemetry.cold_start()
        self._idempotency_key: str | None = None
        self._path: str | None = None
        self._traceparent: str | None = None
        self._in_request_log = False
        self.merchant = ""
        self.is_read_of_dashboard = False

    def join_trace(self, headers: Headers) -> None:
        """Go on with the caller's trace, if the request names one."""
        parent = parent_in(headers.get(TRACEPARENT, ()))
        tracing.join(parent.trace if parent else None)
        self._traceparent = traceparent(parent) if parent else None

    def identify_caller(self, headers: Headers) -> None:
        """Read the caller from the headers. Raises Refused if the protocol does not accept its key."""
        protocol, route, event = self._protocol, self._route, self._event
        if route.idempotency:
            self._idempotency_key = key_sent(headers)
        self.merchant = protocol.merchant(route, event, headers)
        if self.merchant and route.group not in NOT_IN_REQUEST_LOG:
            self._in_request_log = True
            self._path = masked_text(protocol.sent_path(event), _MAX_PATH) or None
        if self.merchant and route.method == "GET":
            key = protocol.key(event, headers)
            self.is_read_of_dashboard = key is not None and is_dashboard_key(key)

    def injection(self, headers: Headers) -> "Injection | None":
        """Return what injects faults into this request. None for almost all: without a call, or an import.

        Raises Refused: fault_unknown, faults_not_allowed.
        """
        named = FAULT_HEADER.lower() in headers
        if not self.merchant or not self._route.takes_faults or self.is_read_of_dashboard:
            if named:
                raise Refused(Code.FAULT_UNKNOWN, "No faults are injected into this route.", FAULT_HEADER)
            return None
        has_rules = runtime.faults_until_ms(self.merchant) > runtime.wall_now().timestamp() * 1_000
        may_have_fault = named or has_rules or FAULT_METADATA in (self._event.get("body") or "")
        if not may_have_fault and not self._event.get(HOLD):
            return None
        from paysandbox.http.faults.injection import FaultedRequest, Refusals, injection_of

        protocol, event = self._protocol, self._event
        request = FaultedRequest(
            route=self._route,
            event=self._event,
            headers=headers,
            merchant=self.merchant,
            key=self._idempotency_key,
            request_id=self._request_id,
            has_rules=has_rules,
            is_of_page=protocol.is_of_page(event),
        )
        refusals = Refusals(
            lambda refused: protocol.refuse(refused, event, self._request_id), lambda: protocol.in_use(event, headers)
        )
        return injection_of(request, refusals)

    def refused(self, error: Exception) -> Handled:
        """Return the error that this request gets for an exception."""
        route = self._route
        key_missing = route.idempotency is not None and route.idempotency.key_optional and not self._idempotency_key
        refused = refusal_of(error, without_key=key_missing or route.access is Access.OPERATOR)
        unexpected = refused.code in (Code.INTERNAL_ERROR, Code.SERVICE_UNAVAILABLE)
        longest = _MAX_DETAIL if self.merchant else _MAX_DETAIL_OF_STRANGERS
        facts = {
            **(telemetry.unexpected(error) if unexpected else {}),
            "outcome": "refused",
            "code": str(refused.code),
            "param": masked_text(refused.param, longest) if refused.param is not None else None,
            "detail": masked_text(refused.detail, longest) or None,
            "replayed": refused.replayed or None,
        }
        response = self._protocol.refuse(refused, self._event, self._request_id)
        failed = response["statusCode"] >= 500 and refused.code is not Code.STRIPE_NOT_CONFIGURED
        return Handled(response, facts, _failure_counts(route) if failed else (Metric.REFUSED,), failed)

    def line(self, handled: Handled, *, held_ms: int = 0) -> dict[str, Any]:
        """Return the fields of the log line. Its duration includes `held_ms` in which the engine holds the request."""
        status, body = handled.response["statusCode"], handled.response["body"]
        # Nobody could look up the bodies of a request that is not stored: they would be masked and paid for in vain. Of
        # one that is refused and has no merchant, a stranger could send as many as the route takes.
        is_of_stranger = not self.merchant and 400 <= status < 500
        with_bodies = not is_of_stranger and (
            not self._in_request_log
            or is_request_stored(
                self._request_id,
                status=status,
                outcome=handled.facts["outcome"],
                percent=runtime.settings_of(SamplingSettings).request_log_sample_percent,
            )
        )
        line = {
            "request_id": self._request_id,
            "method": self._route.method,
            "cold_start": self._cold_start,
            "idempotency_key": self._idempotency_key,
            "merchant": self.merchant or None,
            "path": self._path,
            "traceparent": self._traceparent,
            **handled.facts,
            "body": masked(self._event, self._protocol.shown) if with_bodies and self._route.body else None,
            "answer": masked_answer(body) if with_bodies and self._in_request_log and body else None,
            "status": status,
            "duration_ms": round((time.perf_counter() - self._started) * 1000 + held_ms, 3),
        }
        return {name: fact for name, fact in line.items() if fact is not None}


def _failure_counts(route: Route) -> tuple[str, ...]:
    """Return the metrics that a failure counts for. None for a public route: strangers must not set off an alarm."""
    if route.access is Access.PUBLIC:
        return ()
    return (Metric.FAILED, Metric.PAYMENTS_FAILED) if _is_watched_by_rollouts(route) else (Metric.FAILED,)


def _counted(route: Route, counts: tuple[str, ...]) -> dict[str, int]:
    """Return the values of a request's metrics. Those of failed payments are also its number of requests, by zeros."""
    unfailed = {str(Metric.PAYMENTS_FAILED): 0} if _is_watched_by_rollouts(route) else {}
    return unfailed | dict.fromkeys(counts, 1)


def _is_watched_by_rollouts(route: Route) -> bool:
    return route.group == PAYMENTS and route.access is not Access.PUBLIC


def _allow_origin(headers: dict[str, str], event: Event) -> None:
    """Add the CORS headers of a response, successful or not, to its headers."""
    added = answer_headers(event)
    if "Vary" in headers and "Vary" in added:
        added["Vary"] = f"{headers['Vary']}, {added['Vary']}"
    headers |= added
