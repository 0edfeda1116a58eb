"""Totals, balances and payouts of a batch, and the checks that must pass before merchants are notified.

All are calculated by merchant and currency, never across currencies. Amounts are minor units.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from paysandbox.core import ids
from paysandbox.core.payout_destination import PayoutDestination
from paysandbox.core.record import record, replace
from paysandbox.payments.accounting import Posting, balances, draws_posting, payout_posting, settled_postings
from paysandbox.payments.accounts import (
    BANK_CASH,
    FEE_INCOME,
    PAYOUT_IN_TRANSIT,
    SCHEME_RECEIVABLE,
    merchant_available,
    merchant_funds,
    merchant_pending,
)
from paysandbox.payments.payment import LineKind
from paysandbox.settlement.settlement import Entry

Of = tuple[str, str]
"""Merchant and currency."""

MINIMUM_PAYOUT: Final = 100
"""Default minimum payout, in minor units. A smaller balance is carried over."""


_TOTAL_OF: Final[Mapping[LineKind, str]] = {
    LineKind.CAPTURE: "gross",
    LineKind.REFUND: "refunds",
    LineKind.REFUND_REVERSAL: "refunds",
    LineKind.CHARGEBACK: "chargebacks",
    LineKind.CHARGEBACK_REVERSAL: "chargebacks",
    LineKind.DISPUTE_FEE: "dispute_fees",
    LineKind.DISPUTE_FEE_REVERSAL: "dispute_fees",
    LineKind.TRANSFER: "transfers",
    LineKind.TRANSFER_REVERSAL: "transfers",
    LineKind.APPLICATION_FEE: "transfers",
    LineKind.APPLICATION_FEE_REFUND: "transfers",
}
"""The total that an entry counts towards."""


RARE_SUMS: Final = ("chargebacks", "dispute_fees", "transfers")
"""Sums that few merchants have."""


class BooksDoNotBalanceError(Exception):
    """The books of a batch do not balance, so it must not be closed. The message lists every failed check."""


@record(kw_only=True)
class Sums:
    """Sums of entries in one currency. `net = gross - refunds - chargebacks - dispute_fees - transfers - fees`.

    `refunds`, `chargebacks` and `dispute_fees` are each less its reversals: positive, unless the reversals exceed it.
    `transfers` is what went to other merchants, less what came from them: transfers, application fees, and what was
    returned of both. It is negative for a merchant that got more.
    """

    currency: str
    count: int = 0
    gross: int = 0
    refunds: int = 0
    chargebacks: int = 0
    dispute_fees: int = 0
    transfers: int = 0
    fees: int = 0

    @property
    def settled(self) -> int:
        """Sum of the entries' gross amounts: what was captured, less what was taken back or went to others."""
        return self.gross - self.refunds - self.chargebacks - self.dispute_fees - self.transfers

    @property
    def net(self) -> int:
        """Net change of the balance. Negative if what was taken back, and fees, exceed captures."""
        return self.settled - self.fees

    @property
    def by_name(self) -> dict[str, int]:
        """Count and sums by name. Those of disputes and transfers are left out if they are 0, as if there were none."""
        rare = {name: getattr(self, name) for name in RARE_SUMS}
        nonzero = {name: total for name, total in rare.items() if total}
        return {"count": self.count, "gross": self.gross, "refunds": self.refunds, **nonzero, "fees": self.fees}


@record(kw_only=True)
class Totals(Sums):
    """A merchant's totals in one currency of a batch."""

    merchant: str

    def plus(self, entry: Entry) -> "Totals":
        """Return these totals with `entry` added."""
        name = _TOTAL_OF[entry.kind]
        amount = entry.gross if entry.kind is LineKind.CAPTURE else -entry.gross
        added = {name: getattr(self, name) + amount}
        return replace(self, count=self.count + 1, fees=self.fees + entry.fee, **added)


