"""Any history, cut into any batches by runs that are killed, repeated and overtaken, balances in the end.

Entries are stored as in their table: put once, while their batch is open. After every history, each capture, refund and
movement of a dispute is in exactly one batch; reports, entries and the ledger's accounts have the same totals; and a
repeated run changes nothing, to the byte.
"""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings, strategies as st

from paysandbox.core import ids
from paysandbox.core.cards.brand import Brand
from paysandbox.core.errors import Refused
from paysandbox.core.event_type import EventType
from paysandbox.payments.accounting import balances, payment_postings
from paysandbox.payments.accounts import BANK_CASH, DISPUTE_FEE_INCOME, FEE_INCOME, merchant_available, merchant_pending
from paysandbox.payments.audit import Books
from paysandbox.payments.change import Change
from paysandbox.payments.disputes import rules as dispute_rules
from paysandbox.payments.disputes.dispute import NEEDS_RESPONSE, DisputeStatus
from paysandbox.payments.disputes.fees import NO_FEES, DisputeFees
from paysandbox.payments.events.event import events_of
from paysandbox.payments.operations.capture import Capture
from paysandbox.payments.operations.dispute_decided import DisputeDecided
from paysandbox.payments.operations.dispute_escalated import DisputeEscalated
from paysandbox.payments.operations.dispute_opened import DisputeOpened
from paysandbox.payments.operations.refund import Refund
from paysandbox.payments.operations.refund_updated import RefundUpdated
from paysandbox.payments.operations.settlement import Settlement
from paysandbox.payments.payment import FEE_KINDS, INQUIRY, SIMULATED, LineKind, Payment, state_of
from paysandbox.payments.refund_status import RefundStatus
from paysandbox.payments.rules.capture import capture
from paysandbox.payments.rules.refund import refund as refund_rule
from paysandbox.payments.rules.void import void as void_rule
from paysandbox.payments.simulated_action import Stamp
from paysandbox.payments.simulation import simulation
from paysandbox.payments.simulation.planned_refund import refund_as_planned
from paysandbox.settlement.business_day import BatchName, business_date
from paysandbox.settlement.close import Balance, Of, check, close, totals_of
from paysandbox.settlement.fees import STANDARD_FEES, read_fees
from paysandbox.settlement.reports.reading import ReportLine, read_report
from paysandbox.settlement.reports.reconciliation import reconcile
from paysandbox.settlement.settlement import Batch, ContradictionError, Entry, Exclusion, entries_of, settle
from tests.support.builders import build, payment_scenario
from tests.support.builders.build import DAY, HOUR, MONDAY
from tests.support.builders.refund_scenario import PENDING
from tests.support.builders.reports import contents, csv_of, json_of
from tests.support.worlds.memory_ledger import MemoryLedger

FEES = read_fees(STANDARD_FEES)
OPERATIONS = (
    *["capture"] * 4,
    *["refund"] * 2,
    *["planned"] * 2,
    *["update"] * 3,
    "void",
    *["dispute"] * 3,
    *["respond"] * 6,
)
DISPUTE_FEES = (NO_FEES, DisputeFees(default=15_00), DisputeFees(default=7, returned_if_won=False))


class KilledError(Exception):
    """The end of the run by a kill."""


@dataclass
class Night:
    """A stored batch: its entries by id, the operations left out, and its closing totals."""

    batch: Batch
    entries: dict[str, Entry] = field(default_factory=dict[str, Entry])
    aside: dict[str, Exclusion] = field(default_factory=dict[str, Exclusion])
    closed: dict[Of, Balance] | None = None
    announced: bool = False

    def reports(self) -> dict[str, tuple[bytes, bytes]]:
        """The CSV and JSON reports by merchant."""
        closed = self.closed or {}
        merchants = {entry.merchant for entry in self.entries.values()}
        made: dict[str, tuple[bytes, bytes]] = {}
        for merchant in sorted(merchants):
            mine = [entry for entry in self.entries.values() if entry.merchant == merchant]
            payouts = {of[1]: one.payout.id for of, one in closed.items() if of[0] == merchant and one.payout}
            aside = [one for one in self.aside.values() if one.merchant == merchant]
            told = contents(self.batch, merchant, mine, payouts, aside)
            made[merchant] = (csv_of(told), json_of(told))
        return made


