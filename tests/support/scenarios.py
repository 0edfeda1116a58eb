"""The requests to each handler, and the calls to the ledger that each one makes: no write is preceded by a read.

One table, for the tests that count the calls and for those that make each of them fail.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from paysandbox.aws import runtime
from paysandbox.aws.cursor import cursor_of
from paysandbox.aws.schema import INDEX_SHARDS
from paysandbox.aws.settings import HashingKeySettings, WebhookSecretSettings
from paysandbox.core.headers import OUTCOME_HEADER
from paysandbox.disputes.routes import ACCEPT_DISPUTE, GET_DISPUTE, LIST_DISPUTES, SUBMIT_EVIDENCE
from paysandbox.feed.cursor_rule import FeedCursor, cursor_text
from paysandbox.feed.feed_table import CLOCKS_DIFFER
from paysandbox.feed.routes import GET_FEED
from paysandbox.http.route import Api, Route
from paysandbox.inbox import tables as inbox_tables
from paysandbox.inbox.address import token_of
from paysandbox.inbox.inbox_table import take_number
from paysandbox.inbox.message import SHOWN
from paysandbox.inbox.routes import EMPTY_INBOX, GET_INBOX, RECEIVE_WEBHOOK, UPDATE_INBOX
from paysandbox.metrics.routes import GET_METRICS
from paysandbox.payments.bank.outcome import OUTCOME_ENTRY
from paysandbox.payments.ledger.store import get_payment
from paysandbox.payments.routes import (
    AUTHORIZE_PAYMENT,
    CAPTURE_PAYMENT,
    COMPLETE_CHALLENGE,
    GET_HEALTH,
    GET_PAYMENT,
    LIST_PAYMENTS,
    REFUND_PAYMENT,
    SHOW_CHALLENGE,
    VOID_PAYMENT,
)
from paysandbox.payments.timers import tables as timer_table, timers
from paysandbox.payments.timers.timer import timers_of
from paysandbox.postings.routes import LIST_POSTINGS
from paysandbox.request_log import tables as request_log_table
from paysandbox.request_log.routes import GET_REQUEST, LIST_REQUESTS
from paysandbox.request_log.table import put_records
from paysandbox.settlement.routes import GET_SETTLEMENT, LIST_SETTLEMENTS
from paysandbox.simulate.routes import (
    GET_SETTINGS,
    GET_SIMULATION,
    LIST_SIMULATIONS,
    SIMULATE_ACTION,
    UPDATE_SETTINGS,
)
from paysandbox.webhooks.delivery import Delivery
from paysandbox.webhooks.routes import (
    GET_DELIVERY,
    GET_EVENT,
    LIST_DELIVERIES,
    LIST_EVENTS,
    REPLAY_ENDPOINT,
    RESEND_EVENT,
)
from tests.support import build, settled, webhook_records
from tests.support.build import DAY
from tests.support.call import Merchant, Reply, send
from tests.support.challenges import CHALLENGED, FORM, challenged, place_of, url_of
from tests.support.disputed import disputed, evidence, payment_of, simulate
from tests.support.handlers import Clock
from tests.support.stripe_merchant import StripeMerchant

KEY = "the-key"

READS = frozenset({"BatchGetItem", "GetItem", "GetParameter", "Query"})
"""The calls that change nothing."""

_SECRETS = frozenset({HashingKeySettings, WebhookSecretSettings})

Parts = Mapping[str, Any]


@dataclass(frozen=True)
class Scenario:
    """A request to a route. `given` prepares the ledger and returns the request's parts.

    `calls` are the AWS calls that the request makes. `replayed`: the request was sent before, so the stored response is
    returned. `side_by_side`: threads make some of the calls, so that their order varies. `reads_secrets`: the request
    needs the secrets that its route is configured with.
    """

    name: str
    route: Route
    calls: tuple[str, ...]
    given: Callable[[Merchant, Clock], Parts]
    replayed: bool = False
    status: int = 200
    side_by_side: bool = False
    reads_secrets: bool = True

    @property
    def secrets(self) -> tuple[str, ...]:
        """The calls that read the route's secrets, in a new execution environment."""
        return ("GetParameter",) * len(_SECRETS & {*self.route.settings}) * self.reads_secrets

    @property
    def sequence(self) -> tuple[str, ...]:
        """The calls in their order, and the route if it writes: a repeated read does nothing twice, on any route."""
        calls = tuple(sorted(self.calls)) if self.side_by_side else self.calls
        return (*self.secrets, *calls) if {*calls} <= READS else (self.route.name, *self.secrets, *calls)

    def ask(self, parts: Parts) -> Reply:
        """Send the request in the format of the route's API."""
        return StripeMerchant().ask(self.route, **parts) if self.route.api is Api.V1 else send(self.route, **parts)

    def __str__(self) -> str:
        return f"{self.route.name}: {self.name}"


