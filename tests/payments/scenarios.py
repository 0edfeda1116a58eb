"""Each route's requests with their calls, and those that it refuses (`tests/support/builders/scenario.py`)."""

from collections.abc import Callable
from typing import Any

from paysandbox.aws.schema import INDEX_SHARDS
from paysandbox.core.body_limits import MAX_OPEN_BYTES
from paysandbox.core.errors import Code
from paysandbox.core.headers import OUTCOME_HEADER
from paysandbox.payments.bank.outcome import OUTCOME_ENTRY
from paysandbox.payments.payment import MAX_INCREMENTS
from paysandbox.payments.routes import (
    AUTHORIZE_PAYMENT,
    CAPTURE_PAYMENT,
    COMPLETE_CHALLENGE,
    GET_HEALTH,
    GET_PAYMENT,
    INCREMENT_PAYMENT,
    LIST_PAYMENTS,
    REFUND_PAYMENT,
    SHOW_CHALLENGE,
    VOID_PAYMENT,
)
from paysandbox.simulate.routes import SIMULATE_ACTION
from tests.support.builders import build
from tests.support.builders.build import ABSENT, DAY
from tests.support.builders.scenario import (
    CLAIM_AND_UPDATE,
    CORNER,
    KEY,
    ONE_WRITE,
    USED_AGAIN,
    USED_AGAIN_LATE,
    Given,
    Parts,
    Refusal,
    Scenario,
    payment_of_another,
    sending,
    with_key,
)
from tests.support.clients.call import Merchant, send
from tests.support.clients.challenges import CHALLENGED, FORM, challenged, place_of, url_of
from tests.support.clients.disputed import disputed, payment_of
from tests.support.clients.stripe_sdk import sdk_here
from tests.support.clients.stripe_sdk_calls import native
from tests.support.worlds.handlers import Clock


def _capture(auth_id: str, **more: Any) -> Parts:
    return with_key(build.capture_body(auth_id, **more))


def _refund(transaction_id: str, **more: Any) -> Parts:
    return with_key(build.refund_body(transaction_id, **more))


def _used_key(after: Any) -> Callable[[Merchant, Clock], Parts]:
    """Prepare an authorization with the same key, `after` ago."""

    def given(demo: Merchant, clock: Clock) -> Parts:
        demo.authorize(KEY, amount=7_00)
        clock.advance(after)
        return with_key(build.authorize_body(amount=7_00))

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
    return with_key(build.authorize_body(metadata={OUTCOME_ENTRY: outcome}, **more))


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


def _increment(outcome: str | None = None) -> Callable[[Merchant, Clock], Parts]:
    """Hold more for an authorization, with this response of the bank."""

    def given(demo: Merchant, _: Clock) -> Parts:
        parts = with_key(build.increment_body(demo.authorized()))
        return {**parts, "headers": {OUTCOME_HEADER: outcome}} if outcome else parts

    return given


def _after_increments(demo: Merchant) -> str:
    auth_id = demo.authorized()
    for _ in range(MAX_INCREMENTS):
        assert demo.increment(auth_id, 1).status == 200
    return auth_id


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


_CHALLENGED = build.card_details(number=CHALLENGED)

_INSUFFICIENT = build.card_details(number=build.INSUFFICIENT_FUNDS)

READ_AND_UPDATE = ("GetItem", "UpdateItem")

