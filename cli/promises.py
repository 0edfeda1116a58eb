"""What `paysandbox verify` checks: a payment's life, told in requests and answers, in the order in which they are sent.

A row is a promise of the API. A new one is added where it belongs; it may go on from any answer that its suite kept
before. Suites run side by side.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from cli.donation_promises import DONATIONS_SUITE, WHOLE_DONATION_SUITE
from cli.stripe_promises import STRIPE_SUITE
from cli.verification import ABSENT, PRESENT, Ask, Chapter, Check, Expect, KeyAsk, KeyOfRun, Of, Suite
from paysandbox.domain.headers import OUTCOME_HEADER
from paysandbox.errors import Code
from paysandbox.routes.payments import (
    AUTHORIZE_PAYMENT,
    CAPTURE_PAYMENT,
    GET_HEALTH,
    GET_PAYMENT,
    LIST_PAYMENTS,
    REFUND_PAYMENT,
    VOID_PAYMENT,
)
from paysandbox.routes.reference import GET_DOCS, GET_DOCUMENT, GET_ERROR_PAGE, GET_WELCOME, LIST_ERROR_PAGES
from paysandbox.routes.request_log import GET_REQUEST, LIST_REQUESTS
from paysandbox.routes.route import Access, Route
from paysandbox.routes.settlements import GET_SETTLEMENT, LIST_SETTLEMENTS
from paysandbox.routes.webhooks import (
    CREATE_ENDPOINT,
    DELETE_ENDPOINT,
    ENABLE_ENDPOINT,
    GET_DELIVERY,
    GET_ENDPOINT,
    GET_EVENT,
    LIST_DELIVERIES,
    LIST_ENDPOINTS,
    LIST_EVENTS,
    PING_ENDPOINT,
    REPLAY_ENDPOINT,
    RESEND_EVENT,
    ROTATE_ENDPOINT,
    UPDATE_ENDPOINT,
)

if TYPE_CHECKING:
    from cli.target import Target

# AWS spreads a new key, and the end of an old one, over its gateway within a minute; here it is at once.
_SPREAD_S: Final = 90.0
# Meanwhile some of its machines know a new key and others do not. A connection is to one of them: each try has its own.
_SPREAD_TIMES: Final = 5
# CloudWatch hands log lines on within seconds, and an index follows its table in less.
_LOGGED_S: Final = 90.0
_INDEXED_S: Final = 10.0
# From the ledger's stream over topic and queue to the table of events.
_PUBLISHED_S: Final = 60.0

_APPROVING: Final = "4242424242424242"
_WITHOUT_FUNDS: Final = "4000000000009995"


def _get(route: Route, /, *, path: Mapping[str, Any] | None = None, **query: Any) -> Ask:
    return Ask(route.method, route.path, path or {}, query, with_key=route.access is Access.API_KEY)


def _post(route: Route, key: str | None, body: Mapping[str, Any], **headers: str) -> Ask:
    names: dict[str, Any] = {} if key is None else {"X-Idempotency-Key": KeyOfRun(key)}
    return Ask(route.method, route.path, body=body, headers=names | headers)


def _of_endpoint(route: Route, key: str | None = None, body: Mapping[str, Any] | None = None) -> Ask:
    names = {} if key is None else {"X-Idempotency-Key": KeyOfRun(key)}
    return Ask(route.method, route.path, {"endpoint_id": ENDPOINT}, body=body, headers=names)


def _resend(key: str) -> Ask:
    names, path = {"X-Idempotency-Key": KeyOfRun(key)}, {"event_id": Of("event", "id")}
    return Ask(RESEND_EVENT.method, RESEND_EVENT.path, path, body={"endpoint_id": ENDPOINT}, headers=names)


def _authorize(key: str | None, *, card: str = _APPROVING, outcome: str | None = None, **more: Any) -> Ask:
    details = {"number": card, "exp_month": 12, "exp_year": Of("run", "expiry_year"), "cvc": "123"}
    body = {"amount": 10_00, "currency": "USD", "card": details, **more}
    return _post(AUTHORIZE_PAYMENT, key, body, **({OUTCOME_HEADER: outcome} if outcome else {}))


def _capture(key: str, auth_id: Of, **more: Any) -> Ask:
    return _post(CAPTURE_PAYMENT, key, {"auth_id": auth_id, **more})


def _void(key: str, auth_id: Of) -> Ask:
    return _post(VOID_PAYMENT, key, {"auth_id": auth_id})


def _refund(key: str, transaction_id: Of, **more: Any) -> Ask:
    return _post(REFUND_PAYMENT, key, {"transaction_id": transaction_id, **more})


def _answers(within_s: float = 0.0, **body: Any) -> Expect:
    return Expect(200, body, within_s=within_s)


def _refused(status: int, code: Code, within_s: float = 0.0, **body: Any) -> Expect:
    return Expect(status, {"code": str(code), **body}, within_s=within_s)


_FIRST_ANSWER: Final = {"Idempotent-Replayed": ABSENT, "Request-Id": PRESENT}
_REPLAYED: Final = {"Idempotent-Replayed": "true"}

PAYMENT: Final = Of("payment", "auth_id")
FIRST_CAPTURE: Final = Of("first capture", "transaction_id")
VOIDED: Final = Of("to void", "auth_id")
SALE: Final = Of("sale", "auth_id")
ENDPOINT: Final = Of("endpoint", "endpoint_id")

# No name ever leads there (RFC 6761), so nobody is called by this.
_RECEIVER: Final = {"url": "https://verify.invalid/webhooks", "events": ["*"]}

PAGES_SUITE: Final = Suite("pages", (
    Chapter("health", (
        Check("it is healthy, and says so without a key", _get(GET_HEALTH),
              _answers(status="ok", environment=Of("run", "environment"), version=PRESENT), keep="health"),
    )),
    Chapter("documents", (
        Check("the welcome leads on", _get(GET_WELCOME),
              Expect(200, {"service": PRESENT, "version": Of("health", "version"), "links.openapi": PRESENT})),
        Check("the page to read and try", _get(GET_DOCS), Expect(200, contains=("swagger-ui",))),
        Check("the OpenAPI document", _get(GET_DOCUMENT),
              Expect(200, {"openapi": "3.1.0",
                           f"paths.{AUTHORIZE_PAYMENT.path}.post.operationId": AUTHORIZE_PAYMENT.name})),
        Check("the page of all refusals", _get(LIST_ERROR_PAGES),
              Expect(200, contains=(str(Code.CAPTURE_EXCEEDS_AUTHORIZED),))),
        Check("the page of one", _get(GET_ERROR_PAGE, path={"code": str(Code.IDEMPOTENCY_KEY_REUSED)}),
              Expect(200, contains=(str(Code.IDEMPOTENCY_KEY_REUSED),))),
    )),
))  # fmt: skip

PAYMENTS_SUITE: Final = Suite("payments", (
    Chapter("merchant", (
        Check("a new merchant's key is made", KeyAsk.MAKE),
        Check("the key works, and its merchant has no payments",
              Ask("GET", LIST_PAYMENTS.path, headers={"Connection": "close"}),
              Expect(200, {"data.#": 0}, within_s=_SPREAD_S, in_a_row=_SPREAD_TIMES)),
    )),
    Chapter("authorize", (
        Check("the bank approves", _authorize("order 1", reference="verify-1"),
              Expect(200, {"status": "approved", "amount": 10_00, "currency": "USD", "response_code": "00",
                           "card.last4": "4242", "auth_id": PRESENT}, _FIRST_ANSWER), keep="payment"),
        Check("a card without funds is declined", _authorize("order 2", card=_WITHOUT_FUNDS),
              _answers(status="declined", decline_code="insufficient_funds", response_code="51"), keep="declined"),
        Check("a header asks for another decline", _authorize("order 3", outcome="decline:lost_card"),
              _answers(status="declined", decline_code="lost_card")),
        Check("a part is promised where a part is taken",
              _authorize("order 4", outcome="partial:800", allow_partial=True),
              _answers(status="approved", amount=8_00, amount_requested=10_00)),
        Check("a sale is captured at once", _authorize("order 5", capture_method="automatic"),
              Expect(200, {"status": "approved", "captures.#": 1, "captures.0.amount": 10_00}), keep="sale"),
        Check("an unknown field is refused, and named", _authorize("order 6", tip=1),
              _refused(400, Code.PARAMETER_UNKNOWN, param="tip", request_id=PRESENT), keep="refused"),
    )),
    Chapter("repeat", (
        Check("the same key and body get the same bytes", _authorize("order 1", reference="verify-1"),
              Expect(200, headers=_REPLAYED, same_as="payment")),
        Check("the same key with another body is refused", _authorize("order 1", reference="verify-2"),
              _refused(422, Code.IDEMPOTENCY_KEY_REUSED)),
        Check("without a key nothing happens", _authorize(None), _refused(400, Code.IDEMPOTENCY_KEY_REQUIRED)),
    )),
    Chapter("capture", (
        Check("a part is taken", _capture("ship 1", PAYMENT, amount=4_00),
              Expect(200, {"status": "completed", "amount": 4_00, "remaining": 6_00}, _FIRST_ANSWER),
              keep="first capture"),
        Check("more than remains is refused", _capture("ship 2", PAYMENT, amount=6_01),
              _refused(409, Code.CAPTURE_EXCEEDS_AUTHORIZED, remaining=6_00)),
        Check("what remains is taken", _capture("ship 3", PAYMENT),
              _answers(status="completed", amount=6_00, remaining=0)),
        Check("nothing is taken after that", _capture("ship 4", PAYMENT),
              _refused(409, Code.ALREADY_CAPTURED, remaining=0)),
        Check("a repeated capture gets its first answer", _capture("ship 1", PAYMENT, amount=4_00),
              Expect(200, headers=_REPLAYED, same_as="first capture")),
        Check("a declined payment is not captured", _capture("ship 5", Of("declined", "auth_id")),
              _refused(409, Code.PAYMENT_DECLINED)),
    )),
    Chapter("void", (
        Check("another payment is authorized", _authorize("order 7", reference="verify-7"),
              _answers(status="approved", amount=10_00), keep="to void"),
        Check("its hold is given back", _void("cancel 7", VOIDED), _answers(status="completed", amount=10_00)),
        Check("it is not captured after that", _capture("ship 7", VOIDED), _refused(409, Code.ALREADY_VOIDED)),
    )),
    Chapter("refund", (
        Check("a part of a capture is given back", _refund("return 1", FIRST_CAPTURE, amount=1_00),
              _answers(status="completed", amount=1_00, refundable=3_00, capture_id=FIRST_CAPTURE)),
        Check("more than is left of it is refused", _refund("return 2", FIRST_CAPTURE, amount=3_01),
              _refused(409, Code.REFUND_EXCEEDS_CAPTURED)),
        Check("of two captures one must be named", _refund("return 3", PAYMENT),
              _refused(409, Code.CAPTURE_AMBIGUOUS)),
        Check("a sale is given back by its authorization", _refund("return 5", SALE),
              _answers(status="completed", amount=10_00, refundable=0,
                       capture_id=Of("sale", "captures.0.transaction_id"))),
    )),
    Chapter("look up", (
        Check("the payment tells its life", _get(GET_PAYMENT, path={"transaction_id": PAYMENT}),
              Expect(200, {"status": "partially_refunded", "captured": 10_00, "refunded": 1_00, "remaining": 0,
                           "operations.#": 4}), keep="shown"),
        Check("so it does by an operation's id", _get(GET_PAYMENT, path={"transaction_id": FIRST_CAPTURE}),
              Expect(200, same_as="shown")),
        Check("an unknown id is not found", _get(GET_PAYMENT, path={"transaction_id": "auth_" + "a" * 26}),
              _refused(404, Code.RESOURCE_NOT_FOUND)),
        Check("the list begins with the newest", _get(LIST_PAYMENTS, limit=1),
              Expect(200, {"data.#": 1, "data.0.auth_id": VOIDED, "next_cursor": PRESENT}, within_s=_INDEXED_S),
              keep="page"),
        Check("its cursor leads on", _get(LIST_PAYMENTS, limit=1, cursor=Of("page", "next_cursor")),
              Expect(200, {"data.#": 1, "data.0.auth_id": SALE}, within_s=_INDEXED_S)),
        Check("it is filtered by status", _get(LIST_PAYMENTS, status="voided"),
              Expect(200, {"data.#": 1, "data.0.auth_id": VOIDED}, within_s=_INDEXED_S)),
        Check("it is filtered by reference", _get(LIST_PAYMENTS, reference="verify-1"),
              Expect(200, {"data.#": 1, "data.0.auth_id": PAYMENT}, within_s=_INDEXED_S)),
    )),
    Chapter("webhook endpoints", (
        Check("one is made, and its secret shown", _post(CREATE_ENDPOINT, "endpoint 1", _RECEIVER),
              Expect(200, {"status": "enabled", "secret": PRESENT, "url": _RECEIVER["url"]}, _FIRST_ANSWER),
              keep="endpoint"),
        Check("the same key shows the same secret", _post(CREATE_ENDPOINT, "endpoint 1", _RECEIVER),
              Expect(200, headers=_REPLAYED, same_as="endpoint")),
        Check("no event is sent to a private network",
              _post(CREATE_ENDPOINT, "endpoint 2", {**_RECEIVER, "url": "https://169.254.169.254/"}),
              _refused(400, Code.URL_NOT_ALLOWED, param="url")),
        Check("it is listed", _get(LIST_ENDPOINTS), _answers(**{"data.#": 1, "data.0.endpoint_id": ENDPOINT})),
        Check("its secret is rotated", _of_endpoint(ROTATE_ENDPOINT, "rotation 1"),
              _answers(secret=PRESENT, previous_secret_valid_until=PRESENT)),
        Check("an event is sent to it alone", _of_endpoint(PING_ENDPOINT, "ping 1"),
              _answers(endpoint_id=ENDPOINT, event_id=PRESENT, delivery_id=PRESENT), keep="ping"),
        Check("its delivery can be watched", _get(GET_DELIVERY, path={"delivery_id": Of("ping", "delivery_id")}),
              _answers(endpoint_id=ENDPOINT, event_type="endpoint_ping")),
        Check("a refund is among the events", _get(LIST_EVENTS, type="payment_refunded", limit=1),
              Expect(200, {"data.#": 1, "data.0.id": PRESENT}, within_s=_PUBLISHED_S), keep="events"),
        Check("it is shown as it was published", _get(GET_EVENT, path={"event_id": Of("events", "data.0.id")}),
              _answers(type="payment_refunded", id=Of("events", "data.0.id"), data=PRESENT), keep="event"),
        Check("it is sent to the endpoint on request", _resend("resend 1"),
              Expect(200, {"event_id": Of("event", "id"), "deliveries.0.endpoint_id": ENDPOINT})),
        Check("its way is listed", _get(LIST_DELIVERIES, endpoint=ENDPOINT, event=Of("event", "id")),
              Expect(200, {"data.#": 1, "data.0.event_id": Of("event", "id")}, within_s=_INDEXED_S)),
        Check("all since then is sent again",
              _of_endpoint(REPLAY_ENDPOINT, "replay 1", {"since": Of("event", "timestamp")}),
              _answers(endpoint_id=ENDPOINT, planned=PRESENT)),
        Check("it is disabled", _of_endpoint(UPDATE_ENDPOINT, body={"status": "disabled"}),
              _answers(status="disabled", disabled_reason="asked")),
        Check("nothing is sent to it then", _of_endpoint(PING_ENDPOINT, "ping 2"),
              _refused(409, Code.ENDPOINT_DISABLED)),
        Check("it is enabled", _of_endpoint(ENABLE_ENDPOINT, "enabling 1"), _answers(status="enabled")),
        Check("it is deleted", _of_endpoint(DELETE_ENDPOINT), _answers(deleted=True), keep="deleted"),
        Check("again makes no difference", _of_endpoint(DELETE_ENDPOINT), Expect(200, same_as="deleted")),
        Check("it is gone", _of_endpoint(GET_ENDPOINT), _refused(404, Code.RESOURCE_NOT_FOUND)),
    )),
    Chapter("settlement", (
        Check("nothing was settled of a new merchant", _get(LIST_SETTLEMENTS),
              _answers(**{"data.#": 0, "next_cursor": None})),
        Check("a batch that took nothing of it is not there", _get(GET_SETTLEMENT, path={"batch": "2020-01-01"}),
              _refused(404, Code.RESOURCE_NOT_FOUND)),
    )),
    Chapter("gateway", (
        Check("without a key nobody gets in", Ask("GET", LIST_PAYMENTS.path, with_key=False),
              _refused(401, Code.API_KEY_INVALID)),
        Check("an unknown path is not found", Ask("GET", "/nowhere"), _refused(404, Code.RESOURCE_NOT_FOUND)),
    )),
    Chapter("request log", (
        Check("it has the refused request, and why",
              _get(GET_REQUEST, path={"request_id": Of("refused", "request_id")}),
              Expect(200, {"route": AUTHORIZE_PAYMENT.name, "status": 400, "code": str(Code.PARAMETER_UNKNOWN),
                           "param": "tip", "idempotency_key": KeyOfRun("order 6")}, within_s=_LOGGED_S)),
        Check("it lists what was refused", _get(LIST_REQUESTS, failed="true", route=CAPTURE_PAYMENT.name),
              Expect(200, {"data.0.outcome": "refused", "data.0.route": CAPTURE_PAYMENT.name}, within_s=_LOGGED_S)),
    )),
    Chapter("farewell", (
        Check("the key is revoked", KeyAsk.REVOKE),
        Check("it opens nothing any more", _get(LIST_PAYMENTS), _refused(401, Code.API_KEY_INVALID, _SPREAD_S)),
    )),
))  # fmt: skip


def suites_of(target: Target) -> tuple[Suite, ...]:
    """What is tried of a deployed sandbox: where Stripe is the sandbox itself, a donation from end to end too."""
    donations = WHOLE_DONATION_SUITE if target.is_local else DONATIONS_SUITE
    return PAGES_SUITE, PAYMENTS_SUITE, STRIPE_SUITE, donations
