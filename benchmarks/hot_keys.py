"""The most written partition of the table and its indexes when all payers use the same card.

    python -m benchmarks.hot_keys

Arrivals are random but the same in every run. Their items come from the project's own functions, so a bad change of a
key shows here before it causes throttling. A partition accepts 1,000 write units per second (DynamoDB developer guide,
"Best practices for designing and using partition keys effectively"). The limit here is 600, because hashes are not
perfectly even and several keys share a physical partition.
"""

import argparse
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import accumulate
from typing import Final

from benchmarks.cost.write_units import index_units, table_units
from paysandbox.aws.schema import LEDGER
from paysandbox.core import ids
from paysandbox.core.cards.brand import Brand
from paysandbox.core.idempotency_record import Fingerprint, IdempotencyRecord
from paysandbox.payments.bank.acquirer import Answered
from paysandbox.payments.bank.card import Card
from paysandbox.payments.bank.response import Response
from paysandbox.payments.ledger.items import idempotency_record_item, payment_item
from paysandbox.payments.operations.capture import Capture
from paysandbox.payments.payment import CONTRACT, Payment
from paysandbox.payments.rules.authorization import Order, authorize

LIMIT_PER_S: Final = 600
PARTITION_PER_S: Final = 1_000

START: Final = datetime(2026, 11, 16, tzinfo=UTC)
_WEEK_S: Final = 7 * 86_400
_CARDS: Final = 12


@dataclass(frozen=True, slots=True)
class Load:
    """A load: payments per second, number of merchants, share on one card, and whether payments are captured."""

    says: str
    per_s: int = 5_000
    merchants: int = 1_000
    zipf: float = 1.1
    on_one_card: float = 0.8
    captured: bool = False


LOADS: Final = (
    Load("authorizations, four of five on one card, merchants by Zipf's law"),
    Load("the same, each captured in the same second", captured=True),
    Load("one merchant, one card: a load test", merchants=1, on_one_card=1.0),
    Load("the same, each captured in the same second", merchants=1, on_one_card=1.0, captured=True),
)


@dataclass(frozen=True, slots=True)
class Heat:
    """The peak write units per second of any partition, and the write units per payment."""

    hottest: dict[str, int]
    """By table or index."""
    units: dict[str, float]
    """Write units per payment, by table or index."""

    @property
    def units_per_payment(self) -> float:
        """Write units per payment in total."""
        return sum(self.units.values())


@cache
def simulate(load: Load, *, seconds: int = 3, seed: int = 7) -> Heat:
    """Count the writes of this many seconds of the load, without sending them."""
    by_key: Counter[tuple[str, str, int]] = Counter()
    units: Counter[str] = Counter()
    for second in range(seconds):
        for payment in _arrivals(load, second, random.Random(f"{seed}-{second}")):
            for where, key, cost in _writes(payment, captured=load.captured):
                by_key[where, key, second] += cost
                units[where] += cost
    hottest: dict[str, int] = {}
    for (where, _, _), cost in by_key.items():
        hottest[where] = max(hottest.get(where, 0), cost)
    return Heat(hottest, {where: cost / (load.per_s * seconds) for where, cost in units.items()})


def _arrivals(load: Load, second: int, chance: random.Random) -> Iterator[Payment]:
    weights = list(accumulate(rank**-load.zipf for rank in range(1, load.merchants + 1)))
    merchants = chance.choices(range(load.merchants), cum_weights=weights, k=load.per_s)
    for number, merchant in enumerate(merchants):
        card = 0 if chance.random() < load.on_one_card else chance.randrange(1, _CARDS)
        yield _payment(f"merchant-{merchant}", card, key=f"{second}-{number}", now=START + timedelta(seconds=second))


def _payment(merchant: str, card: int, *, key: str, now: datetime) -> Payment:
    # A card has one id per merchant. The real hash needs a secret; any other one spreads just as well.
    card_id = f"card_{ids.derive(merchant, str(card))}"
    return authorize(
        Order(
            merchant=merchant,
            amount=12_50,
            currency="USD",
            card=Card(card_id=card_id, brand=Brand.VISA, last4="4242", exp_month=12, exp_year=2030),
            request_id="c" * 36,
            at=now,
            contract=CONTRACT,
            validity_s=_WEEK_S,
            retention_s=_WEEK_S,
        ),
        Answered(Response(), 12_50),
        ids.payment_id(merchant, "authorize_payment", key),
        Fingerprint("h" * 43, 1),
    )


def _captured(payment: Payment) -> Payment:
    """Return the payment after a full capture."""
    now = payment.created_at
    operation = Capture(
        id=ids.operation_id(ids.CAPTURE, payment.id, "a" * 10), request_id="c" * 36, at=now, contract=CONTRACT
    )
    return replace(
        payment,
        operations=(*payment.operations, operation),
        version=2,
        remaining=0,
        refundable=payment.authorized,
        captures={operation.id: payment.authorized},
        amounts={operation.id: payment.authorized},
        due_at=now,
        unsettled_since=now,
    )


def _claim(payment: Payment) -> IdempotencyRecord:
    """Return the idempotency record of the capture."""
    return IdempotencyRecord(
        id=ids.idempotency_record_id(payment.merchant, "capture_payment", payment.id),
        operation_id=ids.operation_id(ids.CAPTURE, payment.id, "a" * 10),
        fingerprint=payment.fingerprint,
        claimed_at=payment.created_at,
        purge_at=payment.purge_at,
    )


def _writes(payment: Payment, *, captured: bool) -> Iterator[tuple[str, str, int]]:
    """Yield the table or index, the partition, and the units of each write."""
    before = None
    for state in (payment, _captured(payment)) if captured else (payment,):
        item = payment_item(state)
        if before is not None:  # an operation on a payment first writes its idempotency record
            claim = _claim(payment)
            yield LEDGER, claim.id, table_units(None, idempotency_record_item(claim))
        yield LEDGER, payment.id, table_units(before, item)
        for index, partition, units in index_units(before, item):
            yield index.name, partition, units
        before = item


def main() -> int:
    """Print the table; return 1 if a partition exceeds the limit."""
    argparse.ArgumentParser(
        prog="python -m benchmarks.hot_keys",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    ).parse_args()
    too_hot = False
    for load in LOADS:
        heat = simulate(load)
        print(f"{load.per_s} payments a second: {load.says} ({heat.units_per_payment:.1f} write units each)")
        for where, most in heat.hottest.items():
            over = most > LIMIT_PER_S
            too_hot |= over
            print(f"  {where:<16} {most:>5} units a second on one partition{'   TOO HOT' if over else ''}")
    return 1 if too_hot else 0


if __name__ == "__main__":
    raise SystemExit(main())