@dataclass
class SettlementHistory:
    """Payments, batches and the time. `dice` decides every event."""

    dice: Random
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    nights: list[Night] = field(default_factory=list[Night])
    now: datetime = MONDAY
    asked: int = 0
    calls_left: int | None = None

    # --- merchants ----------------------------------------------------------------------------------------------------

    def pay(self) -> None:
        """Make a new payment."""
        self.asked += 1
        brand = self.dice.choice([Brand.VISA, Brand.AMEX])
        self.ledger.put(
            build.authorized(
                self.dice.choice([1, 29, 50, 10_00, 99_999_999]),
                merchant=self.dice.choice(["demo", "globex"]),
                currency=self.dice.choice(["USD", "EUR", "JPY"]),
                automatic=self.dice.random() < 0.3,
                kept_card=build.card(brand=brand),
                payment_id=ids.payment_id("history", str(self.asked)),
                reference=self.dice.choice([None, "=1+1", "a,b"]),
                now=self.now,
            )
        )

    def operate(self, ledger: MemoryLedger | None = None) -> None:
        """Capture, void, refund or dispute some payment, or let its refund or dispute go on; this may be refused."""
        ledger = ledger or self.ledger
        if not ledger.payments:
            return
        kind = self.dice.choice(OPERATIONS)
        payment = self.dice.choice(self.ready_for(kind, ledger))
        self.asked += 1
        amount = self.dice.choice([None, 1, 5_00, 20])
        # Some handlers wrote late: the operation has the time of its decision.
        at = self.now - self.dice.choice([timedelta(0), timedelta(0), HOUR])
        parts = {"at": at, "payment_id": payment.id}
        try:
            if kind == "capture":
                taken = build.capture(self.asked, final=self.dice.random() < 0.2, **parts)
                ledger.change(
                    payment.id,
                    lambda current: capture(
                        payment.id, payment.merchant, taken, amount=amount, currency=None, current=current
                    ),
                )
            elif kind == "refund":
                of = self.dice.choice([None, *payment.captures])
                given_back = build.refund(self.asked, of=of, **parts)
                ledger.change(
                    payment.id,
                    lambda current: refund_rule(
                        payment.id, payment.merchant, given_back, amount=amount, currency=None, current=current
                    ),
                )
            elif kind == "planned":
                of = self.dice.choice([None, *payment.captures])
                asked = build.refund(self.asked, of=of, **parts)

                def decide(refund: Refund, current: Payment | None) -> Change:
                    return refund_rule(
                        payment.id, payment.merchant, refund, amount=amount, currency=None, current=current
                    )

                ledger.change(payment.id, lambda current: refund_as_planned(PENDING, asked, current, decide))
            elif kind == "update":
                self.update_refund(ledger, payment, at)
            elif kind == "dispute":
                self.dispute(ledger, payment, at, amount)
            elif kind == "respond":
                self.respond(ledger, payment, at)
            else:
                void = build.void(self.asked, **parts)
                ledger.change(payment.id, lambda _: void_rule(payment.id, payment.merchant, void))
        except Refused:
            pass

    def ready_for(self, kind: str, ledger: MemoryLedger) -> list[Payment]:
        """Return the payments with something to go on with, or all."""
        payments = sorted(ledger.payments.values(), key=lambda one: one.id)
        if kind == "update":
            return [one for one in payments if state_of(one).refunds] or payments
        if kind == "respond":
            return [one for one in payments if state_of(one).disputes] or payments
        return payments

    def update_refund(self, ledger: MemoryLedger, payment: Payment, at: datetime) -> None:
        """Let something happen to some refund of a payment."""
        refunds = [*state_of(payment).refunds]
        if not refunds:
            return
        refund_id = self.dice.choice(refunds)
        allowed = simulation.allowed(payment, refund_id)
        if not allowed:
            return
        name, stamp = self.dice.choice(allowed).name, self.stamp(at)
        ledger.change(payment.id, lambda current: simulation.step(current or payment, refund_id, name, {}, stamp))

    def dispute(self, ledger: MemoryLedger, payment: Payment, at: datetime, amount: int | None) -> None:
        """Dispute an amount of a payment, or inquire about it."""
        arguments: dict[str, str | int] = {} if amount is None else {"amount": amount}
        if self.dice.random() < 0.3:
            arguments["kind"] = INQUIRY
        stamp = self.stamp(at)
        ledger.change(
            payment.id, lambda current: simulation.step(current or payment, payment.id, "dispute", arguments, stamp)
        )

    def respond(self, ledger: MemoryLedger, payment: Payment, at: datetime) -> None:
        """Submit evidence, accept, or let something happen that is possible, mostly in the latest dispute."""
        disputes = state_of(payment).disputes
        if not disputes:
            return
        dispute_id = [*disputes][-1] if self.dice.random() < 0.9 else self.dice.choice([*disputes])
        allowed = [action.name for action in simulation.allowed(payment, dispute_id)]
        if disputes[dispute_id].status in NEEDS_RESPONSE:
            allowed += ["submit"] * 4 + ["accept"]
        if not allowed:
            return
        name, stamp = self.dice.choice(allowed), self.stamp(at)

        def decide(current: Payment | None) -> Change:
            seen = current or payment
            match name:
                case "submit":
                    return dispute_rules.submit(seen, dispute_id, digest="0" * 64, texts=[], stamp=stamp)
                case "accept":
                    return dispute_rules.accept(seen, dispute_id, stamp)
                case _:
                    return simulation.step(seen, dispute_id, name, {}, stamp)

        ledger.change(payment.id, decide)

    def stamp(self, at: datetime) -> Stamp:
        """The stamp of the next simulated step, with some fee for a chargeback."""
        return Stamp(
            key=str(self.asked),
            request_id="step",
            at=at,
            contract=1,
            validity_s=604_800,
            source=SIMULATED,
            dispute_fees=self.dice.choice(DISPUTE_FEES),
        )

    # --- runs ---------------------------------------------------------------------------------------------------------

    def open_night(self, cutoff: datetime) -> Night:
        """Return the open batch, or open a new one."""
        last = self.nights[-1] if self.nights else None
        if last is not None and not last.announced:
            return last
        after = last.batch.cutoff if last else None
        day = business_date(cutoff - timedelta(microseconds=1))
        name = BatchName.next(max(day, last.batch.name.day) if last else day, last.batch.name if last else None)
        self.nights.append(Night(Batch(name, max(cutoff, after or cutoff), after)))
        return self.nights[-1]

    def settle(self, cutoff: datetime) -> None:
        """Run a settlement, resuming from the stored state, until `calls_left` is used up."""
        night = self.open_night(cutoff)
        if night.closed is None:
            for payment in sorted(self.ledger.due(), key=lambda _: self.dice.random()):
                self.call()
                self.enter(night, payment)
            self.call()
            opening = {of: one.closing for of, one in (self.closed_before(night) or {}).items()}
            totals = totals_of(night.entries.values())
            closed = close(str(night.batch.name), totals, opening)
            check(night.entries.values(), totals, closed)
            night.closed = closed
        by_payment: dict[str, list[Entry]] = {}
        for entry in night.entries.values():
            by_payment.setdefault(entry.payment_id, []).append(entry)
        for payment_id, entries in by_payment.items():
            self.call()
            self.announce(night, payment_id, entries)
        night.announced = True

    def enter(self, night: Night, payment: Payment) -> None:
        try:
            for entry in entries_of(payment, night.batch, FEES):
                night.entries.setdefault(entry.operation_id, entry)
        except ContradictionError as error:
            night.aside[payment.id] = Exclusion(merchant=payment.merchant, payment_id=payment.id, reason=error.reason)

    def announce(self, night: Night, payment_id: str, entries: list[Entry]) -> None:
        seen = self.ledger.payments[payment_id]
        if self.dice.random() < 0.2:
            self.operate_on(payment_id)  # overtaken: the payment changes after it was read
        at = night.batch.cutoff + 2 * HOUR
        if settle(seen, entries, request_id="settle", at=at) is None:
            return
        before = self.ledger.payments[payment_id]

        def decide(current: Payment | None) -> Change:
            change = settle(current or seen, entries, request_id="settle", at=at)
            assert change is not None
            return change

        after = self.ledger.change(payment_id, decide)
        told = events_of(before, after)
        assert {event.settled.id for event in told if event.settled} == {entry.operation_id for entry in entries}

    def operate_on(self, payment_id: str) -> None:
        only = MemoryLedger({payment_id: self.ledger.payments[payment_id]})
        self.operate(only)
        self.ledger.payments[payment_id] = only.payments[payment_id]

    def closed_before(self, night: Night) -> dict[Of, Balance] | None:
        place = self.nights.index(night)
        return self.nights[place - 1].closed if place else None

    def call(self) -> None:
        """Count a call that a kill may precede."""
        if self.calls_left is not None:
            if self.calls_left == 0:
                raise KilledError
            self.calls_left -= 1

    def live(self, steps: list[str]) -> None:
        """Run random events in sequence."""
        for step in steps:
            if step == "pay":
                self.pay()
            elif step == "wait":
                self.now += self.dice.choice([timedelta(minutes=30), 7 * HOUR, DAY])
            elif step == "operate":
                self.operate()
            else:
                self.calls_left = self.dice.choice([None, *range(8)]) if step == "killed run" else None
                try:
                    # At midnight, or now.
                    midnight = self.now.replace(hour=0, minute=0)
                    self.settle(self.dice.choice([midnight, self.now]))
                except KilledError:
                    pass
                self.calls_left = None


