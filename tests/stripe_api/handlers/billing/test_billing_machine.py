"""Billing however time passes, whoever is killed, and whatever comes between: each invoice has one approved payment.

A clock that is moved once, in some steps or by the hour leaves the same objects. A function that dies before or after
any of its writes leaves what the next sweep completes. Of two requests that meet, one comes first.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ConnectionClosedError
from hypothesis import HealthCheck, given, settings, strategies as st

from payments import expire_payments
from paysandbox.payments.payment import state_of
from paysandbox.stripe_api.objects.intent_state import terms_of
from paysandbox.stripe_api.routes import ATTACH_PAYMENT_METHOD
from tests.stripe_api.handlers.billing.billing_audit import billing_breaks
from tests.stripe_api.handlers.billing.shop import (
    FAILS_LATER,
    SHOP,
    VISA,
    Body,
    customer,
    from_stream,
    invoice,
    invoices,
    later,
    ledger_payments,
    price,
    subscribed,
    subscription,
    sweep,
)
from tests.stripe_api.scenarios import RESOURCE
from tests.support.clients.stripe_merchant import done
from tests.support.tools.ledger_audit import audit
from tests.support.tools.tiers import full_but
from tests.support.worlds import table_snapshot, tables
from tests.support.worlds.aws_transport import Deliver, Killed, Sent, Wire, never_left
from tests.support.worlds.crash import KILLED_AFTER, KILLED_BEFORE, failures, kills_once
from tests.support.worlds.handlers import Clock
from tests.support.worlds.webhook_workers import LONG


@contextmanager
def interrupted(wire: Wire, place: int, other: Callable[[], Any]) -> Iterator[list[bool]]:
    """Run something else before the call at this place. Yields a list that is empty until it ran."""
    calls = iter(range(10_000))
    ran: list[bool] = []

    def is_due(_: Sent) -> bool:
        return not ran and next(calls) == place

    def run(_: AWSPreparedRequest, deliver: Deliver) -> AWSResponse:
        ran.append(True)
        other()
        return deliver()

    with wire.broken(run, when=is_due):
        yield ran


def left() -> list[Any]:
    """Return all that is left: each object as it is stored, with its changes, from which its events follow."""
    items = sorted(table_snapshot.items_of(tables.STRIPE_OBJECTS), key=repr)
    return [*items, *intents()]


def intents() -> list[Any]:
    """Return what the ledger has of each payment: what was decided, and when."""
    return sorted(
        [payment.id, *((operation.id, operation.kind, operation.at) for operation in payment.operations)]
        for payment in ledger_payments()
    )


def check() -> None:
    """Check that each invoice has the payment that it says, each payment an invoice, and each number comes once."""
    audit()
    assert billing_breaks() == []
    found = {each["id"]: each for each in invoices(limit=100)}
    approved = dict.fromkeys(found, 0)
    for payment in ledger_payments():
        state = state_of(payment)
        of = terms_of(payment, state).invoice
        assert of in found
        approved[of] += state.captured
    for name, each in found.items():
        assert approved[name] == each["amount_paid"], each
        assert (each["status"] == "paid") is (each["status_transitions"]["paid_at"] is not None)
    numbers = [each["number"] for each in found.values() if each["number"]]
    assert len(numbers) == len({*numbers})


# --- however time passes ----------------------------------------------------------------------------------------------

SHOPS: dict[str, Callable[[], Any]] = {
    "paid": lambda: subscribed(items=[{"price": price(interval="day")["id"]}]),
    "declined": lambda: subscribed(
        None,
        customer=customer(FAILS_LATER)["id"],
        items=[{"price": price(interval="day", interval_count=2)["id"]}],
        trial_period_days=1,
    ),
    "sent": lambda: subscribed(
        None,
        collection_method="send_invoice",
        days_until_due=1,
        items=[{"price": price(interval="day", interval_count=3)["id"]}],
    ),
    "incomplete": lambda: subscribed(FAILS_LATER),
    "ending": lambda: subscribed(cancel_at=int(datetime.now(UTC).timestamp()) + 3 * 86_400 + 7),
}


class Moves:
    """A clock that every example moves from the same time, since items are put back and the clock is not."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._start = clock, clock.offset

    def run(self, hours: list[int]) -> list[Any]:
        """Advance the clock to each of these hours from the start, and do what is due then. Returns what is left."""
        self._clock.advance(self._start - self._clock.offset)
        for hour in hours:
            later(self._clock, seconds=(self._start + timedelta(hours=hour) - self._clock.offset).total_seconds())
        check()
        return left()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("shop", full_but(SHOPS, keep=lambda shop: shop in ("paid", "declined")))