SCENARIOS = (
    # One conditional put. Two more calls are needed only if the key was used a day or more ago; if the key's first
    # payment is about to expire from the table, its retention is extended.
    Scenario("approved", AUTHORIZE_PAYMENT, ONE_WRITE, lambda *_: with_key(build.authorize_body())),
    Scenario(
        "captured at once",
        AUTHORIZE_PAYMENT,
        ONE_WRITE,
        lambda *_: with_key(build.authorize_body(capture_method="automatic")),
    ),
    Scenario(
        "declined",
        AUTHORIZE_PAYMENT,
        ONE_WRITE,
        lambda *_: with_key(build.authorize_body(card=_INSUFFICIENT)),
        outcome="declined",
    ),
    Scenario("replayed", AUTHORIZE_PAYMENT, ONE_WRITE, _used_key(DAY / 2), replayed=True),
    Scenario("key used a day ago", AUTHORIZE_PAYMENT, USED_AGAIN, _used_key(DAY)),
    Scenario("key used 89 days ago", AUTHORIZE_PAYMENT, USED_AGAIN_LATE, _used_key(89 * DAY)),
    Scenario(
        "challenged",
        AUTHORIZE_PAYMENT,
        ONE_WRITE,
        lambda *_: with_key(build.authorize_body(card=_CHALLENGED)),
        outcome="requires_action",
    ),
    # The payment is read first: what follows depends on the challenge.
    Scenario("authenticated", COMPLETE_CHALLENGE, READ_AND_UPDATE, lambda demo, _: _page_of_challenge(demo, "Y")),
    Scenario(
        "not authenticated",
        COMPLETE_CHALLENGE,
        READ_AND_UPDATE,
        lambda demo, _: _page_of_challenge(demo, "N"),
        outcome="declined",
    ),
    Scenario(
        "authenticated and captured",
        COMPLETE_CHALLENGE,
        READ_AND_UPDATE,
        lambda demo, _: _page_of_challenge(demo, "A", capture_method="automatic"),
        outcome="captured",
    ),
    Scenario("open", SHOW_CHALLENGE, ("GetItem",), lambda demo, _: _page_of_challenge(demo)),
    Scenario(
        "not answered yet",
        AUTHORIZE_PAYMENT,
        ONE_WRITE,
        lambda *_: _planned("pending:60:approve"),
        outcome="processing",
    ),
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
    # An increment must know the payment's plan, and how often it was tried: the first update returns that.
    Scenario("approved", INCREMENT_PAYMENT, CORNER, _increment(), outcome="incremented"),
    Scenario(
        "declined", INCREMENT_PAYMENT, CORNER, _increment("decline:insufficient_funds"), outcome="increment_declined"
    ),
    Scenario(
        "declined by a plan",
        INCREMENT_PAYMENT,
        CORNER,
        lambda demo, _: with_key(build.increment_body(_with_plan(demo, "increment=decline:lost_card"))),
        outcome="increment_declined",
    ),
    Scenario("all of it", VOID_PAYMENT, CLAIM_AND_UPDATE, lambda demo, _: with_key(build.void_body(demo.authorized()))),
    Scenario(
        "a challenge",
        VOID_PAYMENT,
        CORNER,
        lambda demo, _: with_key(build.void_body(challenged(demo)["auth_id"])),
    ),
    Scenario(
        "what was not captured",
        VOID_PAYMENT,
        CLAIM_AND_UPDATE,
        lambda demo, _: with_key(build.void_body(_after_capture(demo))),
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
        "that waits for its cardholder",
        GET_PAYMENT,
        ("GetItem",),
        lambda demo, _: {"path": {"transaction_id": challenged(demo)["auth_id"]}},
    ),
    Scenario("a page", LIST_PAYMENTS, ("Query",) * INDEX_SHARDS + ("BatchGetItem",), _two_payments),
    Scenario("of a card", LIST_PAYMENTS, ("Query",) * INDEX_SHARDS + ("BatchGetItem",), _of_a_card),
    Scenario(
        # Of its own, and of what else names payments.
        "by reference",
        LIST_PAYMENTS,
        ("Query",) * INDEX_SHARDS * 2 + ("BatchGetItem",),
        lambda demo, _: {"query": {"reference": demo.payment(demo.authorized(reference="r")).json["reference"]}},
    ),
    Scenario("nothing yet", LIST_PAYMENTS, ("Query",) * INDEX_SHARDS, lambda *_: {}),
    Scenario("well", GET_HEALTH, ("GetItem",), lambda *_: {}, outcome="healthy"),
)


def _authorize(**body: Any) -> Given:
    return lambda *_: {"body": build.authorize_body(**body)}


def _card(**card: Any) -> Given:
    return _authorize(card=build.card_details(**card))


def _key_of_another_body(demo: Merchant, _: Clock) -> Parts:
    demo.authorize("a-key", amount=5_00)
    return {"body": build.authorize_body(amount=5_01), "key": "a-key"}


def _opened(demo: Merchant) -> str:
    intent: Any = sdk_here(demo.name).v1.payment_intents.create({"amount": 10_00, "currency": "usd"})
    return native(intent.id)


def _declined(demo: Merchant) -> str:
    return demo.authorize(card=build.card_details(number=build.INSUFFICIENT_FUNDS)).json["auth_id"]