# --- invariants -------------------------------------------------------------------------------------------------------


def lines_of(payments: dict[str, Payment]) -> Iterator[tuple[str, int, Payment]]:
    """Return every capture, refund, reversal and movement of a dispute, from operations and amounts alone."""
    for payment in payments.values():
        for line_id, gross in lines_of_disputes(payment):
            yield line_id, gross, payment
        succeeded: set[str] = set()
        for operation in payment.operations:
            match operation:
                case Capture():
                    yield operation.id, payment.amounts[operation.id], payment
                case Refund(pending=False):
                    succeeded.add(operation.id)
                    yield operation.id, -payment.amounts[operation.id], payment
                case RefundUpdated(status=RefundStatus.SUCCEEDED):
                    succeeded.add(operation.refund_id)
                    yield operation.refund_id, -payment.amounts[operation.refund_id], payment
                case RefundUpdated(status=RefundStatus.FAILED) if operation.refund_id in succeeded:
                    yield operation.id, payment.amounts[operation.refund_id], payment
                case _:
                    pass


def lines_of_disputes(payment: Payment) -> Iterator[tuple[str, int]]:
    """A chargeback is charged its fee once, though it may be contested; what is lost is not returned."""
    opened: dict[str, DisputeOpened] = {}
    taken: Counter[str] = Counter()
    charged: Counter[str] = Counter()
    was_charged: set[str] = set()
    for operation in payment.operations:
        match operation:
            case DisputeOpened():
                opened[operation.dispute_id] = operation
            case DisputeDecided(outcome=DisputeStatus.WON, dispute_id=of):
                yield ids.adjustment_id(operation.id, LineKind.CHARGEBACK_REVERSAL), taken.pop(of)
                if opened[of].returns_fee and charged[of]:
                    yield ids.adjustment_id(operation.id, LineKind.DISPUTE_FEE_REVERSAL), charged.pop(of)
            case _:
                pass
        if isinstance(operation, DisputeEscalated) or (isinstance(operation, DisputeOpened) and not operation.inquiry):
            of = operation.dispute_id
            taken[of] = operation.amount
            yield ids.adjustment_id(operation.id, LineKind.CHARGEBACK), -taken[of]
            if opened[of].fee and of not in was_charged:
                was_charged.add(of)
                charged[of] = opened[of].fee
                yield ids.adjustment_id(operation.id, LineKind.DISPUTE_FEE), -charged[of]


