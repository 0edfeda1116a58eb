"""Idempotency as Stripe documents it: a key is shared by all routes, and a refusal is permanent.

An operation and its refusal never both exist, however many requests race and wherever a process dies.
"""

import inspect
import itertools
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from payments import expire_payments
from paysandbox.aws import runtime
from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.aws.hashing_keys import hashing_keys
from paysandbox.core.errors import Refused
from paysandbox.http.request import headers_of
from paysandbox.http.route import Route
from paysandbox.payments.audit_scan import TableAudit
from paysandbox.payments.ledger.refusals import MAX_STORED
from paysandbox.payments.ledger.store import get_payment
from paysandbox.stripe_api import protocol as stripe_http
from paysandbox.stripe_api.routes import (
    CANCEL_PAYMENT_INTENT,
    CAPTURE_PAYMENT_INTENT,
    CONFIRM_PAYMENT_INTENT,
    CREATE_PAYMENT_INTENT,
    CREATE_PAYMENT_METHOD,
    CREATE_REFUND,
    CREATE_WEBHOOK_ENDPOINT,
    GET_CHARGE,
    GET_PAYMENT_INTENT,
    GET_PAYMENT_METHOD,
    LIST_CHARGES,
    LIST_PAYMENT_INTENTS,
    UPDATE_PAYMENT_INTENT,
)
from tests.stripe_api.handlers import stripe_ledger_calls
from tests.support.builders import build
from tests.support.builders.build import DAY, HOUR
from tests.support.clients.call import Context, Merchant
from tests.support.clients.stripe_call import StripeReply, stripe_event, stripe_send
from tests.support.clients.stripe_merchant import TYPED, URL, VISA, StripeMerchant
from tests.support.tools.tiers import full_but
from tests.support.worlds import aws_transport as on_the_wire, table_snapshot, tables
from tests.support.worlds.aws_transport import Fault, Killed, Wire
from tests.support.worlds.handlers import Clock
from tests.support.worlds.webhook_workers import LONG

KEY = "the-key"
MANY = 50


def ask_capture(auth_id: str, key: str | None = KEY, **body: Any) -> StripeReply:
    return stripe_send(stripe_ledger_calls.capture, CAPTURE_PAYMENT_INTENT, body, key=key, path={"intent": pi(auth_id)})


def ask_refund(auth_id: str, key: str | None = KEY, **body: Any) -> StripeReply:
    return stripe_send(stripe_ledger_calls.refund, CREATE_REFUND, {"payment_intent": pi(auth_id), **body}, key=key)


def ask_create(key: str | None = KEY, **body: Any) -> StripeReply:
    return stripe_send(
        stripe_ledger_calls.create, CREATE_PAYMENT_INTENT, {"amount": 10_00, "currency": "usd", **body}, key=key
    )


def ask_confirm(intent: str, key: str | None = KEY, **parts: Any) -> StripeReply:
    return stripe_send(stripe_ledger_calls.confirm, CONFIRM_PAYMENT_INTENT, key=key, path={"intent": intent}, **parts)


def ask_card(key: str | None = KEY) -> StripeReply:
    return StripeMerchant().post(CREATE_PAYMENT_METHOD, key=key, type="card", card=TYPED)


def ask_endpoint(key: str | None = KEY) -> StripeReply:
    return StripeMerchant().post(CREATE_WEBHOOK_ENDPOINT, key=key, url=URL, enabled_events=["*"])


def pi(auth_id: str) -> str:
    return auth_id.replace("auth_", "pi_")


def kept(ledger: Ledger) -> list[str]:
    """Return the attributes that store refusals, of all payments."""
    return [name for item in tables.items(ledger).values() for name in item if name.startswith("refused_")]


def check_never_both(ledger: Ledger) -> None:
    for item in tables.items(ledger).values():
        # The first operation has the payment's own ID.
        done = {
            entry["M"].get("id", item["transaction_id"])["S"][-10:] for entry in item.get("operations", {"L": []})["L"]
        }
        assert not done & {name.removeprefix("refused_") for name in item if name.startswith("refused_")}


