"""A Checkout session that is paid while something else happens to it, and payers whose function is killed.

Before each AWS call of a payer's request in turn, another request runs from its beginning to its end. Whatever that is,
a session is complete and its payment is what it says, or it has expired and its payment is canceled: never both.
"""

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from payments import expire_payments, publish_event
from paysandbox.payments.ledger.items import payment_from
from paysandbox.payments.payment import Payment, state_of
from paysandbox.payments.timers import tables as timer_table
from paysandbox.payments.timers.timer import timers_of
from paysandbox.payments.timers.timers import store_timers
from paysandbox.stripe_api.checkout.ending import complete_paid
from paysandbox.stripe_api.objects.intent_state import terms_of
from paysandbox.stripe_api.routes import GET_PAYMENT_INTENT
from tests.stripe_api.handlers.checkout.sessions import (
    CHALLENGED,
    DECLINED,
    VISA,
    expire,
    item,
    line_items,
    opened,
    pay,
    saving,
    shown,
    submit,
    typed,
)
from tests.stripe_api.scenarios import RESOURCE
from tests.support.clients.challenges import complete
from tests.support.clients.stripe_merchant import StripeMerchant, done
from tests.support.fakes import stream
from tests.support.tools.ledger_audit import audit
from tests.support.tools.tiers import full_but
from tests.support.worlds import table_snapshot, tables
from tests.support.worlds.aws_transport import Deliver, Fault, Killed, Sent, Wire, killed_after, killed_before
from tests.support.worlds.crash import KILLED_AFTER, KILLED_BEFORE, failures, kills_once
from tests.support.worlds.handlers import Clock
from tests.support.worlds.webhook_workers import LONG

SHOP = StripeMerchant()
Session = dict[str, Any]
Other = Callable[[Session], Any]


def payments() -> list[Payment]:
    """Return the payments of the ledger."""
    return [payment_from(item) for item in table_snapshot.items() if "version" in item]


def is_captured() -> bool:
    """Whether a payment of the ledger is captured."""
    return any(state_of(payment).captured for payment in payments())


def kinds() -> list[str]:
    """Return the kinds of the operations of the ledger's payments."""
    return [operation.kind for payment in payments() for operation in payment.operations]


def intents(session: Session) -> list[Any]:
    """Return the payment intents of a session."""
    listed = SHOP.get(RESOURCE["list_checkout_sessions"])
    names = {
        f"pi_{payment.id.removeprefix('auth_')}"
        for payment in payments()
        if terms_of(payment, state_of(payment)).checkout_session == session["id"]
    }
    assert done(listed)
    return [done(SHOP.get(GET_PAYMENT_INTENT, name)) for name in sorted(names)]


def check(session: Session) -> str:
    """Check that a session and its payment agree, and return the session's status."""
    now, found = shown(session["id"]), intents(session)
    assert len(found) <= 1
    if now["payment_status"] == "no_payment_required":
        assert {intent["status"] for intent in found} <= {"canceled"}
    elif now["status"] == "complete":
        (intent,) = found
        assert (intent["status"], intent["id"]) == ("succeeded", now["payment_intent"])
        assert intent["amount_received"] == now["amount_total"]
    else:
        assert all(intent["amount_received"] == 0 for intent in found)
    if now["status"] == "expired":
        assert {intent["status"] for intent in found} <= {"canceled"}
    audit()
    return now["status"]


@contextmanager
def interrupted(
    wire: Wire, place: int, other: Callable[[], Any], *, since: Callable[[], bool] = lambda: True
) -> Iterator[list[bool]]:
    """Run another request before the call at this place, of those `since` then. Yields a list that is empty until it
    ran.
    """
    calls = iter(range(1_000))
    ran: list[bool] = []

    def is_due(_: Sent) -> bool:
        return not ran and since() and next(calls) == place

    def run(_: AWSPreparedRequest, deliver: Deliver) -> AWSResponse:
        ran.append(True)
        other()
        return deliver()

    with wire.broken(run, when=is_due):
        yield ran


def update(session: Session) -> Any:
    return SHOP.post(RESOURCE["update_checkout_session"], session["id"], line_items=[item(35_00)])


def update_metadata(session: Session) -> Any:
    return SHOP.post(RESOURCE["update_checkout_session"], session["id"], metadata={"a": "b"})


