"""The books of a ledger: do counters, operations and postings of every payment tell the same story?"""

from paysandbox.domain.ledger import MEMO_HOLD, balances, payment_postings
from paysandbox.domain.payment import Payment, state_of
from paysandbox.table.items import Item, payment_from
from paysandbox.table.schema import PARTITION_KEY
from tests.integration import shelf


def audit() -> None:
    """Check every item of the ledger. AssertionError names the payment that is wrong."""
    for item in shelf.items():
        audit_item(item)


def audit_item(item: Item) -> None:
    """Check an item: a payment, or a claim, of which there is nothing to add up."""
    if "operations" in item:
        audit_payment(payment_from(item))
    else:
        assert item[PARTITION_KEY]["S"].startswith("clm_"), item


def audit_payment(payment: Payment) -> None:
    """Check one payment: 0 ≤ refunded ≤ captured ≤ authorized per capture and in total, and counters equal the fold."""
    state = state_of(payment)
    story = f"{payment.id}: {payment}"
    assert payment.version == len(payment.operations), story
    assert [o.id for o in payment.operations[1:]] == sorted_like(payment), story
    assert (payment.remaining or 0) == state.remaining, story
    assert (payment.remaining is None) == (state.decline is not None), story
    assert payment.refundable == state.captured - state.refunded, story
    assert 0 <= state.refunded <= state.captured <= state.authorized, story
    assert state.remaining + state.captured + state.released == (0 if state.decline else state.authorized), story
    assert payment.captures.keys() == state.captures.keys(), story
    for capture_id, taken in state.captures.items():
        assert 0 <= taken.refunded <= taken.amount, story
        assert payment.captures[capture_id] - (payment.loose or 0) == taken.amount - taken.refunded, story
    totals = balances(payment_postings(payment))
    assert sum(totals.values()) == 0, story
    assert totals[MEMO_HOLD, payment.currency] == state.remaining, story


def sorted_like(payment: Payment) -> list[str]:
    """The ids that have an amount, in the order of their operations: each operation once, and nothing beside them."""
    order = [operation.id for operation in payment.operations]
    assert len(set(order)) == len(order), payment.id
    return sorted(payment.amounts, key=order.index)