def _settled(parts: Parts, *, reports: bool = True) -> Callable[[Merchant, Clock], Parts]:
    """Prepare a batch. The links to its reports change with time."""

    def given(demo: Merchant, _: Clock) -> Parts:
        settled.statement(settled.batch("2026-11-16"), demo.name, USD=(10_00, 2_00, 59), reports=reports)
        return parts

    return given


# Keyword parts of a request, for the table's one-line entries.
def _webhook() -> Parts:
    return {"path": {"token": token_of(build.MERCHANT)}, "body": "{}"}


def _received(parts: Parts) -> Callable[[Merchant, Clock], Parts]:
    """Return a step that puts a webhook into the merchant's inbox, then sends a request with these parts."""

    def given(demo: Merchant, clock: Clock) -> Parts:
        send(RECEIVE_WEBHOOK, **_webhook())
        return parts

    return given


def _as_many_webhooks_as_are_shown(demo: Merchant, _: Clock) -> Parts:
    for _number in range(SHOWN):
        take_number(inbox_tables.inbox(), demo.name)
    return _webhook()


def _body(body: Any) -> Parts:
    return {"body": body, "key": KEY}


def _capture(auth_id: str, **more: Any) -> Parts:
    return _body(build.capture_body(auth_id, **more))


def _refund(transaction_id: str, **more: Any) -> Parts:
    return _body(build.refund_body(transaction_id, **more))


def _used_key(after: Any) -> Callable[[Merchant, Clock], Parts]:
    """Prepare an authorization with the same key, `after` ago."""

    def given(demo: Merchant, clock: Clock) -> Parts:
        demo.authorize(KEY, amount=7_00)
        clock.advance(after)
        return _body(build.authorize_body(amount=7_00))

    return given


def _after_refund_by_authorization(ask: Callable[[str, str], Parts]) -> Callable[[Merchant, Clock], Parts]:
    """Prepare a payment of 10.00, of which 6.00 is captured and 1.00 refunded by the authorization's ID."""

    def given(demo: Merchant, clock: Clock) -> Parts:
        auth_id = demo.authorized()
        capture_id = demo.captured(6_00, of=auth_id)
        demo.refunded(auth_id, 1_00)
        return ask(auth_id, capture_id)

    return given


def _planned(outcome: str, **more: Any) -> Parts:
    """An authorization with an outcome that takes time, or a plan for what follows."""
    return _body(build.authorize_body(metadata={OUTCOME_ENTRY: outcome}, **more))


def _with_plan(demo: Merchant, outcome: str) -> str:
    return demo.authorized(metadata={OUTCOME_ENTRY: outcome})


def _pending_refund(outcome: str, *, again: bool = False) -> Callable[[Merchant, Clock], Parts]:
    """Refund part of a capture with this outcome. `again`: another refund of it is pending already."""

    def given(demo: Merchant, _: Clock) -> Parts:
        capture_id = demo.captured()
        if again:
            demo.asking(outcome).refunded(capture_id, 1_00)
        return {**_refund(capture_id, amount=3_00), "headers": {OUTCOME_HEADER: outcome}}

    return given


def _after_capture(demo: Merchant) -> str:
    auth_id = demo.authorized()
    demo.captured(4_00, of=auth_id)
    return auth_id


def _page_of_challenge(demo: Merchant, result: str | None = None, **body: Any) -> Parts:
    """Prepare a challenge. The request opens its page, or answers it with `result`."""
    page = {"path": place_of(url_of(challenged(demo, **body)))}
    return page if result is None else {**page, "body": f"result={result}", "content_type": FORM}


