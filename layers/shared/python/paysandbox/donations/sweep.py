"""Sweep donations: resolve those that stay pending, and queue receipts again that were not sent.

A donation stays pending if its donor abandoned it, or if a function stopped after storing it and before Stripe's
response. Stripe's state is authoritative, so a donation with a PaymentIntent is changed only after reading it.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Final, TypeVar

from paysandbox.aws import runtime, telemetry
from paysandbox.aws.settings import AbandonSettings
from paysandbox.core.errors import PROBLEMS, Refused
from paysandbox.core.metrics import Metric
from paysandbox.core.record import record
from paysandbox.donations import tables as donation_tables
from paysandbox.donations.donation import ContradictionError, Donation, Observation, Receipt
from paysandbox.donations.event_worker import apply_and_queue_receipt
from paysandbox.donations.lists import pending_before, receipts_before
from paysandbox.donations.receipts import queue_receipt
from paysandbox.donations.stripe_account import ask
from paysandbox.donations.stripe_incoming import end_of_intent

if TYPE_CHECKING:
    import stripe

ABANDONED: Final = "abandoned"
"""Failure code of an unpaid donation; also Stripe's `cancellation_reason` of its PaymentIntent."""

PATIENCE: Final = timedelta(minutes=15)
"""Longer than it normally takes to send a receipt."""

_AT_ONCE: Final = 8
_NAMED: Final = 20

T = TypeVar("T")


class SweepError(Exception):
    """Some items failed; all others were processed."""


@record(kw_only=True)
class Swept:
    """Number of resolved donations, of receipts queued again, and of receipts with an unknown outcome."""

    ended: int
    queued: int
    unknown: int


def sweep(time_left: Callable[[], bool]) -> Swept:
    """Resolve overdue donations and queue overdue receipts, oldest first, while there is time.

    A failure does not stop the sweep. It is logged, and SweepError is raised at the end to alert an operator.
    """
    donations, now = donation_tables.donations(), runtime.now()
    long_ago = now - timedelta(seconds=runtime.settings_of(AbandonSettings).donation_abandoned_after_s)
    ended = _each(pending_before(donations, long_ago), partial(_end, now), time_left)
    queued = _each(receipts_before(donations, Receipt.DUE, now - PATIENCE), _ask_again, time_left)
    unknown = list(receipts_before(donations, Receipt.SENDING, now - PATIENCE))
    if unknown:
        facts = {"donation_ids": unknown[:_NAMED]}
        telemetry.donation("receipts unknown", facts, Metric.RECEIPTS_UNKNOWN, len(unknown), failed=True)
    swept = Swept(ended=ended[True], queued=queued[True], unknown=len(unknown))
    if ended[True] or queued[True]:
        telemetry.swept("donations swept", asdict(swept))
    if failed := ended[None] + queued[None]:
        raise SweepError(f"{failed} could not be looked after")
    return swept


def _end(now: datetime, donation: Donation) -> bool:
    """Resolve a pending donation. Return whether it changed."""
    if donation.intent_id is None:
        # No browser has its client secret, so it cannot be paid.
        return apply_and_queue_receipt(
            Observation(
                donation_id=donation.id,
                intent_id=None,
                currency=donation.currency,
                at=now,
                failed=True,
                failure=ABANDONED,
            )
        )
    seen = end_of_intent(_ended(donation.intent_id).to_dict(), now)
    if seen is None:
        return False  # the bank is still processing it
    if seen.donation_id != donation.id:
        raise ContradictionError(f"{donation.intent_id} is of {seen.donation_id}")
    return apply_and_queue_receipt(seen)


def _ended(intent_id: str) -> "stripe.PaymentIntent":
    """Cancel a PaymentIntent, unless it has succeeded, is canceled or is processed by a bank. Return its state."""
    intent = _retrieved(intent_id)
    if not intent.status.startswith("requires_"):
        return intent
    try:
        return ask(lambda client: client.v1.payment_intents.cancel(intent_id, {"cancellation_reason": ABANDONED}))
    except Refused as refused:
        if PROBLEMS[refused.code].retryable:
            raise
        return _retrieved(intent_id)  # paid or canceled since it was read


def _retrieved(intent_id: str) -> "stripe.PaymentIntent":
    return ask(lambda client: client.v1.payment_intents.retrieve(intent_id, {"expand": ["latest_charge"]}))


def _ask_again(donation_id: str) -> bool:
    queue_receipt(donation_id)
    return True


def _each(found: Iterable[T], work: Callable[[T], bool], time_left: Callable[[], bool]) -> Counter[bool | None]:
    """Process items concurrently. Return the number that had an effect (True), had none (False) or failed (None)."""
    rest, done = iter(found), Counter[bool | None]()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        while time_left() and (some := list(islice(rest, _AT_ONCE))):
            done.update(pool.map(partial(_tried, work), some))
    return done


def _tried(work: Callable[[T], bool], item: T) -> bool | None:
    try:
        return work(item)
    except Exception as error:  # noqa: BLE001 - whatever it is, the others are not to wait for it
        donation_id = item.id if isinstance(item, Donation) else item
        telemetry.donation("sweep failed", {"donation_id": donation_id} | telemetry.unexpected(error), failed=True)
        return None