@record(kw_only=True)
class Payout:
    """A payout of a batch to a merchant in one currency. Its id ensures that it is made once.

    Its destination is that of the merchant when the books of the batch were closed. It is none of the amounts: what the
    merchant is owed, and the balance after it, are the same for each.
    """

    id: str
    batch: str
    merchant: str
    currency: str
    amount: int
    destination: PayoutDestination = PayoutDestination.BANK


@record(kw_only=True)
class Balance:
    """A merchant's balance in one currency: opening balance, net of the batch, draws, payout and closing balance.

    `draws` is what the merchant has moved of the opening balance, and of captures that were available before the batch
    had them: transfers, payouts by request and disbursements, as far as they took no other money.
    """

    batch: str
    merchant: str
    currency: str
    opening: int
    net: int
    payout: Payout | None
    closing: int
    draws: int = 0

    @property
    def paid_out(self) -> int:
        """Amount of the payout, or 0 if there is none."""
        return self.payout.amount if self.payout else 0

    @property
    def kept(self) -> int:
        """Amount of a payout that stays available, as funds."""
        return self.paid_out if self.payout and self.payout.destination is PayoutDestination.BALANCE else 0

    @property
    def to_funds(self) -> int:
        """What leaves this balance and stays available, or was moved from there."""
        return self.draws + self.kept

    def paid_to(self, destination: PayoutDestination) -> "Balance":
        """Return this balance with its payout, if there is one, to a destination."""
        return replace(self, payout=replace(self.payout, destination=destination)) if self.payout else self


def totals_of(entries: Iterable[Entry]) -> dict[Of, Totals]:
    """Add up entries by merchant and currency, sorted by both. Keeps no entry in memory."""
    sums: dict[Of, Totals] = {}
    for entry in entries:
        of = (entry.merchant, entry.currency)
        sums[of] = sums.get(of, Totals(merchant=entry.merchant, currency=entry.currency)).plus(entry)
    return dict(sorted(sums.items()))


def close(
    batch: str,
    totals: Mapping[Of, Totals],
    openings: Mapping[Of, int],
    *,
    draws: Mapping[Of, int] = MappingProxyType({}),
    minimum: int | None = MINIMUM_PAYOUT,
) -> dict[Of, Balance]:
    """Calculate the balances of all merchants with totals or an opening balance, sorted by merchant and currency.

    A balance of at least `minimum` (and more than 0) is paid out in full. Smaller and negative balances are carried
    over; without a minimum (None), all are.
    """
    return {
        of: _balance(batch, of, openings.get(of, 0), totals[of].net if of in totals else 0, draws.get(of, 0), minimum)
        for of in sorted({*totals, *openings})
    }


def check(entries: Iterable[Entry], totals: Mapping[Of, Totals], closed: Mapping[Of, Balance]) -> None:
    """Check that a batch may be closed, by recalculating everything from the postings of its entries and payouts.

    The number of entries must equal the totals' count, `opening + net - draws - payout = closing`, a payout must not
    exceed the balance, and in each currency the postings must agree with the totals and add up to 0. Raises
    BooksDoNotBalanceError.
    """
    counts: Counter[Of] = Counter()
    posted: Counter[tuple[str, str]] = Counter()
    for entry in entries:
        counts[entry.merchant, entry.currency] += 1
        _add(posted, entry_postings(entry))
    for balance in closed.values():
        _add(posted, payout_postings(balance))
    wrong = [*_wrong_counts(counts, totals), *_wrong_balances(totals, closed), *_wrong_accounts(posted, totals, closed)]
    if wrong:
        raise BooksDoNotBalanceError("; ".join(wrong))


def entry_postings(entry: Entry) -> tuple[Posting, ...]:
    """Return the postings of an entry: the same as those of its payment's settlement."""
    return settled_postings(
        merchant=entry.merchant, currency=entry.currency, kind=entry.kind, gross=entry.gross, fee=entry.fee
    )