def _two_payments(demo: Merchant, clock: Clock) -> Parts:
    demo.authorized()
    demo.captured()
    return {"query": {"limit": "1"}}


def _of_a_card(demo: Merchant, clock: Clock) -> Parts:
    return {"query": {"card_id": demo.payment(demo.authorized()).json["card"]["card_id"]}}


def _kept_requests(ask: Parts) -> Callable[[Merchant, Clock], Parts]:
    """Put two requests of `demo` into the log."""

    def given(demo: Merchant, clock: Clock) -> Parts:
        put_records(request_log_table.request_log(), [build.request_record(number) for number in (1, 2)])
        return ask

    return given


def followed_feed(demo: Merchant, _: Clock) -> Parts:
    """Return a cursor from a clock that is ahead as far as the reader looks, so that both are in the same hour.

    A read leaves such a cursor as it is.
    """
    cursor = FeedCursor(runtime.wall_now() + CLOCKS_DIFFER)
    return {"query": {"after": cursor_of(cursor_text(cursor), ("get_feed", demo.name))}}


def _on_its_way(ask: Callable[[Delivery], Parts]) -> Callable[[Merchant, Clock], Parts]:
    """Prepare two events. One has a failed delivery to an endpoint, the other has no delivery yet."""

    def given(demo: Merchant, clock: Clock) -> Parts:
        clock.advance(30 * DAY)  # later than these Mondays, whatever the wall clock says
        to = webhook_records.endpoint(1)
        webhook_records.make_queues()
        webhook_records.put(to)
        given_up = webhook_records.failed(webhook_records.happened(1), to)
        webhook_records.happened(2)
        return ask(given_up)

    return given


def _resend(delivery: Delivery) -> Parts:
    return {"path": {"event_id": delivery.event_id}, **_body({"endpoint_id": delivery.endpoint_id})}


def _resend_one_that_never_was(_: Delivery) -> Parts:
    return {"path": {"event_id": webhook_records.happened(2).id}, **_body({})}


def _replay(delivery: Delivery, **more: Any) -> Parts:
    return {"path": {"endpoint_id": delivery.endpoint_id}, **_body({"since": "2026-11-16T09:00:00Z"} | more)}


_CHALLENGED = build.card_details(number=CHALLENGED)


def _simulated(outcome: str, action: str, **arguments: Any) -> Callable[[Merchant, Clock], Parts]:
    """Prepare a payment with this outcome, to which the action happens."""

    def given(demo: Merchant, _: Clock) -> Parts:
        auth_id = demo.asking(outcome).authorize().json["auth_id"]
        return {"path": {"object_id": auth_id, "action": action}, **_body(arguments)}

    return given


def _waiting(demo: Merchant, _: Clock) -> Parts:
    auth_id = demo.asking("late:60").authorize().json["auth_id"]
    payment = get_payment(runtime.ledger(), auth_id)
    assert payment is not None
    timers.store_timers(timer_table.table(), timers_of(payment))
    return {"query": {"waiting": "true"}}


def _simulated_of_capture(action: str) -> Callable[[Merchant, Clock], Parts]:
    return lambda demo, _: {"path": {"object_id": demo.captured(), "action": action}, **_body({})}


def _simulated_of_refund(action: str) -> Callable[[Merchant, Clock], Parts]:
    def given(demo: Merchant, _: Clock) -> Parts:
        return {"path": {"object_id": demo.refunded(demo.captured(), 4_00), "action": action}, **_body({})}

    return given


_EVIDENCE = {"receipt": "file_1", "uncategorized_text": "winning_evidence"}


def _disputed(body: Any = None, *drafts: Mapping[str, str], **arguments: Any) -> Callable[[Merchant, Clock], Parts]:
    """Prepare a dispute with drafts of evidence, to which a body is sent."""

    def given(demo: Merchant, _: Clock) -> Parts:
        dispute_id = disputed(demo, **arguments)
        for draft in drafts:
            evidence(dispute_id, draft)
        sent = _body(body) if body is not None else {"key": KEY}
        return {"path": {"dispute_id": dispute_id}, **sent}

    return given