def hold_together(history: SettlementHistory) -> None:
    books_agree(history)
    each_is_in_one_batch(history)
    sums_agree(history)
    balances_match_the_reports(history)
    nothing_is_left_over(history)


def books_agree(history: SettlementHistory) -> None:
    for payment in history.ledger.payments.values():
        payment_scenario.check(payment)
    books = Books()
    assert [told for payment in history.ledger.payments.values() for told in books.take(payment)] == []
    assert books.close() == ()


def each_is_in_one_batch(history: SettlementHistory) -> None:
    in_batches = Counter(operation_id for night in history.nights for operation_id in night.entries)
    assert in_batches == Counter(operation_id for operation_id, _, _ in lines_of(history.ledger.payments))
    recorded = Counter(
        settled.id
        for payment in history.ledger.payments.values()
        for operation in payment.operations
        if isinstance(operation, Settlement)
        for settled in operation.settled
    )
    assert recorded == in_batches


def reported(history: SettlementHistory) -> Iterator[tuple[Of, ReportLine]]:
    """Return every line of every report, after checking that each report is sound and reconciles."""
    for night in history.nights:
        for merchant, (told, _) in night.reports().items():
            report = read_report(told)
            assert report.faults == ()
            mine = [entry for entry in night.entries.values() if entry.merchant == merchant]
            assert {str(one.type) for one in reconcile(report, mine).breaks} <= {"late_presentment"}
            yield from (((merchant, line.currency), line) for line in report.lines)