def payout_postings(balance: Balance) -> tuple[Posting, ...]:
    """Return the postings of what left a merchant's balance: its draws, and the payout of the batch."""
    postings: list[Posting] = []
    if balance.draws:
        postings.append(draws_posting(merchant=balance.merchant, currency=balance.currency, amount=balance.draws))
    if balance.payout is not None:
        to = payout_posting if balance.payout.destination is PayoutDestination.BANK else draws_posting
        postings.append(to(merchant=balance.merchant, currency=balance.currency, amount=balance.payout.amount))
    return tuple(postings)


def _balance(batch: str, of: Of, opening: int, net: int, draws: int, minimum: int | None) -> Balance:
    merchant, currency = of
    held = opening + net - draws
    payout = None
    if minimum is not None and held >= max(minimum, 1):
        payout_id = ids.payout_id(batch, merchant, currency)
        payout = Payout(id=payout_id, batch=batch, merchant=merchant, currency=currency, amount=held)
    return Balance(
        batch=batch,
        merchant=merchant,
        currency=currency,
        opening=opening,
        net=net,
        payout=payout,
        closing=0 if payout else held,
        draws=draws,
    )


def _wrong_counts(counts: Mapping[Of, int], totals: Mapping[Of, Totals]) -> Iterator[str]:
    for of in sorted({*counts, *totals}):
        merchant, currency = of
        held = totals[of].count if of in totals else 0
        found = counts.get(of, 0)
        if found != held:
            yield f"{merchant} has {found} entries in {currency}, and a total of {held}"


def _wrong_balances(totals: Mapping[Of, Totals], closed: Mapping[Of, Balance]) -> Iterator[str]:
    for of in sorted({*totals, *closed}):
        balance = closed.get(of)
        name = " in ".join(of)
        if balance is None:
            yield f"{name} has no balance"
            continue
        net = totals[of].net if of in totals else 0
        if balance.net != net:
            yield f"{name} is {net} net by its totals, and {balance.net} by its balance"
        held = balance.opening + balance.net - balance.draws
        if held - balance.paid_out != balance.closing:
            computed = f"{balance.opening} + {balance.net} - {balance.draws} - {balance.paid_out}"
            yield f"{name} closes at {balance.closing}, which is not {computed}"
        if balance.payout is not None and not 0 < balance.paid_out <= held:
            yield f"{name} is paid {balance.paid_out} of {held}"
        if balance.draws < 0:
            yield f"{name} has draws of {balance.draws}"


def _wrong_accounts(
    posted: Mapping[tuple[str, str], int], totals: Mapping[Of, Totals], closed: Mapping[Of, Balance]
) -> Iterator[str]:
    expected: Counter[tuple[str, str]] = Counter()
    for (merchant, currency), total in totals.items():
        # Dispute fees are between the merchant and the processor, and transfers between merchants: the network neither
        # gets nor pays them.
        from_network = total.settled + total.dispute_fees + total.transfers
        expected[merchant_pending(merchant), currency] += total.settled
        expected[merchant_available(merchant), currency] -= total.net
        expected[FEE_INCOME, currency] -= total.fees
        expected[BANK_CASH, currency] += from_network
        expected[SCHEME_RECEIVABLE, currency] -= from_network
    for (merchant, currency), balance in closed.items():
        expected[merchant_available(merchant), currency] += balance.draws + balance.paid_out
        expected[merchant_funds(merchant), currency] -= balance.to_funds
        expected[PAYOUT_IN_TRANSIT, currency] -= balance.paid_out - balance.kept
    for account, currency in sorted({*posted, *expected}):
        by_entries, by_totals = posted.get((account, currency), 0), expected[account, currency]
        if by_entries != by_totals:
            yield f"{account} moves by {by_entries} {currency} by the entries, and by {by_totals} by the totals"
    for currency in sorted({currency for _, currency in posted}):
        trial = sum(total for (_, code), total in posted.items() if code == currency)
        if trial:
            yield f"the postings in {currency} add up to {trial}, not to 0"


def _add(sums: Counter[tuple[str, str]], postings: Iterable[Posting]) -> None:
    # Adding Counters with `+` drops sums that are not positive.
    for account, total in balances(postings).items():
        sums[account] += total