def test_it_does_not_matter_in_how_many_steps_time_passes(clock: Clock, shop: str) -> None:
    end = 5 * 24 + 2
    SHOPS[shop]()
    before, moves = table_snapshot.take(), Moves(clock)
    once = moves.run([end])

    @settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.lists(st.integers(1, end), max_size=6))
    def in_steps(hours: list[int]) -> None:
        table_snapshot.put_back(before)
        assert moves.run([*sorted(hours), end]) == once

    in_steps()


@pytest.mark.full
@pytest.mark.timeout(300)
@pytest.mark.parametrize("shop", SHOPS)
def test_it_does_not_matter_whether_time_passes_by_the_hour(clock: Clock, shop: str) -> None:
    end = 5 * 24 + 2
    SHOPS[shop]()
    before, moves = table_snapshot.take(), Moves(clock)
    once = moves.run([end])
    table_snapshot.put_back(before)
    assert moves.run([*range(1, end + 1)]) == once


# --- killed -----------------------------------------------------------------------------------------------------------


@pytest.mark.timeout(300)
@pytest.mark.parametrize("card", full_but([VISA, FAILS_LATER], keep=lambda card: card == VISA))
def test_a_sweep_that_is_killed_in_a_renewal(clock: Clock, wire: Wire, card: str) -> None:
    """Whichever call it dies at, the next sweep leaves what one that lives does: the same IDs, times and operations."""
    subscribed(None, customer=customer(card)["id"], trial_period_days=1)
    before = table_snapshot.take()
    clock.advance(timedelta(days=1, hours=2))
    with wire.record() as recorded:
        sweep()
    once = left()
    for failure in kills_once(failures(recorded, KILLED_BEFORE, KILLED_AFTER)):
        table_snapshot.put_back(before)
        with suppress(Killed), failure.happening(wire):
            sweep()
        sweep()
        check()
        assert left() == once, failure


def test_a_customer_whose_step_fails_delays_no_other(clock: Clock, wire: Wire) -> None:
    """Of each, the steps are in order of time; customers are beside each other."""
    payers = [customer(), customer(), customer()]
    made = [subscribed(None, customer=each["id"]) for each in payers]
    fails = made[1]["id"]

    def is_theirs(sent: Sent) -> bool:
        return sent.operation == "TransactWriteItems" and fails in str(sent.parameters)

    with pytest.raises(ConnectionClosedError), wire.broken(never_left, when=is_theirs):
        later(clock, days=100)
    paid = [[each["status"] for each in invoices(subscription=each["id"])] for each in made]
    assert paid == [["paid"] * 4, ["paid"], ["paid"] * 4]
    sweep()
    assert [each["status"] for each in invoices(subscription=fails)] == ["paid"] * 4
    check()


REQUESTS: dict[str, Callable[[Body], Any]] = {
    "pay": lambda of: SHOP.post(RESOURCE["pay_invoice"], of["id"], key="once"),
    "void": lambda of: SHOP.post(RESOURCE["void_invoice"], of["id"], key="once"),
    "out of band": lambda of: SHOP.post(RESOURCE["pay_invoice"], of["id"], key="once", paid_out_of_band=True),
}


def failed(clock: Clock) -> Body:
    """Return an invoice that is retried, of a subscription that is past due, with a card that pays from now on."""
    bad = customer(FAILS_LATER)
    made = subscribed(None, customer=bad["id"], trial_period_days=1)
    later(clock, days=1, hours=2)
    card = done(SHOP.post(ATTACH_PAYMENT_METHOD, VISA, customer=bad["id"]))["id"]
    chosen = {"default_payment_method": card}
    done(SHOP.post(RESOURCE["update_stripe_customer"], bad["id"], invoice_settings=chosen))
    return invoices(subscription=made["id"])[0]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("ask", REQUESTS)
@pytest.mark.parametrize("resume", ["request", "sweep"])
def test_a_request_that_is_killed(clock: Clock, wire: Wire, ask: str, resume: str) -> None:
    """Repeated, it has its answer. Otherwise the sweep completes what the ledger has decided, and ends."""
    of = failed(clock)
    before, start = table_snapshot.take(), clock.offset
    with wire.record() as recorded:
        REQUESTS[ask](of)
    for failure in kills_once(failures(recorded, KILLED_BEFORE, KILLED_AFTER)):
        table_snapshot.put_back(before)
        clock.advance(start - clock.offset)
        with suppress(Killed), failure.happening(wire):
            REQUESTS[ask](of)
        if resume == "request":
            assert REQUESTS[ask](of).status in (200, 402), failure
        from_stream()
        later(clock, hours=23, minutes=1)  # a retry is due
        check()
        if resume == "sweep":
            assert REQUESTS[ask](of).status in (200, 400), failure
            check()
            assert invoice(of["id"])["status"] != "open", failure