def sums_agree(history: SettlementHistory) -> None:
    """Check that reports, entries, and the accounts of the ledger agree."""
    accounts = balances(posting for one in history.ledger.payments.values() for posting in payment_postings(one))
    grosses: Counter[Of] = Counter()
    nets: Counter[Of] = Counter()
    fees: Counter[str] = Counter()
    dispute_fees: Counter[str] = Counter()
    cash: Counter[str] = Counter()
    for of, line in reported(history):
        if line.kind in FEE_KINDS:
            dispute_fees[line.currency] -= line.gross
        else:
            cash[line.currency] += line.gross
        grosses[of] += line.gross
        nets[of] += line.net
        fees[line.currency] += line.fee
    entered = totals_of(entry for night in history.nights for entry in night.entries.values())
    assert {of: total.net for of, total in entered.items()} == dict(nets)
    for total in entered.values():
        assert total.net == total.gross - total.refunds - total.chargebacks - total.dispute_fees - total.fees
    disputed: Counter[Of] = Counter()
    for payment in history.ledger.payments.values():
        disputed[payment.merchant, payment.currency] += state_of(payment).disputed
    assert {of: total.chargebacks for of, total in entered.items()} == {of: disputed[of] for of in entered}
    ledger_says: Counter[Of] = Counter()
    for _, gross, payment in lines_of(history.ledger.payments):
        ledger_says[payment.merchant, payment.currency] += gross
    assert {of: total for of, total in grosses.items() if total} == {of: n for of, n in ledger_says.items() if n}
    held: Counter[Of] = Counter()
    for payment in history.ledger.payments.values():
        held[payment.merchant, payment.currency] += sum((payment.pending_refunds or {}).values())
    for merchant, currency in grosses:
        assert accounts[merchant_pending(merchant), currency] == held[merchant, currency]
        assert -accounts[merchant_available(merchant), currency] == nets[merchant, currency]
        assert -accounts[FEE_INCOME, currency] == fees[currency]
        assert -accounts[DISPUTE_FEE_INCOME, currency] == dispute_fees[currency]
        assert accounts[BANK_CASH, currency] == cash[currency]


def balances_match_the_reports(history: SettlementHistory) -> None:
    """Check balances against the reports, less payouts."""
    nets: Counter[Of] = Counter()
    for of, line in reported(history):
        nets[of] += line.net
    paid: Counter[Of] = Counter()
    for night in history.nights:
        for of, balance in (night.closed or {}).items():
            paid[of] += balance.paid_out
    for of, balance in (history.nights[-1].closed or {}).items():
        assert balance.closing == nets[of] - paid[of]


