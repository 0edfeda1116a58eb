"""Totals match Stripe's, and each donor gets at most one receipt, whatever the order of events and crashes.

Sixty donations are run at Stripe (by the sandbox's own rules), which produce hundreds of events, shuffled and
partly duplicated. The payment worker and the receipt worker take them from queues that redeliver unfinished messages,
and die at calls by a seed, before and after these take effect, while SES answers as SES does. In the end the faults
stop, all pending work is done, and the table is compared with Stripe's records.

    PAYSANDBOX_SEED=1234 pytest tests/donations/handlers/test_donation_storm.py     repeats the storm of that seed
"""

import json
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from threading import Lock, local
from types import SimpleNamespace
from typing import Any, Final
from unittest.mock import patch

import pytest
from botocore import endpoint
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from moto.core.serialize import BaseJSONSerializer
from moto.dynamodb.models.table import Table

from paysandbox.aws import runtime
from paysandbox.core import ids
from paysandbox.core.donor import Donor
from paysandbox.donations.donation import Donation, DonationStatus, Receipt
from paysandbox.donations.receipt_mail import read_notification
from paysandbox.payments.events.event import events_of
from paysandbox.payments.payment import Payment, state_of
from paysandbox.stripe_api.events.event import render_stripe_events
from paysandbox.stripe_api.ids import intent_id
from tests.donations import donation_scenario
from tests.donations.donation_scenario import DEAD_PAYMENTS, NOTIFICATIONS, DonationScenario
from tests.support.builders import build, stripe_payments
from tests.support.worlds import aws_transport as on_the_wire
from tests.support.worlds.aws_transport import Deliver, Fault, Killed, Sent, Wire, refused_with
from tests.support.worlds.webhook_simulation import Dice, quickly

# Other tests run every line that this file runs; tracing would double its time.
pytestmark = pytest.mark.untraced

DONATIONS: Final = 60
EVENTS: Final = 400
BATCH: Final = 10
KILLED: Final = 0.04
CURRENCIES: Final = ("usd", "eur", "jpy")

# The calls of the two workers. Add a new call here after checking that it is killed below.
CALLS: Final = {
    ("apply_stripe_events", "GetItem"),
    ("apply_stripe_events", "TransactWriteItems"),
    ("apply_stripe_events", "PutItem"),
    ("apply_stripe_events", "SendMessage donation-notifications"),
    ("apply_stripe_events", "SendMessage donation-payments-dead"),
    ("send_receipts", "GetItem"),
    ("send_receipts", "UpdateItem"),
    ("send_receipts", "SendEmail"),
}


MOODS: Final = (
    (0.04, refused_with(400, "MessageRejected")),
    (0.12, refused_with(429, "TooManyRequestsException")),
    (0.16, refused_with(500, "InternalFailure")),
    (0.20, on_the_wire.answer_lost),
)
"""SES answers, each for random numbers below its threshold."""

SEED: Final = int(os.environ.get("PAYSANDBOX_SEED", "7"))


# --- Stripe -----------------------------------------------------------------------------------------------------------


@dataclass
class Account:
    """Stripe's records of our donations, and the events it sends."""

    donations: dict[str, Donation] = field(default_factory=dict[str, Donation])
    payments: dict[str, Payment] = field(default_factory=dict[str, Payment])
    bodies: list[str] = field(default_factory=list[str])

    def live(self, given: Donation, payment: Payment, dice: Dice) -> None:
        """Run one payment's whole life, and collect all its events."""
        before = payment
        for step in _lifecycle(payment, dice, given.id):
            self._publish(before, step)
            before = step
        self.donations[given.id], self.payments[given.id] = given, before

    def _publish(self, before: Payment, after: Payment) -> None:
        for event in events_of(before, after):
            for body in render_stripe_events(event):
                # The operations have the same ids in all these lives.
                self.bodies.append(json.dumps(body | {"id": f"evt_{len(self.bodies)}"}))

    def net(self) -> dict[str, int]:
        """Return the amounts captured less those refunded, by currency."""
        found = Counter[str]()
        for payment in self.payments.values():
            state = state_of(payment)
            found[payment.currency.lower()] += state.captured - state.refunded
        return dict(found)


