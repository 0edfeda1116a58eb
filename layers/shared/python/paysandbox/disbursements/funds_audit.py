"""Audit merchants' funds: fundings, movements, disbursements and what is available must agree. Pure and read-only.

Each disagreement is a `Break`, as in the audit of payments. The rules:

    trail       a disbursement was accepted first, by the API; each status follows from the one before as the table of
                steps says, never earlier than it; there are at most 40; the first time that it was sent is recorded
    due         something is due if, and only if, something is left to do in this status
    funding     an amount is positive
    movement    of a transfer or a reversal, two merchants have one each, and one loses what the other gains; a payout
                takes, and what comes back is the whole amount of a payout of this merchant
    funds       of each merchant and currency: fundings, movements and what settlement gave are what is available apart
                from settlement, and what disbursements hold
    books       the postings give the balance of each account again, and the trial balance of each currency is 0
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from paysandbox.core.amount_text import amount_with_code
from paysandbox.core.record import replace
from paysandbox.disbursements.disbursement import FINAL, MAX_TRAIL, Disbursement, Source, Status
from paysandbox.disbursements.postings import (
    DISBURSEMENT_IN_TRANSIT,
    PROVIDER_FEE_EXPENSE,
    disbursement_postings,
    funding_posting,
    movement_posting,
)
from paysandbox.disbursements.steps import TABLE, Step, due_at, held_amount, watched_until
from paysandbox.funds.available import Available
from paysandbox.funds.funding import Funding
from paysandbox.funds.movement import BETWEEN_MERCHANTS, RETURNS, Movement, MovementKind
from paysandbox.payments.accounting import Posting, balances, draws_posting
from paysandbox.payments.accounts import BANK_CASH, FEE_INCOME, merchant_available, merchant_funds
from paysandbox.payments.audit import Balances, Break

FUNDS: Final = "the funds"
"""Location of a break that belongs to no merchant."""

_OfMovement = tuple[MovementKind, str]
Of = tuple[str, str]
"""Merchant and currency."""


@dataclass(slots=True)
class FundsAudit:
    """The sums of all fundings, movements and disbursements, and the breaks. `posted` has the balances of accounts."""

    fundings: int = 0
    movements: int = 0
    disbursements: int = 0
    posted: Balances = field(default_factory=Counter[tuple[str, str]])
    breaks: list[Break] = field(default_factory=list[Break])
    _expected: Balances = field(default_factory=Counter[tuple[str, str]])
    _funded: Counter[Of] = field(default_factory=Counter[Of])
    _moved: Counter[Of] = field(default_factory=Counter[Of])
    _held: Counter[Of] = field(default_factory=Counter[Of])
    _unpaired: dict[_OfMovement, Movement] = field(default_factory=dict[tuple[MovementKind, str], Movement])
    _payouts: dict[tuple[str, str], Movement] = field(default_factory=dict[tuple[str, str], Movement])
    _returns: dict[tuple[str, str], Movement] = field(default_factory=dict[tuple[str, str], Movement])

    def take_funding(self, funding: Funding) -> None:
        """Add a funding to the sums, and check it."""
        self.fundings += 1
        self._funded[funding.merchant, funding.currency] += funding.amount
        self._post([funding_posting(funding)])
        self._expect(BANK_CASH, funding.currency, funding.amount)
        if funding.amount <= 0:
            self._found("funding", funding.id, f"its amount is {amount_with_code(funding.amount, funding.currency)}")

    def take_movement(self, movement: Movement) -> None:
        """Add a movement to the sums, and check it."""
        self.movements += 1
        self._moved[movement.merchant, movement.currency] += movement.amount
        self._post([movement_posting(movement)])
        if movement.kind in BETWEEN_MERCHANTS:
            self._pair(movement)
            return
        self._expect(BANK_CASH, movement.currency, movement.amount)
        is_return = movement.kind in RETURNS
        (self._returns if is_return else self._payouts)[movement.merchant, movement.id] = movement
        if (movement.amount > 0) is not is_return:
            self._found("movement", movement.id, f"its {movement.kind} is {_amount_of(movement)}")

    def take_disbursement(self, disbursement: Disbursement) -> None:
        """Add a disbursement to the sums, and check it."""
        self.disbursements += 1
        self._held[disbursement.merchant, disbursement.currency] += held_amount(disbursement)
        self._post(disbursement_postings(disbursement))
        if disbursement.status not in FINAL:
            self._expect(DISBURSEMENT_IN_TRANSIT, disbursement.currency, -disbursement.amount)
        if disbursement.status not in FINAL or disbursement.was_paid():
            self._expect(FEE_INCOME, disbursement.currency, -disbursement.fee)
        if disbursement.status is Status.PAID:
            self._expect(BANK_CASH, disbursement.currency, -disbursement.amount)
        if disbursement.was_paid():
            self._expect(BANK_CASH, disbursement.currency, -(disbursement.provider_fee or 0))
            self._expect(PROVIDER_FEE_EXPENSE, disbursement.currency, disbursement.provider_fee or 0)
        self.breaks += [
            Break(rule="trail", where=disbursement.id, detail=detail) for detail in _trail_faults(disbursement)
        ]
        # Whether something is due, and not when: requests to the provider postpone it.
        # A paid one is watched for a while, and then no longer.
        is_over = disbursement.due_at is None and watched_until(disbursement) is not None
        if not is_over and (disbursement.due_at is None) is not (due_at(disbursement, disbursement.since) is None):
            due = "nothing is due" if disbursement.due_at is None else f"something is due at {disbursement.due_at}"
            self._found("due", disbursement.id, f"{due}, and it is {disbursement.status}")

    def close(self, stored: Mapping[Of, Available]) -> list[Break]:
        """Compare the sums with what is available, and return all breaks. Call it once, at the end."""
        for of in sorted({*stored, *self._funded, *self._moved, *self._held}):
            merchant, currency = of
            available, held = stored.get(of, Available()), self._held[of]
            parts = {
                "fundings": self._funded[of],
                "movements": self._moved[of],
                "settlement": available.settled.to_funds,
            }
            self._take_settled(merchant, currency, available)
            if sum(parts.values()) != available.funds + held:
                what = " and ".join(name for name, amount in parts.items() if amount) or "fundings"
                sums = (sum(parts.values()), available.funds, held)
                texts = [amount_with_code(minor, currency) for minor in sums]
                detail = "{} add up to {}, but the funds are {} and disbursements hold {}".format(what, *texts)
                self._found("funds", f"{merchant} in {currency}", detail)
        self._compare_movements()
        for account, currency in sorted({*self.posted, *self._expected}):
            posted, expected = self.posted[account, currency], self._expected[account, currency]
            if posted != expected:
                ours, theirs = (amount_with_code(minor, currency) for minor in (posted, expected))
                self._found("books", FUNDS, f"{account} is {ours} by the postings, not {theirs}")
        for currency in sorted({currency for _, currency in self.posted}):
            total = sum(amount for (_, code), amount in self.posted.items() if code == currency)
            if total:
                self._found("books", FUNDS, f"the trial balance is {amount_with_code(total, currency)}, not 0")
        return self.breaks

    def _take_settled(self, merchant: str, currency: str, available: Available) -> None:
        """Post what settlement gave, and expect the account of the merchant's funds to be what is available of them."""
        given = available.settled.to_funds
        if given:
            self._post([draws_posting(merchant=merchant, currency=currency, amount=given)])
            self._expect(merchant_available(merchant), currency, given)
        self._expect(merchant_funds(merchant), currency, -available.funds)

    def _pair(self, movement: Movement) -> None:
        """Compare a movement between two merchants with that of the other one, once both are read."""
        other = self._unpaired.pop((movement.kind, movement.id), None)
        if other is None:
            self._unpaired[movement.kind, movement.id] = movement
        elif movement != replace(other, merchant=other.other or "", other=other.merchant, amount=-other.amount):
            both = " and ".join(f"{_amount_of(each)} to {each.merchant}" for each in (other, movement))
            self._found("movement", movement.id, f"its two sides do not agree: {both}")

    def _compare_movements(self) -> None:
        for (_, name), movement in sorted(self._unpaired.items()):
            detail = f"{_amount_of(movement)} to {movement.merchant}, and nothing from or to {movement.other}"
            self._found("movement", name, detail)
        for of, back in sorted(self._returns.items()):
            payout = self._payouts.get(of)
            if payout is None or (payout.amount, payout.currency) != (-back.amount, back.currency):
                paid = "nothing was paid out" if payout is None else f"{_amount_of(payout)} was paid out"
                self._found("movement", back.id, f"{_amount_of(back)} came back, and {paid}")

    def _post(self, postings: Iterable[Posting]) -> None:
        for account, amount in balances(postings).items():
            self.posted[account] += amount

    def _expect(self, account: str, currency: str, amount: int) -> None:
        self._expected[account, currency] += amount

    def _found(self, rule: str, where: str, detail: str) -> None:
        self.breaks.append(Break(rule=rule, where=where, detail=detail))


_ALLOWED: Final = frozenset(
    (before, row.after, source, row.step is Step.CORRECT)
    for row in TABLE
    for before in row.before
    for source in row.sources
)


def _amount_of(movement: Movement) -> str:
    return amount_with_code(movement.amount, movement.currency)


def _trail_faults(disbursement: Disbursement) -> Iterator[str]:
    trail = disbursement.trail
    first = trail[0]
    if (first.status, first.source) != (Status.PENDING, Source.API):
        yield f"it begins as {first.status} by {first.source}, not as pending by api"
    if len(trail) > MAX_TRAIL:
        yield f"it has {len(trail)} entries, more than {MAX_TRAIL}"
    for before, after in pairwise(trail):
        if (before.status, after.status, after.source, after.is_correction) not in _ALLOWED:
            yield f"{after.status} by {after.source} does not follow {before.status}"
        if after.at < before.at:
            yield f"{after.status} at {after.at} is before {before.status} at {before.at}"
    if disbursement.version < len(trail):
        yield f"it has {len(trail)} entries after {disbursement.version} writes"
    was_sent = any(change.status is Status.PROCESSING for change in trail)
    if was_sent and disbursement.sent_at is None:
        yield "the time at which it was sent first is missing"
