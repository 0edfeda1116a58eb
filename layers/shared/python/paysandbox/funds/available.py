"""What a merchant has available by currency, and what its balance is made of. Pure.

What is available is one amount: what settlement batches have and did not pay out, what was funded, what came from other
merchants or was given back, and captures that are available early. Transfers, payouts by request and disbursements take
from it, and never more than there is. A batch adds its net, which may be negative, and takes its payout. So what was
taken back of payments is the only way below 0, and later sales fill it again.
"""

from collections.abc import Mapping
from dataclasses import field

from paysandbox.core.record import record


@record(kw_only=True)
class SettledSums:
    """What all settlement batches have of a merchant in one currency, in minor units.

    `net` is the sum of all, `early` the part of it that was available before, and `carried` the last closing balance.
    `to_funds` is what left the carried balance and stayed available, or was moved from there: draws, and payouts that
    are kept.
    """

    net: int = 0
    early: int = 0
    carried: int = 0
    to_funds: int = 0


@record(kw_only=True)
class Available:
    """What a merchant has available in one currency, in minor units: `amount`, negative if the merchant owes it.

    `early` is the part of it that no batch has yet.
    """

    amount: int = 0
    early: int = 0
    settled: SettledSums = SettledSums()

    @property
    def funds(self) -> int:
        """What is available apart from payments. Negative: so much of what batches carry, or of what is early, was
        moved since the last batch."""
        return self.amount - self.early - self.settled.carried

    def draws(self, early_in_batch: int) -> int:
        """Return what was moved of the carried balance and of the captures of a batch, and not of other money.

        Funds are moved first, then what is early and in no batch yet. `early_in_batch` is what the batch has of `early`
        (minor units).
        """
        early_left = max(self.early - early_in_batch, 0)
        return max(-self.funds - early_left, 0)

    def after_batch(self, *, net: int, early: int, payout: int, to_funds: int, closing: int) -> "Available":
        """Return what is available after a batch with this net, of which `early` was available before.

        `payout` is what it pays to the bank, and `to_funds` what leaves the carried balance otherwise.
        """
        return Available(
            amount=self.amount + net - early - payout,
            early=self.early - early,
            settled=SettledSums(
                net=self.settled.net + net,
                early=self.settled.early + early,
                carried=closing,
                to_funds=self.settled.to_funds + to_funds,
            ),
        )


@record(kw_only=True)
class AvailableFunds:
    """What a merchant has available, by currency, as of a `version`. `batch` is the last batch that added to it."""

    version: int = 0
    batch: str | None = None
    of: Mapping[str, Available] = field(default_factory=dict[str, Available])


@record(kw_only=True)
class Sums:
    """The sums of a merchant's balance in one currency, in minor units. `entered` is the net of payments' entries."""

    entered: int = 0
    available: Available = Available()

    @property
    def pending(self) -> int:
        """What no batch has, less what is available early."""
        return self.entered - self.available.settled.net - self.available.early