OTHERS: dict[str, Other] = {
    "expire": lambda session: expire(session["id"]),
    "pay": lambda session: pay(session["url"]),
    "decline": lambda session: pay(session["url"], DECLINED),
    "update": update,
    "metadata": update_metadata,
}


@pytest.mark.parametrize(
    "card, tried",
    # Each request meets both cards, and a session that is paid for the first time or not. Soak has the rest.
    [
        pytest.param(VISA, True, id="approved after a decline"),
        pytest.param(DECLINED, False, id="declined first", marks=pytest.mark.full),
        pytest.param(VISA, False, id="approved first", marks=pytest.mark.soak),
        pytest.param(DECLINED, True, id="declined after a decline", marks=pytest.mark.soak),
    ],
)
@pytest.mark.parametrize("other", full_but(OTHERS, keep=lambda other: other == "expire"))
def test_a_session_is_paid_while_something_happens_to_it(other: str, card: str, tried: bool, wire: Wire) -> None:
    ended = set[str]()
    session = opened()
    if tried:
        pay(session["url"], DECLINED)
    before = table_snapshot.take()
    for place in range(12):
        table_snapshot.put_back(before)
        with interrupted(wire, place, lambda: OTHERS[other](session)):
            reply = pay(session["url"], card)
        assert reply.status in (200, 303, 409), reply.text
        ended.add(check(session))
        if reply.status == 303:
            assert shown(session["id"])["status"] == "complete"
    assert ("complete" in ended) is (card == VISA or other == "pay")
    assert ("expired" in ended) is (other == "expire")


@pytest.mark.full
@pytest.mark.parametrize("other", full_but(["pay", "decline", "update"], keep=lambda other: other == "pay"))
def test_a_session_expires_while_something_happens_to_it(other: str, wire: Wire) -> None:
    session = opened()
    pay(session["url"], DECLINED)
    before = table_snapshot.take()
    for place in range(8):
        table_snapshot.put_back(before)
        with interrupted(wire, place, lambda: OTHERS[other](session)):
            reply = expire(session["id"])
        assert (reply.status == 200) is (check(session) == "expired"), place


def test_a_session_that_saves_a_card_expires_meanwhile(wire: Wire) -> None:
    for place in range(4):
        session = saving()
        with interrupted(wire, place, lambda session=session: expire(session["id"])):
            pay(session["url"])
        now = shown(session["id"], expand=["setup_intent"])
        assert (now["status"], now["setup_intent"]["status"]) in {("complete", "succeeded"), ("expired", "canceled")}


@pytest.mark.full
def test_many_payers_pay_once() -> None:
    session = opened()
    with ThreadPoolExecutor(8) as pool:
        replies = [*pool.map(lambda _: pay(session["url"]), range(8))]
    assert {reply.status for reply in replies} <= {303, 503}
    assert check(session) == "complete"


# --- with a discount --------------------------------------------------------------------------------------------------


def discounted(**coupon: Any) -> Session:
    """Create a session whose payer chooses a quantity and enters a promotion code."""
    for text, percent in (("WINTER", 25), ("LESS", 10), ("FREE", 100)):
        name = done(SHOP.post(RESOURCE["create_coupon"], percent_off=percent, **coupon))["id"]
        promotion = {"type": "coupon", "coupon": name}
        done(SHOP.post(RESOURCE["create_promotion_code"], promotion=promotion, code=text))
    return of_some_hats()


def of_some_hats() -> Session:
    adjustable = {"enabled": True, "minimum": 1, "maximum": 9}
    return opened(allow_promotion_codes=True, line_items=[item(adjustable_quantity=adjustable)])


def choosing(session: Session, quantity: int = 3, code: str = "WINTER") -> dict[str, str]:
    (line,) = done(line_items(session["id"]))["data"]
    return {f"quantity[{line['id']}]": str(quantity), "promotionCode": code}


def pay_with_code(session: Session, card: str = VISA) -> Any:
    return pay(session["url"], card, **choosing(session))


def choose(session: Session, **fields: Any) -> Any:
    return submit(session["url"], {"action": "update", **choosing(session, **fields)})