# --- one key, one meaning ---------------------------------------------------------------------------------------------


def test_an_answer_is_repeated(demo: Merchant) -> None:
    auth_id = demo.authorized(10_00)
    asks: list[Callable[[], StripeReply]] = [
        lambda: ask_create("create"),
        lambda: ask_capture(auth_id, "capture", amount_to_capture=4_00),
        lambda: ask_refund(auth_id, "refund", amount=1_00),
    ]
    for ask in asks:
        first, again = ask(), ask()
        assert (first.status, first.replayed) == (200, False), first.text
        assert (again.status, again.replayed, again.text) == (200, True, first.text)


@pytest.mark.full
def test_another_request_under_the_key_is_an_idempotency_error(demo: Merchant, ledger: Ledger) -> None:
    """The first request determines the key's meaning; other parameters, another path or another route are refused."""
    auth_id, other = demo.authorized(10_00), demo.authorized(10_00)
    asks: list[Callable[[], StripeReply]] = [
        ask_create,
        lambda: ask_create(amount=11_00),
        lambda: ask_capture(auth_id),
        lambda: ask_capture(other),
        lambda: ask_capture(auth_id, amount_to_capture=1_00),
        lambda: ask_refund(auth_id),
        ask_card,
        ask_endpoint,
    ]
    empty = table_snapshot.take()
    for first in asks:
        table_snapshot.put_back(empty)
        before = first()
        held = tables.items(ledger)
        for ask in asks:
            if ask is first:
                continue
            reply = ask()
            assert (reply.status, reply.error["type"], reply.replayed) == (400, "idempotency_error", False)
        assert tables.items(ledger) == held
        assert first().text == before.text


def test_a_key_is_of_one_merchant_and_of_this_api(demo: Merchant) -> None:
    native = demo.authorize(KEY).json["auth_id"]
    intent = ask_create().json["id"]
    foreign = stripe_send(
        stripe_ledger_calls.create, CREATE_PAYMENT_INTENT, {"amount": 5, "currency": "usd"}, key=KEY, merchant="globex"
    )
    assert len({native, intent, foreign.json["id"]}) == 3


@pytest.mark.full
def test_a_key_is_free_after_a_day_for_any_request(demo: Merchant, clock: Clock) -> None:
    """Any request may follow any other, and the new one binds the key for a day as well."""
    auth_id = ""
    asks: list[Callable[[], StripeReply]] = [ask_create, lambda: ask_capture(auth_id), ask_card, ask_endpoint]
    for first, second in itertools.product(asks, asks):
        table_snapshot.put_back(table_snapshot.EMPTY)
        auth_id = demo.authorized(10_00)
        before = first()
        clock.advance(DAY - HOUR)
        reply = second()
        assert (reply.status, reply.text == before.text) == ((200, True) if second is first else (400, False))
        clock.advance(HOUR)
        after = second()
        assert not after.replayed
        clock.advance(DAY - HOUR)
        again = second()
        assert (again.replayed, again.text) == (True, after.text)
        assert second is first or first().error["type"] == "idempotency_error"


def test_a_key_makes_one_payment_a_day_however_often_it_is_used(demo: Merchant, clock: Clock) -> None:
    """This holds even if the first payment's removal is postponed: it is the link to the later ones."""
    made: list[str] = []
    for pause in (DAY, 88 * DAY, DAY, 2 * DAY, DAY):
        first, again = ask_create(), ask_create()
        assert (first.replayed, again.replayed, again.text) == (False, True, first.text)
        made.append(first.json["id"])
        clock.advance(pause)
    assert len(set(made)) == len(made)


def test_a_payment_that_is_about_to_be_removed_keeps_its_key(demo: Merchant, ledger: Ledger, clock: Clock) -> None:
    """Otherwise another request's idempotency record beside it could no longer be found, and it would be repeated."""
    auth_id = demo.authorized(10_00)
    ask_create()
    # An hour early, since a test takes some seconds.
    clock.advance(build.RETENTION - 2 * DAY - HOUR)
    assert ask_card().status == 200
    clock.advance(DAY + HOUR)
    held = tables.items(ledger)
    for ask in (ask_card, lambda: ask_capture(auth_id)):
        assert ask().error["type"] == "idempotency_error"
    assert tables.items(ledger) == held