def _voided(demo: Merchant) -> str:
    auth_id = demo.authorized()
    demo.void(auth_id)
    return auth_id


def _captured(demo: Merchant) -> str:
    return demo.payment(demo.captured()).json["auth_id"]


def _captured_twice(demo: Merchant) -> str:
    auth_id = demo.authorized()
    demo.captured(1_00, of=auth_id)
    demo.captured(1_00, of=auth_id)
    return auth_id


def _refunded(demo: Merchant) -> str:
    capture_id = demo.captured()
    demo.refund(capture_id)
    return capture_id


def _expired(demo: Merchant, clock: Clock) -> str:
    auth_id = demo.authorized()
    clock.advance(8 * DAY)
    return auth_id


def _after_reversal(body: Callable[[str], Any]) -> Given:
    """Prepare an authorization that the card's bank has reversed."""

    def given(demo: Merchant, _: Clock) -> Parts:
        auth_id = demo.authorized()
        send(SIMULATE_ACTION, path={"object_id": auth_id, "action": "reverse"}, key=None)
        return {"body": body(auth_id)}

    return given


def _voided_challenge(demo: Merchant, _: Clock) -> Parts:
    answer = challenged(demo)
    demo.void(answer["auth_id"])
    return {"path": place_of(url_of(answer)), "body": "result=Y", "content_type": FORM}