def _contested(demo: Merchant, _: Clock) -> Parts:
    """Prepare a dispute that was won with evidence, and that the bank contests."""
    dispute_id = disputed(demo)
    evidence(dispute_id, {"receipt": "file_0"}, submit=True)
    simulate(dispute_id, "win")
    simulate(dispute_id, "escalate")
    return {"path": {"dispute_id": dispute_id}, **_body({"evidence": _EVIDENCE, "submit": True})}


def _dispute_of_payment(demo: Merchant, _: Clock) -> Parts:
    return {"query": {"auth_id": payment_of(disputed(demo)).id}}


def _listed_dispute(demo: Merchant, _: Clock) -> Parts:
    disputed(demo)
    return {}


_INSUFFICIENT = build.card_details(number=build.INSUFFICIENT_FUNDS)

ONE_WRITE = ("PutItem",)
USED_AGAIN = ("PutItem", "PutItem", "PutItem")
USED_AGAIN_LATE = ("PutItem", "UpdateItem", "PutItem", "PutItem")
CLAIM_AND_UPDATE = ("PutItem", "UpdateItem")
READ_AND_UPDATE = ("GetItem", "UpdateItem")
CORNER = ("PutItem", "UpdateItem", "UpdateItem")
CLAIM_AND_LOOK = ("PutItem", "GetItem")
CLAIM_READ_AND_UPDATE = ("PutItem", "GetItem", "UpdateItem")
CLAIM_LOOK_AND_SAVE = ("PutItem", "BatchGetItem", "UpdateItem")
SEAL_AND_SUBMIT = (*CLAIM_LOOK_AND_SAVE, "UpdateItem")
A_PAGE = ("Query",) * INDEX_SHARDS + ("BatchGetItem",)
# Deliveries of events, and those with an entry of their own: the keys of both, then the items of both.
A_MERGED_PAGE = ("Query",) * (2 * INDEX_SHARDS) + ("BatchGetItem",) * 2
OPENED_AND_MADE = ("UpdateItem", "UpdateItem", "PutItem")