def test_an_idempotency_record_is_not_found_as_a_payment(demo: Merchant, ledger: Ledger, clock: Clock) -> None:
    """A claim has the id of the payment that its key did not create. It cannot be retrieved or operated on."""
    ask_card()
    ((place, held),) = tables.items(ledger).items()
    body = place.removeprefix("auth_")
    native = [
        demo.payment(place),
        demo.capture(place, amount=1),
        demo.void(place),
        demo.refund(place),
        demo.refund(f"cap_{body}{'a' * 10}"),
    ]
    assert {reply.status for reply in native} == {404}
    asks: list[tuple[Route, str | None, dict[str, Any]]] = [
        (GET_PAYMENT_INTENT, pi(place), {}),
        (UPDATE_PAYMENT_INTENT, pi(place), {"amount": 1_00}),
        (CONFIRM_PAYMENT_INTENT, pi(place), {"payment_method": VISA}),
        (CAPTURE_PAYMENT_INTENT, pi(place), {}),
        (CANCEL_PAYMENT_INTENT, pi(place), {}),
        (CREATE_REFUND, None, {"payment_intent": pi(place)}),
        (CREATE_REFUND, None, {"charge": f"ch_{body}"}),
        (GET_CHARGE, f"ch_{body}", {}),
        (LIST_CHARGES, None, {"payment_intent": pi(place)}),
        (GET_PAYMENT_METHOD, f"pm_{body}{'a' * 10}", {}),
    ]
    for route, of, params in asks:
        reply = StripeMerchant().ask(route, of, params, key=f"key of {route.name}" if route.idempotency else None)
        # What a parameter names, and the path does not, is a bad request.
        expected = 400 if of is None else 404
        assert (reply.status, reply.error["code"]) == (expected, "resource_missing"), (route.name, reply.text)
    assert demo.payments().json["data"] == []
    assert StripeMerchant().get(LIST_PAYMENT_INTENTS).json["data"] == []
    clock.advance(30 * DAY)
    swept = expire_payments.handler({}, LONG)
    assert swept == {"performed": 0, "removed": 0, "expired": 0, "cleared": 0, "objects": 0, "more": False}
    assert tables.items(ledger)[place] == held


def test_without_a_key_every_request_is_new(demo: Merchant, wire: Wire) -> None:
    hashing_keys()
    with wire.record() as sent:
        first, second = ask_create(key=None), ask_create(key=None)
    assert [call.operation for call in sent] == ["PutItem", "PutItem"]
    assert first.json["id"] != second.json["id"]
    assert "Idempotency-Key" not in first.headers


def test_the_security_code_is_not_part_of_the_request_fingerprint(demo: Merchant) -> None:
    """It is stored nowhere, not even hashed, so a difference cannot be detected (PCI DSS 3.3.1)."""
    card = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2040}

    def ask(**more: str) -> StripeReply:
        return ask_create(payment_method_data={"type": "card", "card": {**card, **more}})

    first = ask(cvc="123")
    assert ask(cvc="999").text == first.text
    assert ask().text == first.text


def test_an_invalid_request_binds_no_key(demo: Merchant, ledger: Ledger) -> None:
    assert ask_create(amount=0).status == 400
    assert ask_create(mandate="mandate_1").error["code"] == "parameter_unknown"
    assert tables.items(ledger) == {}
    assert ask_create().status == 200


# --- refusals ---------------------------------------------------------------------------------------------------------


