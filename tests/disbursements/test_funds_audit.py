"""The audit of funds: nothing to report for any history, and each damage named."""

import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from paysandbox.disbursements.disbursement import Change, Disbursement, Source, Status
from paysandbox.disbursements.funds_audit import FundsAudit, Of
from paysandbox.disbursements.methods import AVAILABLE
from paysandbox.disbursements.steps import TABLE, Step, held_amount, returned_amount, row_of, stepped
from paysandbox.funds.available import Available, SettledSums
from paysandbox.funds.funding import Funding
from paysandbox.funds.movement import Movement, MovementKind, between
from tests.support.builders import build
from tests.support.builders.build import HOUR, MONDAY
from tests.support.builders.disbursements import accepted, funding

HISTORIES = 500
STEPS = tuple(dict.fromkeys((row.step, source) for row in TABLE for source in sorted(row.sources)))


class History:
    """A merchant's funds in memory: what is added, taken and given back."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.fundings: list[Funding] = []
        self.settled: dict[Of, int] = {}
        self.disbursements: list[Disbursement] = []
        self.balances: dict[Of, int] = {}
        self.now = MONDAY

    def live(self, moves: int) -> None:
        """Do random things."""
        for _ in range(moves):
            self.now += timedelta(minutes=self.random.randrange(5_000))
            self.random.choice((self.fund, self.night, self.accept, self.step, self.step, self.step))()

    def fund(self) -> None:
        made = funding(
            len(self.fundings),
            merchant=self._merchant(),
            currency=self.random.choice(("USD", "JPY")),
            amount=self.random.randrange(1, 500_00),
            at=self.now,
        )
        self._add(made)

    def night(self) -> None:
        """A batch keeps its payout available."""
        of = (self._merchant(), "USD")
        amount = self.random.randrange(1, 90_00)
        self.settled[of] = self.settled.get(of, 0) + amount
        self.balances[of] = self.balances.get(of, 0) + amount

    def accept(self) -> None:
        """Take the amount and the fee, if there is enough."""
        made = accepted(
            len(self.disbursements),
            merchant=self._merchant(),
            currency=self.random.choice(("USD", "JPY")),
            amount=self.random.randrange(1, 100_00),
            fee=self.random.choice((0, 25)),
            method=self.random.choice(AVAILABLE),
            provider_fee=self.random.choice((None, 0, 10)),
            created_at=self.now,
        )
        of = (made.merchant, made.currency)
        if self.balances.get(of, 0) >= made.amount + made.fee:
            self.balances[of] -= made.amount + made.fee
            self.disbursements.append(made)

    def step(self) -> None:
        """Do any step that is possible on any disbursement."""
        if not self.disbursements:
            return
        place = self.random.randrange(len(self.disbursements))
        before = self.disbursements[place]
        step, source = self.random.choice(STEPS)
        if row_of(before, step, source) is not None:
            after = stepped(before, step, source, self.now)
            self.balances[before.merchant, before.currency] += returned_amount(before, after)
            self.disbursements[place] = after

    def audited(self) -> FundsAudit:
        """Audit it."""
        audited = FundsAudit()
        for one in self.fundings:
            audited.take_funding(one)
        for one in self.disbursements:
            audited.take_disbursement(one)
        audited.close({
            of: Available(amount=amount, settled=SettledSums(to_funds=self.settled.get(of, 0)))
            for of, amount in self.balances.items()
        })  # fmt: skip
        return audited

    def _add(self, made: Funding) -> None:
        self.fundings.append(made)
        self.balances[made.merchant, made.currency] = self.balances.get((made.merchant, made.currency), 0) + made.amount

    def _merchant(self) -> str:
        return self.random.choice((build.MERCHANT, build.OTHER_MERCHANT))


@pytest.mark.parametrize("part", range(10))
def test_any_history_adds_up(part: int) -> None:
    """500 histories of fundings, nights, disbursements and their steps."""
    met: set[Status] = set()
    for seed in range(part, HISTORIES, 10):
        history = History(seed)
        history.live(100)
        audited = history.audited()
        assert audited.breaks == [], seed
        assert (audited.fundings, audited.disbursements) == (len(history.fundings), len(history.disbursements))
        met |= {one.status for one in history.disbursements}
    assert met == {*Status}


def stalled() -> Disbursement:
    return stepped(accepted(), Step.STALL, Source.SIMULATED, MONDAY + HOUR)


def sent_only() -> Disbursement:
    return stepped(accepted(), Step.SEND, Source.WORKER, MONDAY + HOUR)


def paid(one: Disbursement | None = None) -> Disbursement:
    sent = stepped(one or accepted(), Step.SEND, Source.WORKER, MONDAY + HOUR)
    return stepped(sent, Step.PAY, Source.PROVIDER, MONDAY + 2 * HOUR)


def with_entry(one: Disbursement, *entries: Change) -> Disbursement:
    return replace(one, trail=(*one.trail, *entries), version=one.version + len(entries))


def entry(status: Status, source: Source = Source.PROVIDER, hours: int = 3) -> Change:
    return Change(status=status, at=MONDAY + hours * HOUR, source=source)


DAMAGED: list[tuple[str, Callable[[], Disbursement], str, str]] = [
    ("fee of a paid one", lambda: replace(paid(), fee=1), "funds", "disbursements hold 12.51 USD"),
    ("starts as paid", lambda: replace(paid(), trail=paid().trail[2:]), "trail", "begins as paid by provider"),
    ("back to pending", lambda: with_entry(paid(), entry(Status.PENDING)), "trail", "pending by provider does not"),
    ("paid by the API", lambda: with_entry(accepted(), entry(Status.PAID, Source.API)), "trail", "paid by api does"),
    ("earlier", lambda: with_entry(paid(), entry(Status.RETURNED, hours=1)), "trail", "is before paid at"),
    ("41 entries", lambda: with_entry(accepted(), *[entry(Status.PROCESSING)] * 40), "trail", "41 entries"),
    ("due although paid", lambda: replace(paid(), due_at=MONDAY), "due", "something is due at"),
    ("nothing due", lambda: replace(accepted(), due_at=None), "due", "nothing is due, and it is pending"),
    ("stalled and not due", lambda: replace(stalled(), due_at=None), "due", "nothing is due, and it is processing"),
    ("never sent", lambda: replace(paid(), sent_at=None), "trail", "was sent first is missing"),
    ("paid twice", lambda: with_entry(paid(), entry(Status.PAID)), "trail", "paid by provider does not follow paid"),
    (
        "a payment that is called a correction",
        lambda: with_entry(sent_only(), replace(entry(Status.PAID), is_correction=True)),
        "trail",
        "paid by provider does not follow processing",
    ),
    ("too few writes", lambda: replace(paid(), version=2), "trail", "3 entries after 2 writes"),
]


@pytest.mark.parametrize("damaged, rule, detail", [row[1:] for row in DAMAGED], ids=[row[0] for row in DAMAGED])
def test_a_damaged_disbursement_is_named(damaged: Callable[[], Disbursement], rule: str, detail: str) -> None:
    one, audited = damaged(), FundsAudit()
    audited.take_funding(funding())
    audited.take_disbursement(one)
    found = audited.close({(build.MERCHANT, "USD"): Available(amount=100_00 - 12_50)})
    assert [each for each in found if each.rule == rule and detail in each.detail], found


@pytest.mark.parametrize(
    "stored, detail",
    [
        (
            Available(amount=100_01),
            "fundings add up to 100.00 USD, but the funds are 100.01 USD and disbursements hold 0.00 USD",
        ),
        (
            Available(amount=149_99, early=20_00, settled=SettledSums(carried=30_00)),
            "fundings add up to 100.00 USD, but the funds are 99.99 USD and disbursements hold 0.00 USD",
        ),
        (
            Available(amount=1_00, settled=SettledSums(to_funds=1)),
            "fundings and settlement add up to 100.01 USD, but the funds are 1.00 USD and disbursements hold 0.00 USD",
        ),
    ],
)
def test_a_wrong_balance_is_named(stored: Available, detail: str) -> None:
    audited = FundsAudit()
    audited.take_funding(funding())
    found = audited.close({(build.MERCHANT, "USD"): stored})
    assert ("funds", f"{build.MERCHANT} in USD", detail) in [(one.rule, one.where, one.detail) for one in found]
    assert {one.rule for one in found} == {"funds", "books"}


def test_held_amounts_are_those_of_the_steps() -> None:
    assert [held_amount(one) for one in (accepted(), paid())] == [12_50, 12_50]
    back = stepped(replace(paid(), fee=25), Step.REVERSE, Source.PROVIDER, MONDAY + 3 * HOUR)
    assert held_amount(back) == 25


# --- movements --------------------------------------------------------------------------------------------------------

OTHER = build.OTHER_MERCHANT


def sent(**parts: Any) -> tuple[Movement, Movement]:
    """Both movements of a transfer of 40.00 USD."""
    about: dict[str, Any] = {"giver": build.MERCHANT, "taker": OTHER, "amount": 40_00, "currency": "USD", "at": MONDAY}
    return between("tr_1", MovementKind.TRANSFER, **about | parts)


def moved(kind: MovementKind, amount: int, **parts: Any) -> Movement:
    about: dict[str, Any] = {"id": "po_1", "merchant": build.MERCHANT, "currency": "USD", "at": MONDAY}
    return Movement(kind=kind, amount=amount, **about | parts)


PAID_OUT = moved(MovementKind.PAYOUT, -40_00)
CAME_BACK = moved(MovementKind.PAYOUT_RETURN, 40_00)
TAKEN, GIVEN = sent()

MOVEMENTS: list[tuple[str, list[Movement], Mapping[str, int], list[tuple[str, str]]]] = [
    ("a transfer", [TAKEN, GIVEN], {build.MERCHANT: 60_00, OTHER: 40_00}, []),
    ("read in another order", [GIVEN, TAKEN], {build.MERCHANT: 60_00, OTHER: 40_00}, []),
    (
        "reversed",
        [
            *sent(),
            *between(
                "trr_1",
                MovementKind.TRANSFER_REVERSAL,
                giver=OTHER,
                taker=build.MERCHANT,
                amount=40_00,
                currency="USD",
                at=MONDAY,
            ),
        ],
        {build.MERCHANT: 100_00, OTHER: 0},
        [],
    ),
    ("a payout", [PAID_OUT], {build.MERCHANT: 60_00}, []),
    ("a payout that came back", [PAID_OUT, CAME_BACK], {build.MERCHANT: 100_00}, []),
    (
        "a balance that did not change",
        [TAKEN, GIVEN],
        {build.MERCHANT: 100_00, OTHER: 40_00},
        [("funds", "fundings and movements add up to 60.00 USD, but the funds are 100.00 USD")],
    ),
    (
        "one side only",
        [TAKEN],
        {build.MERCHANT: 60_00},
        [
            ("movement", f"-40.00 USD to {build.MERCHANT}, and nothing from or to {OTHER}"),
            ("books", "transfers is -40.00 USD by the postings, not 0.00 USD"),
        ],
    ),
    (
        "more than was given",
        [TAKEN, replace(GIVEN, amount=41_00)],
        {build.MERCHANT: 60_00, OTHER: 41_00},
        [("movement", "its two sides do not agree"), ("books", "transfers is 1.00 USD by the postings, not 0.00 USD")],
    ),
    (
        "another receiver",
        [TAKEN, replace(GIVEN, merchant="acme")],
        {build.MERCHANT: 60_00, "acme": 40_00},
        [("movement", "its two sides do not agree")],
    ),
    (
        "another currency",
        [TAKEN, replace(GIVEN, currency="JPY")],
        {build.MERCHANT: 60_00},
        [
            ("movement", "its two sides do not agree"),
            ("books", "transfers"),
            ("funds", "movements add up to 4,000 JPY"),
        ],
    ),
    (
        "what came back of nothing",
        [CAME_BACK],
        {build.MERCHANT: 140_00},
        [("movement", "40.00 USD came back, and nothing was paid out")],
    ),
    (
        "more came back",
        [PAID_OUT, replace(CAME_BACK, amount=40_01)],
        {build.MERCHANT: 100_01},
        [("movement", "40.01 USD came back, and -40.00 USD was paid out")],
    ),
    (
        "a payout that gives",
        [replace(PAID_OUT, amount=40_00)],
        {build.MERCHANT: 140_00},
        [("movement", "its payout is 40.00 USD")],
    ),
]


@pytest.mark.parametrize(
    "movements, balances, breaks", [row[1:] for row in MOVEMENTS], ids=[row[0] for row in MOVEMENTS]
)
def test_movements(movements: list[Movement], balances: Mapping[str, int], breaks: list[tuple[str, str]]) -> None:
    audited = FundsAudit()
    audited.take_funding(funding())
    for one in movements:
        audited.take_movement(one)
    found = audited.close({(merchant, "USD"): Available(amount=balance) for merchant, balance in balances.items()})
    assert audited.movements == len(movements)
    assert bool(found) is bool(breaks), found
    for rule, detail in breaks:
        assert [each for each in found if each.rule == rule and detail in each.detail], found