def nothing_is_left_over(history: SettlementHistory) -> None:
    """Check that only holds are still due, and that each settled operation has exactly one event."""
    for payment in history.ledger.payments.values():
        assert payment.unsettled_since is None
        # A void does not change it; a sweep that finds nothing removes it.
        assert payment.due_at in (payment.created_at, None)
        assert payment.due_at is not None or not state_of(payment).remaining
        told = [event for event in events_of(None, payment) if event.type is EventType.TRANSACTION_SETTLED]
        assert len({event.id for event in told}) == len(told) == len(state_of(payment).lines)


def finish(history: SettlementHistory) -> None:
    """Run the last settlements without interference: the open batch is closed, then all the rest is settled."""
    history.dice.random = lambda: 0.5
    for _ in range(2):
        history.calls_left = None
        history.settle(history.now + 30 * DAY)


steps = st.lists(st.sampled_from(["pay", "operate", "operate", "operate", "wait", "run", "killed run"]), max_size=60)


@pytest.mark.full
@settings(max_examples=300)
@given(seed=st.integers(0, 2**32), steps=steps)
def test_any_history_adds_up(seed: int, steps: list[str]) -> None:
    history = SettlementHistory(Random(seed))
    history.live(["pay", "operate", *steps])
    finish(history)
    hold_together(history)


@pytest.mark.full
@settings(max_examples=100)
@given(seed=st.integers(0, 2**32), steps=steps)
def test_repeated_runs_change_nothing(seed: int, steps: list[str]) -> None:
    """Recomputed from the final payments alone, every batch is the same as before."""
    history = SettlementHistory(Random(seed))
    history.live(["pay", "operate", *steps])
    finish(history)
    reports = [night.reports() for night in history.nights]
    payments = dict(history.ledger.payments)

    for night in history.nights:
        again = Night(night.batch, closed=night.closed)
        for payment in payments.values():
            history.enter(again, payment)
        assert again.entries == night.entries
        for entry in again.entries.values():
            assert settle(payments[entry.payment_id], [entry], request_id="again", at=history.now) is None
        assert again.reports() == night.reports()
    assert [night.reports() for night in history.nights] == reports


@pytest.mark.parametrize("calls", range(12))
def test_a_resumed_batch_has_the_same_figures(calls: int) -> None:
    def history_of(kill_after: int | None) -> SettlementHistory:
        history = SettlementHistory(Random(7))
        history.live(["pay", "pay", "pay", *["operate"] * 12, "wait"])
        history.dice = Random(1)
        history.dice.random = lambda: 0.5  # no interference
        history.calls_left = kill_after
        try:
            history.settle(history.now)
        except KilledError:
            history.calls_left = None
            history.settle(history.now + DAY)  # the open batch is resumed, with its own cut-off
        return history

    whole, killed = history_of(None), history_of(calls)
    assert [night.reports() for night in killed.nights] == [night.reports() for night in whole.nights]
    assert killed.ledger.payments == whole.ledger.payments


def test_a_damaged_payment_is_excluded_and_others_are_settled() -> None:
    history = SettlementHistory(Random(3))
    history.live(["pay"] * 6 + ["operate"] * 20)
    spoilt = next(one for one in history.ledger.payments.values() if one.unsettled_since is not None)
    history.ledger.payments[spoilt.id] = replace(spoilt, refundable=spoilt.refundable + 1)
    history.settle(history.now)

    (night,) = history.nights
    assert [*night.aside] == [spoilt.id]
    lines = {line: payment.id for line, _, payment in lines_of(history.ledger.payments)}
    assert {*night.entries} == {line for line, payment_id in lines.items() if payment_id != spoilt.id}
    told = night.reports().get(spoilt.merchant)
    assert told is not None
    assert [*read_report(told[0]).quarantined] == [spoilt.id]
    assert [one["payment_id"] for one in json.loads(told[1])["quarantined"]] == [spoilt.id]