def test_a_refusal_is_repeated_even_if_it_would_now_succeed(demo: Merchant, ledger: Ledger) -> None:
    auth_id = demo.authorized(10_00)
    first = ask_refund(auth_id)
    assert (first.status, first.error["code"], first.replayed) == (400, "payment_intent_unexpected_state", False)
    demo.captured(10_00, of=auth_id)
    again = ask_refund(auth_id)
    assert (again.status, again.text, again.replayed) == (first.status, first.text, True)
    assert again.error["request_log_url"].endswith(first.headers["Request-Id"])
    assert ask_refund(auth_id, "another-key").status == 200
    assert len(kept(ledger)) == 1
    check_never_both(ledger)


def test_a_decline_is_repeated_with_the_first_requests_url() -> None:
    shop, card = StripeMerchant(), {"payment_method": "pm_card_chargeDeclined"}
    intent = shop.opened()["id"]
    asks: list[Callable[[], StripeReply]] = [
        lambda: shop.create(key="create", confirm=True, **card),
        lambda: shop.confirm(intent, key=KEY, **card),
    ]
    for ask in asks:
        first, again = ask(), ask()
        assert (first.status, again.text, again.replayed) == (402, first.text, True)
        assert first.headers["Request-Id"] != again.headers["Request-Id"]
        assert again.error["request_log_url"].endswith(first.headers["Request-Id"])


def test_a_refusal_based_on_a_read_is_replayed(ledger: Ledger) -> None:
    """A confirmation reads its intent first, and may refuse before any write."""
    intent = ask_create("create").json["id"]
    first = ask_confirm(intent)
    assert (first.status, first.error["code"], first.replayed) == (400, "payment_intent_unexpected_state", False)
    again = ask_confirm(intent)
    assert (again.text, again.replayed) == (first.text, True)
    assert len(kept(ledger)) == 1


def test_a_confirmation_is_repeated(ledger: Ledger) -> None:
    intent = ask_create("create", payment_method="pm_card_visa").json["id"]
    first, again = ask_confirm(intent), ask_confirm(intent)
    assert (first.status, first.replayed) == (200, False), first.text
    assert (again.status, again.replayed, again.text) == (200, True, first.text)
    refused = ask_confirm(intent, "another-key")
    assert refused.error["code"] == "payment_intent_unexpected_state"
    assert ask_confirm(intent, "another-key").replayed
    check_never_both(ledger)


def test_an_unknown_payment_keeps_nothing(demo: Merchant, globex: Merchant, ledger: Ledger) -> None:
    foreign = globex.authorized(10_00)
    for auth_id in (foreign, "auth_" + "z" * 26):
        reply = ask_refund(auth_id, f"key of {auth_id}")
        assert (reply.status, reply.error["code"]) == (404, "resource_missing")
    assert kept(ledger) == []


@pytest.mark.full
def test_the_number_of_stored_refusals_is_limited(demo: Merchant, ledger: Ledger) -> None:
    auth_id = demo.authorized(10_00)
    for number in range(MAX_STORED):
        assert ask_refund(auth_id, f"key-{number}").status == 400
    assert len(kept(ledger)) == MAX_STORED
    for _ in range(2):
        late = ask_refund(auth_id, "late")
        assert (late.status, late.replayed) == (400, False)
    assert len(kept(ledger)) == MAX_STORED
    assert ask_refund(auth_id, "key-0").replayed
    demo.captured(10_00, of=auth_id)
    assert ask_refund(auth_id, "late").status == 200


def test_calls_of_a_refusal(demo: Merchant, wire: Wire) -> None:
    """It costs one write more than on the native API, once."""
    auth_id = demo.authorized(10_00)
    hashing_keys()
    for calls in (["PutItem", "UpdateItem", "UpdateItem"], ["PutItem", "UpdateItem"]):
        with wire.record() as sent:
            assert ask_refund(auth_id).status == 400
        assert [call.operation for call in sent] == calls
    demo.captured(10_00, of=auth_id)
    with wire.record() as sent:
        assert ask_refund(auth_id, "another-key").status == 200
    assert [call.operation for call in sent] == ["PutItem", "UpdateItem"]


def test_the_native_api_keeps_no_refusal(demo: Merchant, ledger: Ledger) -> None:
    auth_id = demo.authorized(10_00)
    assert demo.refund(auth_id, KEY).code == "not_captured"
    assert kept(ledger) == []