DISCOUNTED: dict[str, Other] = {
    "pay": pay_with_code,
    "pay less": lambda session: pay(session["url"], **choosing(session, quantity=1, code="LESS")),
    "pay nothing": lambda session: pay(session["url"], **choosing(session, code="FREE")),
    "decline": lambda session: pay_with_code(session, DECLINED),
    "pay another session": lambda _: pay_with_code(of_some_hats()),
    "code": lambda session: choose(session, code="LESS"),
    "no code": lambda session: choose(session, code=""),
    "quantity": lambda session: choose(session, quantity=1),
    "expire": lambda session: expire(session["id"]),
    "stream": lambda _: from_stream(),
}


def check_redeemed() -> None:
    """Check that a coupon and its code are redeemed as often as there are complete sessions with them, at last."""
    sessions = done(SHOP.get(RESOURCE["list_checkout_sessions"], limit=100))["data"]
    for each in sessions:
        if each["status"] == "open":
            expire(each["id"])
    codes = Counter(
        discount["promotion_code"]
        for each in sessions
        if each["status"] == "complete"
        for discount in each["discounts"]
    )
    for code in done(SHOP.get(RESOURCE["list_promotion_codes"], expand=["data.promotion.coupon"]))["data"]:
        coupon = code["promotion"]["coupon"]
        assert (code["times_redeemed"], coupon["times_redeemed"]) == (codes[code["id"]],) * 2, code["code"]


@pytest.mark.full
@pytest.mark.parametrize("other", full_but(DISCOUNTED, keep=lambda other: other == "stream"))
def test_a_session_with_a_discount_is_paid_while_something_happens_to_it(other: str, wire: Wire) -> None:
    """Whatever happens in the middle, nobody gets an error, and the discount is counted once."""
    session = discounted()
    since = is_captured if other == "stream" else lambda: True
    before = table_snapshot.take()
    for place in count():
        table_snapshot.put_back(before)
        with interrupted(wire, place, lambda: DISCOUNTED[other](session), since=since) as ran:
            reply = pay_with_code(session)
        assert reply.status in (200, 303, 409), (place, reply.text)
        check(session)
        check_redeemed()
        if not ran:
            break


@pytest.mark.parametrize("killed", [killed_before, killed_after])
def test_a_payer_whose_rival_is_killed_once_they_have_claimed_the_session(wire: Wire, killed: Fault) -> None:
    """Either the first pays what they have chosen, or nobody pays: never the one's amount for the other's choice."""
    session = discounted()
    before = table_snapshot.take()

    def rival() -> None:
        """Choose less, and be killed before or after the write that claims the session."""
        claims = ("PutItem", "TransactWriteItems")
        with (
            pytest.raises(Killed),
            wire.broken(killed, when=lambda sent: sent.operation in claims and of_objects(sent)),
        ):
            pay(session["url"], **choosing(session, quantity=1, code="LESS"))

    for place in count():
        table_snapshot.put_back(before)
        with interrupted(wire, place, rival, since=lambda: bool(payments())) as ran, suppress(Killed):
            pay_with_code(session)
        from_stream()
        check(session)
        check_redeemed()
        if not ran:
            break


def of_objects(sent: Sent) -> bool:
    """Whether a call is about objects, and not about the ledger."""
    return tables.STRIPE_OBJECTS in json.dumps(sent.parameters)


@pytest.mark.full
def test_many_choose_and_pay_at_once() -> None:
    """Two clicks on Pay, another quantity, another code, and the ledger's stream, in every order that threads take."""
    rng = random.Random(11)
    session = discounted()
    for _ in range(12):
        names = ("pay", "pay", "pay less", "pay nothing", "code", "no code", "quantity", "stream")
        others = [DISCOUNTED[name] for name in names]
        rng.shuffle(others)
        with ThreadPoolExecutor(len(others)) as pool:
            replies = [*pool.map(lambda other, session=session: other(session), others)]
        assert {reply.status for reply in replies if reply is not None} <= {200, 303, 409, 503}
        from_stream()
        assert check(session) == "complete"
        check_redeemed()
        session = of_some_hats()


# --- killed -----------------------------------------------------------------------------------------------------------


def from_stream() -> None:
    """Do what the reader of the ledger's stream does for each payment."""
    for payment in payments():
        complete_paid(payment)