REFUSALS = (
    Refusal(AUTHORIZE_PAYMENT, Code.AMOUNT_TOO_SMALL, _authorize(amount=0), "amount"),
    Refusal(AUTHORIZE_PAYMENT, Code.AMOUNT_TOO_LARGE, _authorize(amount=10**9), "amount"),
    Refusal(AUTHORIZE_PAYMENT, Code.AMOUNT_INVALID, _authorize(amount=1.5), "amount"),
    Refusal(AUTHORIZE_PAYMENT, Code.CURRENCY_UNSUPPORTED, _authorize(currency="XXX"), "currency"),
    Refusal(AUTHORIZE_PAYMENT, Code.PARAMETER_MISSING, _authorize(amount=ABSENT), "amount"),
    Refusal(AUTHORIZE_PAYMENT, Code.PARAMETER_UNKNOWN, _authorize(tip=1), "tip"),
    Refusal(AUTHORIZE_PAYMENT, Code.PARAMETER_INVALID, _authorize(reference=1), "reference"),
    Refusal(AUTHORIZE_PAYMENT, Code.CARD_NUMBER_INCORRECT, _card(number="4242424242424241"), "card.number"),
    Refusal(AUTHORIZE_PAYMENT, Code.CARD_EXPIRY_INVALID, _card(exp_year=2020), "card.exp_year"),
    Refusal(AUTHORIZE_PAYMENT, Code.CVC_INVALID, _card(cvc="1"), "card.cvc"),
    Refusal(AUTHORIZE_PAYMENT, Code.LIVE_CARD_IN_SANDBOX, _card(number="4539578763621486"), "card.number"),
    Refusal(
        AUTHORIZE_PAYMENT,
        Code.OUTCOME_INVALID,
        _authorize(metadata={"sandbox_outcome": "succeed"}),
        "metadata.sandbox_outcome",
    ),
    Refusal(
        REFUND_PAYMENT,
        Code.OUTCOME_INVALID,
        lambda demo, _: {"body": build.refund_body(demo.captured()), "headers": {"X-Sandbox-Outcome": "refund=soon"}},
        "X-Sandbox-Outcome",
    ),
    Refusal(AUTHORIZE_PAYMENT, Code.IDEMPOTENCY_KEY_REUSED, _key_of_another_body),
    *(
        Refusal(route, code, sending(body=body, key=key))
        for route, body in (
            (AUTHORIZE_PAYMENT, build.authorize_body()),
            (CAPTURE_PAYMENT, build.capture_body()),
            (INCREMENT_PAYMENT, build.increment_body()),
            (VOID_PAYMENT, build.void_body()),
            (REFUND_PAYMENT, build.refund_body()),
        )
        for code, key in ((Code.IDEMPOTENCY_KEY_REQUIRED, None), (Code.IDEMPOTENCY_KEY_INVALID, "k" * 256))
    ),
    Refusal(COMPLETE_CHALLENGE, Code.BODY_TOO_LARGE, sending(body="x" * (MAX_OPEN_BYTES + 1), content_type=FORM)),
    Refusal(
        CAPTURE_PAYMENT,
        Code.RESOURCE_NOT_FOUND,
        lambda *_: {"body": build.capture_body(payment_of_another())},
        claims=True,
    ),
    Refusal(
        CAPTURE_PAYMENT,
        Code.CURRENCY_MISMATCH,
        lambda demo, _: {"body": build.capture_body(demo.authorized(), currency="EUR")},
        claims=True,
    ),
    Refusal(
        CAPTURE_PAYMENT,
        Code.PAYMENT_PENDING,
        lambda demo, _: {"body": build.capture_body(_opened(demo))},
        claims=True,
    ),
    Refusal(
        CAPTURE_PAYMENT,
        Code.PAYMENT_DECLINED,
        lambda demo, _: {"body": build.capture_body(_declined(demo))},
        claims=True,
    ),
    Refusal(
        CAPTURE_PAYMENT,
        Code.PAYMENT_REQUIRES_ACTION,
        lambda demo, _: {"body": build.capture_body(challenged(demo)["auth_id"])},
        claims=True,
    ),
    Refusal(
        CAPTURE_PAYMENT,
        Code.PAYMENT_PROCESSING,
        lambda demo, _: {"body": build.capture_body(demo.asking("pending:60:approve").authorized())},
        claims=True,
    ),
    Refusal(
        CAPTURE_PAYMENT,
        Code.CAPTURE_DECLINED,
        lambda demo, _: {"body": build.capture_body(demo.asking("capture=decline:lost_card").authorized())},
        claims=True,
    ),
    Refusal(CAPTURE_PAYMENT, Code.AUTHORIZATION_REVERSED, _after_reversal(build.capture_body), claims=True),
    Refusal(VOID_PAYMENT, Code.AUTHORIZATION_REVERSED, _after_reversal(build.void_body), claims=True),
    Refusal(INCREMENT_PAYMENT, Code.AUTHORIZATION_REVERSED, _after_reversal(build.increment_body), claims=True),
    *(
        Refusal(INCREMENT_PAYMENT, code, given, claims=True)
        for code, given in (
            (Code.RESOURCE_NOT_FOUND, lambda *_: {"body": build.increment_body(payment_of_another())}),
            (
                Code.CURRENCY_MISMATCH,
                lambda demo, _: {"body": build.increment_body(demo.authorized(), currency="EUR")},
            ),
            (Code.PAYMENT_PENDING, lambda demo, _: {"body": build.increment_body(_opened(demo))}),
            (Code.PAYMENT_DECLINED, lambda demo, _: {"body": build.increment_body(_declined(demo))}),
            (
                Code.PAYMENT_REQUIRES_ACTION,
                lambda demo, _: {"body": build.increment_body(challenged(demo)["auth_id"])},
            ),
            (
                Code.PAYMENT_PROCESSING,
                lambda demo, _: {"body": build.increment_body(demo.asking("pending:60:approve").authorized())},
            ),
            (Code.ALREADY_VOIDED, lambda demo, _: {"body": build.increment_body(_voided(demo))}),
            (Code.ALREADY_CAPTURED, lambda demo, _: {"body": build.increment_body(_captured(demo))}),
            (Code.AUTHORIZATION_EXPIRED, lambda demo, clock: {"body": build.increment_body(_expired(demo, clock))}),
            (Code.PARTIALLY_CAPTURED, lambda demo, _: {"body": build.increment_body(_after_capture(demo))}),
            (Code.TOO_MANY_INCREMENTS, lambda demo, _: {"body": build.increment_body(_after_increments(demo))}),
        )
    ),
    Refusal(INCREMENT_PAYMENT, Code.AMOUNT_TOO_LARGE, sending(body=build.increment_body(amount=10**9)), "amount"),
    Refusal(
        INCREMENT_PAYMENT,
        Code.OUTCOME_INVALID,
        lambda demo, _: {"body": build.increment_body(demo.authorized()), "headers": {OUTCOME_HEADER: "late:1"}},
        OUTCOME_HEADER,
    ),
    Refusal(
        CAPTURE_PAYMENT, Code.ALREADY_VOIDED, lambda demo, _: {"body": build.capture_body(_voided(demo))}, claims=True
    ),
    Refusal(
        CAPTURE_PAYMENT,
        Code.ALREADY_CAPTURED,
        lambda demo, _: {"body": build.capture_body(_captured(demo))},
        claims=True,
    ),
    Refusal(
        CAPTURE_PAYMENT,
        Code.AUTHORIZATION_EXPIRED,
        lambda demo, clock: {"body": build.capture_body(_expired(demo, clock))},
        claims=True,
    ),
    Refusal(
        CAPTURE_PAYMENT,
        Code.CAPTURE_EXCEEDS_AUTHORIZED,
        lambda demo, _: {"body": build.capture_body(demo.authorized(10_00), amount=10_01)},
        claims=True,
    ),
    Refusal(
        VOID_PAYMENT,
        Code.RESOURCE_NOT_FOUND,
        lambda *_: {"body": build.void_body(payment_of_another())},
        claims=True,
    ),
    Refusal(VOID_PAYMENT, Code.PAYMENT_PENDING, lambda demo, _: {"body": build.void_body(_opened(demo))}, claims=True),
    Refusal(
        VOID_PAYMENT, Code.PAYMENT_DECLINED, lambda demo, _: {"body": build.void_body(_declined(demo))}, claims=True
    ),
    Refusal(VOID_PAYMENT, Code.ALREADY_VOIDED, lambda demo, _: {"body": build.void_body(_voided(demo))}, claims=True),
    Refusal(
        VOID_PAYMENT, Code.ALREADY_CAPTURED, lambda demo, _: {"body": build.void_body(_captured(demo))}, claims=True
    ),
    Refusal(
        VOID_PAYMENT,
        Code.AUTHORIZATION_EXPIRED,
        lambda demo, clock: {"body": build.void_body(_expired(demo, clock))},
        claims=True,
    ),
    Refusal(
        REFUND_PAYMENT,
        Code.RESOURCE_NOT_FOUND,
        lambda *_: {"body": build.refund_body(payment_of_another())},
        claims=True,
    ),
    Refusal(
        REFUND_PAYMENT,
        Code.CURRENCY_MISMATCH,
        lambda demo, _: {"body": build.refund_body(_captured(demo), currency="EUR")},
        claims=True,
    ),
    Refusal(
        REFUND_PAYMENT,
        Code.NOT_CAPTURED,
        lambda demo, _: {"body": build.refund_body(demo.authorized())},
        claims=True,
    ),
    Refusal(
        REFUND_PAYMENT,
        Code.CAPTURE_AMBIGUOUS,
        lambda demo, _: {"body": build.refund_body(_captured_twice(demo))},
        claims=True,
    ),
    Refusal(
        REFUND_PAYMENT,
        Code.ALREADY_REFUNDED,
        lambda demo, _: {"body": build.refund_body(_refunded(demo))},
        claims=True,
    ),
    Refusal(
        REFUND_PAYMENT,
        Code.REFUND_EXCEEDS_CAPTURED,
        lambda demo, _: {"body": build.refund_body(demo.captured(10_00), amount=10_01)},
        claims=True,
    ),
    Refusal(GET_PAYMENT, Code.RESOURCE_NOT_FOUND, lambda *_: {"path": {"transaction_id": payment_of_another()}}),
    Refusal(LIST_PAYMENTS, Code.CURSOR_INVALID, sending(query={"cursor": "x"}), "cursor"),
    Refusal(LIST_PAYMENTS, Code.PARAMETER_INVALID, sending(query={"limit": "x"}), "limit"),
    Refusal(SHOW_CHALLENGE, Code.RESOURCE_NOT_FOUND, sending(path={"challenge_id": "auth_x", "token": "x"})),
    Refusal(
        COMPLETE_CHALLENGE,
        Code.RESOURCE_NOT_FOUND,
        sending(path={"challenge_id": "auth_x", "token": "x"}, body="result=Y", content_type=FORM),
    ),
    Refusal(COMPLETE_CHALLENGE, Code.SIMULATION_NOT_ALLOWED, _voided_challenge),
    Refusal(
        REFUND_PAYMENT,
        Code.CHARGE_DISPUTED,
        lambda demo, _: {"body": build.refund_body(payment_of(disputed(demo)).id)},
        claims=True,
    ),
    Refusal(REFUND_PAYMENT, Code.FAULT_UNKNOWN, sending(headers={"X-SANDBOX-FAULT": "timeout"}), "X-Sandbox-Fault"),
)