def _lifecycle(payment: Payment, dice: Dice, name: str) -> Iterator[Payment]:
    """Run failing attempts, one that may succeed, and refunds of it."""
    for number in range(dice.pick(3, "declines", name)):
        payment = stripe_payments.tried(
            payment, ("insufficient_funds", "lost_card")[number], method=stripe_payments.CARD
        )
        yield payment
    thrown = dice.throw("ends", name)
    if thrown < 0.1:
        return
    if thrown < 0.2:
        yield stripe_payments.cancelled(payment, "abandoned")
        return
    payment = stripe_payments.tried(payment, method=stripe_payments.CARD)
    yield payment
    for number in range(dice.pick(4, "refunds", name)):
        left = state_of(payment).captured - state_of(payment).refunded
        if left == 0:
            return
        part = None if dice.throw("whole", name, number) < 0.3 else 1 + dice.pick(left, "part", name, number)
        payment = stripe_payments.refunded(payment, part)
        yield payment


def account(dice: Dice) -> Account:
    """Return an account with some donations, each of its own donor."""
    made = Account()
    for number in range(DONATIONS):
        currency, amount = CURRENCIES[number % 3], 1_00 + dice.pick(500_00, "amount", number)
        given = Donation(
            id=f"019aa0a3-5f2a-7c41-9d0e-{number:012}",
            donor=Donor(user_id=f"sub-{number}", email=f"donor-{number}@example.com", name="Ada Lovelace"),
            amount=amount,
            currency=currency,
            message=None,
            anonymous=False,
            created_at=build.MONDAY,
        )
        said = json.dumps({"donation_id": given.id})
        opened = stripe_payments.opened(amount, automatic=True, metadata=said)
        payment_id = ids.payment_id("storm", str(number))
        opened = replace(opened, id=payment_id, currency=currency.upper())
        made.live(replace(given, intent_id=intent_id(payment_id)), opened, dice)
    return made


# --- the world --------------------------------------------------------------------------------------------------------


class DonationSimulation:
    """The two workers between their queues, and the faults that kill them."""

    def __init__(self, scenario: DonationScenario, wire: Wire, dice: Dice) -> None:
        self.scenario, self.wire, self.dice, self.stormy = scenario, wire, dice, True
        self.payments, self.notifications = list[str](), list[str]()
        self.kills = Counter[tuple[str, str, bool]]()
        self._counts, self._mails, self._turns = Counter[tuple[str, str]](), Counter[str](), count()
        self._worker, self._dead, self._lock, self._here = "", False, Lock(), local()

    def turn(self) -> None:
        """Give each worker a batch, if there is one."""
        self.payments = self._run("apply_stripe_events", self.payments, self.scenario.apply_events)
        self.notifications += self.scenario.taken(NOTIFICATIONS)
        self.notifications = self._run("send_receipts", self.notifications, self._send)

    def drain(self) -> None:
        """Repeat until no work is pending."""
        while self.payments or self.notifications:
            self.turn()

    def _send(self, *bodies: str) -> list[str]:
        again = set(self.scenario.send(*map(read_notification, bodies)))
        return [body for body in bodies if read_notification(body) in again]

    def _run(self, worker: str, queue: list[str], work: Any) -> list[str]:
        turn = next(self._turns)
        queue = sorted(queue, key=lambda body: self.dice.throw("order", turn, body))
        size = 1 + self.dice.pick(BATCH, "size", turn)
        batch, rest = queue[:size], queue[size:]
        if not batch:
            return rest
        self._worker = worker
        try:
            return rest + work(*batch)
        except Killed:
            return rest + batch
        finally:
            self._worker, self._dead = "", False

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """Allow faults until the block ends."""
        with (
            self.wire.broken(self._strike, when=self._is_struck),
            patch.object(BaseJSONSerializer, "_serialize_type_structure", quickly),
            # To undo a transaction, moto copies its table once per part, which is most of a storm's time. Ours have a
            # condition only on the first part: if one fails, nothing was written before it.
            # the first part has a condition: where one fails, nothing was done before it.
            patch.object(Table, "__deepcopy__", lambda table, _: table, create=True),
        ):
            yield

    def _is_struck(self, sent: Sent) -> bool:
        """Return whether a fault hits the call, by the dice; the fault itself is kept for `_strike`."""
        with self._lock:
            self._here.fault = on_the_wire.killed_before if self._dead else self._thrown(sent)
        return self._here.fault is not None

    def _thrown(self, sent: Sent) -> Fault | None:
        kind = (self._worker, _kind(sent))
        if not self._worker or not self.stormy:
            return None
        self._counts[kind] += 1
        # Of each kind, the first is killed before it is sent, the second after it took effect, later ones at random.
        first = {1: 0.9, 2: 0.1}.get(self._counts[kind])
        thrown = first or self.dice.throw("kill", *kind, self._counts[kind]) / KILLED
        if thrown >= 1:
            return self._mood(sent) if sent.operation == "SendEmail" else None
        self._dead, after = True, thrown < 0.5
        self.kills[*kind, after] += 1
        return on_the_wire.killed_after if after else on_the_wire.killed_before

    def _mood(self, sent: Sent) -> Fault | None:
        """Answer as SES would: eight of ten mails are sent."""
        mail = sent.parameters["EmailTags"][0]["Value"]
        self._mails[mail] += 1
        thrown = self.dice.throw("mail", mail, self._mails[mail])
        return next((fault for below, fault in MOODS if thrown < below), None)

    def _strike(self, request: AWSPreparedRequest, deliver: Deliver) -> AWSResponse:
        return self._here.fault(request, deliver)