@pytest.mark.full
@pytest.mark.parametrize("resume", full_but(["payer", "stream", "sweep"], keep=lambda resume: resume == "stream"))
def test_a_payer_whose_function_is_killed(resume: str, wire: Wire) -> None:
    """Whoever comes next finds what was decided: the payer, the ledger's stream, or the merchant's expiry."""
    session = discounted()
    before = table_snapshot.take()
    with wire.record() as recorded:
        pay_with_code(session)
    for failure in kills_once(failures(recorded, KILLED_BEFORE, KILLED_AFTER)):
        table_snapshot.put_back(before)
        with pytest.raises(Killed), failure.happening(wire):
            pay_with_code(session)
        approved = is_captured()
        if resume == "payer":
            assert pay_with_code(session).status == 303
            assert check(session) == "complete"
        elif resume == "stream":
            from_stream()
            assert check(session) == ("complete" if approved else "open")
        else:
            expire(session["id"])
            assert check(session) == ("complete" if approved else "expired")
        check_redeemed()


@pytest.mark.parametrize(
    "tried", [pytest.param(False, id="first"), pytest.param(True, id="after a decline", marks=pytest.mark.full)]
)
def test_the_ledgers_stream_completes_a_session_before_its_payer_does(wire: Wire, *, tried: bool) -> None:
    """Both write the same session and customer in one transaction."""
    shopper = done(SHOP.post(RESOURCE["create_stripe_customer"], email="jenny@example.com"))["id"]
    coupon = done(SHOP.post(RESOURCE["create_coupon"], percent_off=25))["id"]
    session = opened(customer=shopper, customer_update={"name": "auto"}, discounts=[{"coupon": coupon}])
    if tried:
        pay(session["url"], DECLINED)
        update_metadata(session)
    before = table_snapshot.take()
    for place in range(14):
        table_snapshot.put_back(before)
        with interrupted(wire, place, from_stream):
            assert pay(session["url"], billingName="Jenny Rosen").status == 303, place
        assert check(session) == "complete"
        assert done(SHOP.get(RESOURCE["get_coupon"], coupon))["times_redeemed"] == 1


def test_the_ledgers_stream_completes_a_session() -> None:
    session = opened()
    complete(submit(session["url"], typed(CHALLENGED)).headers["Location"])
    (payment,) = payments()
    assert shown(session["id"])["status"] == "open"
    record = stream.record(None, payment)
    publish_event._messages(publish_event.events_in(record))
    assert check(session) == "complete"


def answered_by_bank(clock: Clock) -> None:
    """Let the bank answer what waits for it."""
    store_timers(timer_table.table(), [timer for payment in payments() for timer in timers_of(payment)])
    clock.advance(timedelta(seconds=61))
    expire_payments.handler({}, LONG)


@pytest.mark.parametrize("answer, status", [("approve", "paid"), ("decline:lost_card", "unpaid")])
def test_a_bank_that_answers_late_decides_the_payment_status(answer: str, status: str, clock: Clock) -> None:
    session = opened(payment_intent_data={"metadata": {"sandbox_outcome": f"pending:60:{answer}"}})
    assert pay(session["url"]).json.items() >= {"status": "complete", "payment_status": "unpaid"}.items()
    answered_by_bank(clock)
    from_stream()
    assert shown(session["id"])["payment_status"] == status


def test_a_late_record_of_the_ledgers_stream_is_no_answer_of_the_bank(wire: Wire) -> None:
    """A record has the payment as it was then: here before the bank was asked, and while it had not answered."""
    session = opened(payment_intent_data={"metadata": {"sandbox_outcome": "pending:60:approve"}})
    images: dict[int, Payment] = {}

    def witness(_: Sent, deliver: Deliver) -> AWSResponse:
        answer = deliver()
        images.update({payment.version: payment for payment in payments()})
        return answer

    with wire.witnessed(witness):
        pay(session["url"])
    assert [image.operations[-1].kind for image in images.values()] == ["open", "pend"]
    for image in images.values():
        complete_paid(image)
        assert shown(session["id"]).items() >= {"status": "complete", "payment_status": "unpaid"}.items()


def test_a_payer_whose_bank_has_declined_late_is_not_asked_again(wire: Wire, clock: Clock) -> None:
    """Their function was killed before it had completed the session, and the stream was not read meanwhile."""
    session = opened(payment_intent_data={"metadata": {"sandbox_outcome": "pending:60:decline:lost_card"}})
    with pytest.raises(Killed), wire.broken(killed_before, when=lambda _: "pend" in kinds()):
        pay(session["url"])
    answered_by_bank(clock)
    assert pay(session["url"]).json.items() >= {"status": "complete", "payment_status": "unpaid"}.items()
    assert kinds() == ["open", "pend", "authorize"]