SCENARIOS = (
    # One conditional put. Two more calls are needed only if the key was used a day or more ago; if the key's first
    # payment is about to expire from the table, its retention is extended.
    Scenario("approved", AUTHORIZE_PAYMENT, ONE_WRITE, lambda *_: _body(build.authorize_body())),
    Scenario(
        "captured at once",
        AUTHORIZE_PAYMENT,
        ONE_WRITE,
        lambda *_: _body(build.authorize_body(capture_method="automatic")),
    ),
    Scenario("declined", AUTHORIZE_PAYMENT, ONE_WRITE, lambda *_: _body(build.authorize_body(card=_INSUFFICIENT))),
    Scenario("replayed", AUTHORIZE_PAYMENT, ONE_WRITE, _used_key(DAY / 2), replayed=True),
    Scenario("key used a day ago", AUTHORIZE_PAYMENT, USED_AGAIN, _used_key(DAY)),
    Scenario("key used 89 days ago", AUTHORIZE_PAYMENT, USED_AGAIN_LATE, _used_key(89 * DAY)),
    Scenario("challenged", AUTHORIZE_PAYMENT, ONE_WRITE, lambda *_: _body(build.authorize_body(card=_CHALLENGED))),
    # The payment is read first: what follows depends on the challenge.
    Scenario("authenticated", COMPLETE_CHALLENGE, READ_AND_UPDATE, lambda demo, _: _page_of_challenge(demo, "Y")),
    Scenario("not authenticated", COMPLETE_CHALLENGE, READ_AND_UPDATE, lambda demo, _: _page_of_challenge(demo, "N")),
    Scenario(
        "authenticated and captured",
        COMPLETE_CHALLENGE,
        READ_AND_UPDATE,
        lambda demo, _: _page_of_challenge(demo, "A", capture_method="automatic"),
    ),
    Scenario("open", SHOW_CHALLENGE, ("GetItem",), lambda demo, _: _page_of_challenge(demo)),
    Scenario("not answered yet", AUTHORIZE_PAYMENT, ONE_WRITE, lambda *_: _planned("pending:60:approve")),
    Scenario("with a plan", AUTHORIZE_PAYMENT, ONE_WRITE, lambda *_: _planned("expire:60,capture=fail")),
    Scenario(
        "captured, with a plan",
        AUTHORIZE_PAYMENT,
        ONE_WRITE,
        lambda *_: _planned("capture=late:2,fraud_warning", capture_method="automatic"),
    ),
    # An idempotency record, and one conditional update.
    Scenario("part", CAPTURE_PAYMENT, CLAIM_AND_UPDATE, lambda demo, _: _capture(demo.authorized(), amount=4_00)),
    Scenario("what remains", CAPTURE_PAYMENT, CLAIM_AND_UPDATE, lambda demo, _: _capture(_after_capture(demo))),
    Scenario(
        "final",
        CAPTURE_PAYMENT,
        CLAIM_AND_UPDATE,
        lambda demo, _: _capture(demo.authorized(), amount=4_00, final=True),
    ),
    Scenario(
        "second, after a refund by the authorization's id",
        CAPTURE_PAYMENT,
        CORNER,
        _after_refund_by_authorization(lambda auth_id, _: _capture(auth_id, amount=2_00)),
    ),
    # A capture must know the plan of a payment that has one.
    Scenario(
        "by a plan", CAPTURE_PAYMENT, CORNER, lambda demo, _: _capture(_with_plan(demo, "capture=fail,fraud_warning"))
    ),
    Scenario("late by a plan", CAPTURE_PAYMENT, CORNER, lambda demo, _: _capture(_with_plan(demo, "capture=late:2"))),
    Scenario("all of it", VOID_PAYMENT, CLAIM_AND_UPDATE, lambda demo, _: _body(build.void_body(demo.authorized()))),
    Scenario(
        "a challenge",
        VOID_PAYMENT,
        CORNER,
        lambda demo, _: _body(build.void_body(challenged(demo)["auth_id"])),
    ),
    Scenario(
        "what was not captured",
        VOID_PAYMENT,
        CLAIM_AND_UPDATE,
        lambda demo, _: _body(build.void_body(_after_capture(demo))),
    ),
    Scenario(
        "part of a capture", REFUND_PAYMENT, CLAIM_AND_UPDATE, lambda demo, _: _refund(demo.captured(), amount=3_00)
    ),
    Scenario("all of a capture", REFUND_PAYMENT, CLAIM_AND_UPDATE, lambda demo, _: _refund(demo.captured())),
    Scenario(
        "by the authorization's id",
        REFUND_PAYMENT,
        CLAIM_AND_UPDATE,
        lambda demo, _: _refund(_after_capture(demo), amount=1_00),
    ),
    Scenario(
        "all of a capture, after a refund by the authorization's id",
        REFUND_PAYMENT,
        CORNER,
        _after_refund_by_authorization(lambda _, capture_id: _refund(capture_id)),
    ),
    # How many updates of refunds are left is known only to the stored payment, which the first update returns.
    Scenario("pending", REFUND_PAYMENT, CORNER, _pending_refund("refund=pending")),
    Scenario("pending, and not the first", REFUND_PAYMENT, CORNER, _pending_refund("refund=pending", again=True)),
    Scenario(
        "pending by the payment's plan",
        REFUND_PAYMENT,
        CORNER,
        lambda demo, _: _refund(demo.captured(10_00, of=_with_plan(demo, "refund=pending"))),
    ),
    Scenario("that will fail", REFUND_PAYMENT, CLAIM_AND_UPDATE, _pending_refund("refund=fail")),
    # Reads.
    Scenario(
        "by a capture's id",
        GET_PAYMENT,
        ("GetItem",),
        lambda demo, _: {"path": {"transaction_id": demo.captured()}},
        reads_secrets=False,
    ),
    Scenario(
        "of a refund",
        LIST_POSTINGS,
        ("GetItem",),
        lambda demo, _: {"path": {"transaction_id": demo.refunded(demo.captured(), 1_00)}},
    ),
    Scenario(
        "that waits for its cardholder",
        GET_PAYMENT,
        ("GetItem",),
        lambda demo, _: {"path": {"transaction_id": challenged(demo)["auth_id"]}},
    ),
    Scenario("a page", LIST_PAYMENTS, ("Query",) * INDEX_SHARDS + ("BatchGetItem",), _two_payments),
    Scenario("of a card", LIST_PAYMENTS, ("Query",) * INDEX_SHARDS + ("BatchGetItem",), _of_a_card),
    Scenario(
        "by reference",
        LIST_PAYMENTS,
        ("Query",) * INDEX_SHARDS + ("BatchGetItem",),
        lambda demo, _: {"query": {"reference": demo.payment(demo.authorized(reference="r")).json["reference"]}},
    ),
    Scenario("nothing yet", LIST_PAYMENTS, ("Query",) * INDEX_SHARDS, lambda *_: {}),
    Scenario("kept", GET_REQUEST, ("GetItem",), _kept_requests({"path": {"request_id": "request-1"}})),
    Scenario(
        "a page",
        LIST_REQUESTS,
        ("Query",) * INDEX_SHARDS + ("BatchGetItem",),
        _kept_requests({"query": {"failed": "true"}}),
    ),
    # A query for each hour since the cursor: a client that follows the feed has one or two.
    Scenario("followed", GET_FEED, ("Query",), followed_feed),
    # A query for each hour. The last hour and the running minute are always in two.
    Scenario("of an hour", GET_METRICS, ("Query",) * 2, lambda *_: {}),
    # Simulated steps: an idempotency record, a read of the payment, since the step depends on it, and one update.
    Scenario("the bank approves late", SIMULATE_ACTION, CLAIM_READ_AND_UPDATE, _simulated("late:60", "approve")),
    Scenario("the hold expires", SIMULATE_ACTION, CLAIM_READ_AND_UPDATE, _simulated("approve", "expire")),
    Scenario("part is reversed", SIMULATE_ACTION, CLAIM_READ_AND_UPDATE, _simulated("approve", "reverse", amount=4_00)),
    Scenario("a capture fails", SIMULATE_ACTION, CLAIM_READ_AND_UPDATE, _simulated_of_capture("fail")),
    Scenario("a refund fails", SIMULATE_ACTION, CLAIM_READ_AND_UPDATE, _simulated_of_refund("fail")),
    Scenario("of a capture", GET_SIMULATION, ("GetItem",), lambda demo, _: {"path": {"object_id": demo.captured()}}),
    Scenario("what waits", LIST_SIMULATIONS, A_PAGE, _waiting),
    Scenario("defaults", GET_SETTINGS, ("GetItem",), lambda *_: {}),
    Scenario("manual", UPDATE_SETTINGS, ("UpdateItem",), lambda *_: {"body": {"simulation": "manual"}}),
    Scenario("nothing to change", UPDATE_SETTINGS, ("GetItem",), lambda *_: {"body": {}}),
    # Disputes. Their state is the payment's, and a submission is sealed in the evidence's row before it is recorded.
    Scenario("a page", LIST_DISPUTES, A_PAGE, _listed_dispute),
    Scenario("of a payment", LIST_DISPUTES, ("GetItem",), _dispute_of_payment),
    Scenario("with evidence", GET_DISPUTE, ("BatchGetItem",), _disputed(None, _EVIDENCE)),
    Scenario("submission", SUBMIT_EVIDENCE, SEAL_AND_SUBMIT, _disputed({"evidence": _EVIDENCE, "submit": True})),
    Scenario("draft", SUBMIT_EVIDENCE, CLAIM_LOOK_AND_SAVE, _disputed({"evidence": _EVIDENCE})),
    Scenario("second draft", SUBMIT_EVIDENCE, CLAIM_LOOK_AND_SAVE, _disputed({"evidence": {"receipt": ""}}, _EVIDENCE)),
    Scenario("submission of a draft", SUBMIT_EVIDENCE, SEAL_AND_SUBMIT, _disputed({"submit": True}, _EVIDENCE)),
    Scenario(
        "without a row",
        SUBMIT_EVIDENCE,
        SEAL_AND_SUBMIT,
        _disputed({"evidence": _EVIDENCE, "submit": True}, stored=False),
    ),
    Scenario("pre-arbitration", SUBMIT_EVIDENCE, SEAL_AND_SUBMIT, _contested),
    Scenario("chargeback", ACCEPT_DISPUTE, CLAIM_READ_AND_UPDATE, _disputed()),
    # Events and deliveries. The pending ones depend on the merchant's endpoints, which take one read.
    Scenario("a page", LIST_EVENTS, A_PAGE, _on_its_way(lambda _: {})),
    Scenario(
        "with its deliveries",
        GET_EVENT,
        ("GetItem", "GetItem", *A_PAGE),
        _on_its_way(lambda delivery: {"path": {"event_id": delivery.event_id}}),
    ),
    Scenario("a page", LIST_DELIVERIES, ("GetItem", *A_MERGED_PAGE), _on_its_way(lambda _: {})),
    Scenario(
        "of an event to an endpoint",
        LIST_DELIVERIES,
        ("GetItem", "GetItem", *A_MERGED_PAGE),
        _on_its_way(lambda one: {"query": {"event": one.event_id, "endpoint": one.endpoint_id, "status": "failed"}}),
    ),
    Scenario(
        "given up",
        GET_DELIVERY,
        ("GetItem", "GetItem"),
        _on_its_way(lambda delivery: {"path": {"delivery_id": delivery.id}}),
    ),
    # An idempotency record, the event and the endpoints; then a conditional update and a message per delivery.
    Scenario(
        "given up",
        RESEND_EVENT,
        (*CLAIM_AND_LOOK, "GetItem", "UpdateItem", "SendMessageBatch"),
        _on_its_way(_resend),
    ),
    Scenario(
        "never planned",
        RESEND_EVENT,
        (*CLAIM_AND_LOOK, "GetItem", "UpdateItem", "PutItem", "SendMessageBatch"),
        _on_its_way(_resend_one_that_never_was),
    ),
    Scenario(
        "one opened, one made",
        REPLAY_ENDPOINT,
        (*CLAIM_AND_LOOK, *A_PAGE, *OPENED_AND_MADE, "SendMessageBatch"),
        _on_its_way(_replay),
        side_by_side=True,
    ),
    Scenario(
        "what failed",
        REPLAY_ENDPOINT,
        (*CLAIM_AND_LOOK, *A_PAGE, "BatchGetItem", *OPENED_AND_MADE, "SendMessageBatch"),
        _on_its_way(lambda delivery: _replay(delivery, only_failed=True)),
        side_by_side=True,
    ),
    # Inboxes: one write counts a webhook and returns how to answer it.
    Scenario("a webhook", RECEIVE_WEBHOOK, ("GetItem", "UpdateItem", "PutItem"), lambda *_: _webhook()),
    Scenario(
        "that replaces the oldest",
        RECEIVE_WEBHOOK,
        ("GetItem", "UpdateItem", "DeleteItem", "PutItem"),
        _as_many_webhooks_as_are_shown,
    ),
    Scenario("empty", GET_INBOX, ("GetItem",), lambda *_: {}),
    Scenario("with a webhook", GET_INBOX, ("GetItem", "Query"), _received({})),
    Scenario("another answer", UPDATE_INBOX, ("UpdateItem",), lambda *_: _body({"answer": "500"})),
    Scenario("already empty", EMPTY_INBOX, ("UpdateItem",), lambda *_: {}),
    Scenario("with a webhook", EMPTY_INBOX, ("UpdateItem", "BatchWriteItem"), _received({})),
    # Settlements: a merchant's batches are in one partition of an index.
    Scenario("a page", LIST_SETTLEMENTS, ("Query", "BatchGetItem"), _settled({})),
    Scenario(
        "before its reports",
        GET_SETTLEMENT,
        ("GetItem", "GetItem", "Query"),
        _settled({"path": {"batch": "2026-11-16"}}, reports=False),
    ),
    Scenario(
        "with reports", GET_SETTLEMENT, ("GetItem", "GetItem", "Query"), _settled({"path": {"batch": "2026-11-16"}})
    ),
    Scenario("well", GET_HEALTH, ("GetItem",), lambda *_: {}),
)