def _status(payment: Payment) -> DonationStatus:
    """Return the status of a donation with this payment at Stripe."""
    state = state_of(payment)
    if state.captured:
        return DonationStatus.REFUNDED if state.refunded == state.captured else DonationStatus.SUCCEEDED
    return DonationStatus.FAILED if len(payment.operations) > 1 else DonationStatus.PENDING


def _kind(sent: Sent) -> str:
    queue = sent.parameters.get("QueueUrl", "").rpartition("/")[2]
    return f"{sent.operation} {queue}".strip()


@pytest.fixture
def world(on_moto: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[DonationSimulation]:
    """Return a world with an empty table, empty queues and an empty mailbox."""
    os.environ |= donation_scenario.environment()
    donation_scenario.forget()
    wire = Wire()
    for client in (runtime.dynamodb(), runtime.sqs(), runtime.ses()):
        wire.attach(client)
    monkeypatch.setattr(endpoint, "time", SimpleNamespace(sleep=wire.delays_s.append))
    yield DonationSimulation(DonationScenario(), wire, Dice(SEED))
    for made in (runtime.dynamodb, runtime.sqs, runtime.ses):
        made.cache_clear()


@pytest.mark.full
def test_concurrent_events_match_stripes_state(world: DonationSimulation) -> None:
    scenario, dice = world.scenario, world.dice
    stripe = account(dice)
    with world.going_on():
        for given in stripe.donations.values():
            # For some, Stripe's event arrives before we have recorded the intent.
            scenario.open(given, intent_id=given.intent_id if dice.throw("known", given.id) < 0.5 else None)
    strange = [
        scenario.succeeded(replace(given, id=f"{given.id[:-3]}999")) for given in list(stripe.donations.values())[:5]
    ]
    once = [*stripe.bodies, *strange]
    assert len(once) < EVENTS
    told = once + [once[dice.pick(len(once), "twice", number)] for number in range(EVENTS - len(once))]

    world.payments = told
    with world.going_on():
        world.drain()
    assert {(*kind, after) for kind in CALLS for after in (False, True)} == set(world.kills)
    world.stormy = False
    with world.going_on():
        world.payments = once[::3]
        world.drain()

    stands = {one: scenario.now(given) for one, given in stripe.donations.items()}
    ours = Counter[str]()
    for donation in stands.values():
        ours[donation.currency] += donation.paid - donation.refunded
    assert scenario.totals() == dict(ours) == stripe.net()
    for name, payment in stripe.payments.items():
        state = state_of(payment)
        assert (stands[name].paid, stands[name].refunded) == (state.captured, state.refunded), name
        assert stands[name].status == _status(payment), name
    assert set(scenario.taken(DEAD_PAYMENTS)) == set(strange)

    mails = Counter(scenario.mailed())
    assert not [address for address, number in mails.items() if number > 1]
    for donation in stands.values():
        allowed = {
            # Refused by SES, of unknown outcome, or refunded in full before it was processed.
            False: {Receipt.REFUSED, Receipt.SENDING} if donation.status is DonationStatus.SUCCEEDED else set(Receipt),
            True: {Receipt.SENT, Receipt.SENDING},
        }[donation.donor.email in mails]
        assert donation.receipt in allowed - {Receipt.DUE}, donation
        assert donation.paid or donation.receipt is Receipt.NONE, donation
