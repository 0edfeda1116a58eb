"""Entering payments into the search index, from the records of the ledger's stream."""

from collections.abc import Iterable, Sequence

from paysandbox.payments.ledger.items import listed_at
from paysandbox.payments.ledger.search_terms import terms_of_payment
from paysandbox.payments.ledger.stream import ChangedPayment
from paysandbox.payments.payment import Payment, state_of
from paysandbox.search_index.index_table import Indexed
from paysandbox.search_index.terms import NOTHING


def indexed_payments(
    changes: Iterable[ChangedPayment], removed: Iterable[Payment], keys: Sequence[str]
) -> list[Indexed]:
    """Return the payments whose terms have changed, and those that were removed and had some."""
    found = [_indexed(changed, keys) for changed in changes]
    gone = [
        Indexed(merchant=payment.merchant, key=payment.id, position=listed_at(payment), before=before)
        for payment in removed
        if (before := terms_of_payment(payment, state_of(payment), keys)) != NOTHING
    ]
    return [each for each in found if each.before != each.after] + gone


def _indexed(changed: ChangedPayment, keys: Sequence[str]) -> Indexed:
    payment = changed.payment
    before = NOTHING
    if changed.known:
        before = terms_of_payment(payment, changed.steps[changed.known - 1].after, keys)
    after = terms_of_payment(payment, changed.steps[-1].after, keys)
    return Indexed(merchant=payment.merchant, key=payment.id, position=listed_at(payment), before=before, after=after)