def test_an_audit_finds_an_operation_beside_its_refusal(demo: Merchant, ledger: Ledger) -> None:
    auth_id = demo.authorized(10_00)
    ask_refund(auth_id)
    item = tables.items(ledger)[auth_id]
    (name,) = kept(ledger)
    faults = {
        "beside": {f"refused_{auth_id[-10:]}": item[name], "refusals": {"N": "2"}},
        "unreadable": {name: {"S": "{}"}},
        "miscounted": {"refusals": {"N": "7"}},
        "uncounted": {"refused_aaaaaaaaaa": item[name]},
    }
    for fault, attributes in faults.items():
        audited = TableAudit()
        audited.take({**item, **attributes})
        assert {found.rule for found in audited.close()} == {"layout"}, fault


# --- races ------------------------------------------------------------------------------------------------------------


def at_once(wire: Wire, handler: Any, sent: list[tuple[Route, dict[str, Any]]]) -> list[tuple[str, bool]]:
    """Make these calls at once, and return how each ended and whether its answer was a replay.

    The handlers are called without the log line, since a Lambda process writes one at a time.
    """
    hashing_keys()

    def one(route: Route, event: dict[str, Any]) -> tuple[str, bool]:
        call = stripe_http._call(route, event, headers_of(event), Context(), "demo")
        try:
            answer = inspect.unwrap(handler)(call)
        except Refused as refused:
            return str(refused), refused.replayed
        return str(answer.body), answer.replayed

    with wire.meeting(len(sent), "PutItem", "UpdateItem"), ThreadPoolExecutor(len(sent)) as pool:
        return [ended.result() for ended in [pool.submit(one, *parts) for parts in sent]]


def refund_events(auth_id: str, keys: list[str]) -> list[tuple[Route, dict[str, Any]]]:
    body = {"payment_intent": pi(auth_id)}
    return [(CREATE_REFUND, stripe_event(CREATE_REFUND, body, key=key)) for key in keys]


@pytest.mark.full
@pytest.mark.parametrize("keys", [["one", "two"], ["one", "one"]])
def test_two_keys_are_refused_by_name(keys: list[str], ledger: Ledger) -> None:
    params = {"amount": 10_00, "currency": "usd"}
    sent = {"Idempotency-Key": keys}
    reply = stripe_send(stripe_ledger_calls.create, CREATE_PAYMENT_INTENT, params, headers=sent)
    assert (reply.status, reply.error["type"], reply.error["param"]) == (400, "idempotency_error", "Idempotency-Key")
    assert tables.items(ledger) == {}


def test_fifty_requests_under_one_key_get_the_same_refusal(demo: Merchant, ledger: Ledger, wire: Wire) -> None:
    auth_id = demo.authorized(10_00)
    ended = at_once(wire, stripe_ledger_calls.refund, refund_events(auth_id, [KEY] * MANY))
    assert len({text for text, _ in ended}) == 1
    assert Counter(replayed for _, replayed in ended) == {False: 1, True: MANY - 1}
    assert len(kept(ledger)) == 1