@pytest.mark.timeout(300)
def test_a_creation_that_is_killed(clock: Clock, wire: Wire) -> None:
    """Repeated with its key, or taken over by the sweep: one subscription, whose first invoice is paid once."""
    params: Body = {"customer": customer()["id"], "items": [{"price": price()["id"]}]}

    def create() -> Any:
        return SHOP.post(RESOURCE["create_subscription"], key="once", **params)

    before = table_snapshot.take()
    with wire.record() as recorded:
        create()
    for failure in kills_once(failures(recorded, KILLED_BEFORE, KILLED_AFTER)):
        for swept in (False, True):
            table_snapshot.put_back(before)
            with suppress(Killed), failure.happening(wire):
                create()
            if swept:
                sweep()
            made = done(create())
            check()
            assert made["status"] == "active", failure
            assert len(invoices()) == 1


# --- between two calls ------------------------------------------------------------------------------------------------


def cancel(of: Body) -> Any:
    name = of["parent"]["subscription_details"]["subscription"]
    return SHOP.ask(RESOURCE["cancel_subscription"], name)


OTHERS: dict[str, Callable[[Body], Any]] = {
    **{name: lambda of, name=name: REQUESTS[name](of) for name in REQUESTS},
    "cancel": cancel,
    "stream": lambda _: from_stream(),
    "sweep": lambda _: expire_payments.handler({}, LONG),
    "note": lambda of: SHOP.post(RESOURCE["update_invoice"], of["id"], metadata={"a": "b"}),
}
PAIRS = [("sweep", "sweep"), ("sweep", "cancel"), ("sweep", "pay"), ("sweep", "note"), ("sweep", "stream")]
PAIRS += [("pay", "void"), ("void", "pay"), ("pay", "sweep"), ("pay", "stream"), ("cancel", "sweep"), ("void", "sweep")]
PAIRS += [("out of band", "pay"), ("pay", "out of band"), ("cancel", "pay")]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("one, other", PAIRS)
def test_two_that_meet(clock: Clock, wire: Wire, one: str, other: str) -> None:
    """Before each call of the one, the other runs from beginning to end. A retry is due, and the card pays by now."""
    of = failed(clock)
    clock.advance(timedelta(days=1))
    before = table_snapshot.take()
    for place in count():
        table_snapshot.put_back(before)
        replies: list[Any] = []
        with interrupted(wire, place, lambda replies=replies: replies.append(OTHERS[other](of))) as ran:
            replies.append(OTHERS[one](of))
        assert {reply.status for reply in replies if hasattr(reply, "status")} <= {200, 400, 404}, (place, replies)
        from_stream()
        sweep()
        check()
        now = invoice(of["id"])
        assert now["status"] in ("open", "paid", "void")
        assert (now["status"] == "void") <= ("void" in (one, other))
        if not ran:
            break


RENEWING = [("sweep", "sweep"), ("sweep", "cancel"), ("cancel", "sweep"), ("sweep", "trial"), ("trial", "sweep")]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("one, other", RENEWING)
def test_a_renewal_and_what_it_meets(clock: Clock, wire: Wire, one: str, other: str) -> None:
    """It is renewed first, or it is canceled first: one invoice for a period, which a canceled one does not collect."""
    made = subscribed(trial_period_days=1)
    asked: dict[str, Callable[[], Any]] = {
        "sweep": lambda: expire_payments.handler({}, LONG),
        "cancel": lambda: SHOP.ask(RESOURCE["cancel_subscription"], made["id"]),
        "trial": lambda: SHOP.post(RESOURCE["update_subscription"], made["id"], trial_end="now"),
    }
    clock.advance(timedelta(days=1, hours=2))
    before = table_snapshot.take()
    for place in count():
        table_snapshot.put_back(before)
        with interrupted(wire, place, asked[other]) as ran:
            asked[one]()
        sweep()
        check()
        found = invoices(subscription=made["id"])
        status = subscription(made)["status"]
        assert len(found) <= 2
        is_canceled = one == "cancel" or (other == "cancel" and bool(ran))
        assert status == ("canceled" if is_canceled else "active")
        assert status == "canceled" or [each["status"] for each in found] == ["paid", "paid"]
        if not ran:
            break