@pytest.mark.full
def test_fifty_requests_under_two_keys_for_one_remaining_amount(demo: Merchant, ledger: Ledger, wire: Wire) -> None:
    """One key wins and the other never will: all requests of a key get the same answer, now and later."""
    auth_id = demo.authorized(10_00)
    demo.captured(10_00, of=auth_id)
    keys = ["a", "b"] * (MANY // 2)
    ended = at_once(wire, stripe_ledger_calls.refund, refund_events(auth_id, keys))
    heard = {key: {text for (text, _), of in zip(ended, keys, strict=True) if of == key} for key in ("a", "b")}
    assert all(len(texts) == 1 for texts in heard.values()), heard
    assert sorted(ask_refund(auth_id, key).status for key in ("a", "b")) == [200, 400]
    assert len(kept(ledger)) == 1
    check_never_both(ledger)


def test_twenty_one_concurrent_refusals_fill_the_remaining_room(demo: Merchant, ledger: Ledger, wire: Wire) -> None:
    auth_id = demo.authorized(10_00)
    ended = at_once(
        wire, stripe_ledger_calls.refund, refund_events(auth_id, [f"key-{n}" for n in range(MAX_STORED + 5)])
    )
    assert {replayed for _, replayed in ended} == {False}
    assert len(kept(ledger)) == MAX_STORED


# --- a process that dies ----------------------------------------------------------------------------------------------

FAULTS = {
    "killed before": on_the_wire.killed_before,
    "killed after": on_the_wire.killed_after,
    "answer lost": on_the_wire.answer_lost,
    "throttled": on_the_wire.refused_with(400, "ThrottlingException"),
}


@pytest.mark.full
@pytest.mark.parametrize(
    "fault", full_but(FAULTS.values(), keep=lambda fault: fault is on_the_wire.killed_after), ids=FAULTS
)
@pytest.mark.parametrize("number", range(3))
@pytest.mark.parametrize("lasting", [False, True])
def test_a_retry_completes_a_refusal_that_failed_at_any_call(
    fault: Fault, number: int, lasting: bool, demo: Merchant, ledger: Ledger, wire: Wire
) -> None:
    auth_id = demo.authorized(10_00)
    hashing_keys()
    with wire.broken(fault, when=lambda sent: sent.call == number and (lasting or sent.attempt == 0)):
        first = _try(lambda: ask_refund(auth_id))
    again = ask_refund(auth_id)
    assert again.error["code"] == "payment_intent_unexpected_state"
    assert ask_refund(auth_id).replayed
    if first is not None and first.status == 400:
        assert (first.text, first.replayed) == (again.text, False)
    assert len(kept(ledger)) == 1


@pytest.mark.parametrize(
    "fault, status, replayed", [("killed before", 200, False), ("killed after", 400, True)], ids=["before", "after"]
)
def test_a_refusal_is_final_once_it_is_stored(
    fault: str, status: int, replayed: bool, demo: Merchant, ledger: Ledger, wire: Wire
) -> None:
    auth_id = demo.authorized(10_00)
    hashing_keys()
    with wire.broken(FAULTS[fault], when=lambda sent: sent.call == 2):
        assert _try(lambda: ask_refund(auth_id)) is None
    demo.captured(10_00, of=auth_id)
    again = ask_refund(auth_id)
    assert (again.status, again.replayed) == (status, replayed)
    check_never_both(ledger)


def test_a_payment_that_changes_while_it_refuses_is_decided_of_again(
    demo: Merchant, ledger: Ledger, wire: Wire
) -> None:
    """The refused payment is gone by the time the refusal would be stored."""
    auth_id = demo.authorized(10_00)
    hashing_keys()
    captured: list[str] = []

    def meanwhile(request: Any, deliver: Any) -> Any:
        if not captured:
            captured.append("now")
            captured.append(demo.captured(10_00, of=auth_id))
        return deliver()

    with wire.broken(meanwhile, when=lambda sent: sent.call == 2 and not captured):
        reply = ask_refund(auth_id)
    assert reply.status == 200, reply.text
    assert kept(ledger) == []
    payment = get_payment(runtime.ledger(), auth_id)
    assert payment is not None
    assert payment.refundable == 0


@pytest.mark.parametrize("fault", ["killed before", "killed after"])
def test_a_retry_completes_a_creation_that_failed(fault: str, ledger: Ledger, wire: Wire) -> None:
    hashing_keys()
    with wire.broken(FAULTS[fault], when=lambda sent: sent.call == 0) as sent:
        assert _try(ask_create) is None
    assert len(sent) == 1
    again = ask_create()
    assert again.status == 200
    assert ask_create().text == again.text
    assert sum("operations" in item for item in tables.items(ledger).values()) == 1


def _try(ask: Callable[[], StripeReply]) -> StripeReply | None:
    """Return the caller's reply, or None from a process that died."""
    try:
        return ask()
    except Killed:
        return None
