"""The audit of the ledger: a sound ledger passes, and each kind of damage is found and named.

The damage is done to the stored item, bypassing all guards, as a bug or a manual edit would do it.
"""

import copy
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

import pytest

from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.core import ids
from paysandbox.payments.audit import Books, Break, trail
from paysandbox.payments.audit_scan import TableAudit, item_of, pages
from paysandbox.payments.bank.response import Decline
from paysandbox.payments.ledger.items import idempotency_record_item, operation_entries
from paysandbox.payments.ledger.store import change_payment, get_payment
from paysandbox.settlement.business_day import BatchName
from paysandbox.settlement.fees import Fee, FeeSchedule
from paysandbox.settlement.settlement import Batch, entries_of, settle
from tests.support.builders import build
from tests.support.builders.payment_scenario import PaymentScenario, capture, refund, run, void, wait
from tests.support.worlds import tables

Item = dict[str, Any]

PAID, DECLINED, VOIDED, UNALLOCATED, SALE = ("auth_" + letter * 26 for letter in "abcde")
FIRST, SECOND, REFUND = (build.operation_id(kind, n, PAID) for kind, n in (("cap", 1), ("cap", 2), ("ref", 3)))
ABSENT_CAPTURE = build.operation_id("cap", 99, PAID)
SETTLEMENT = ids.settlement_id(PAID, "2026-11-16")
CLAIM, IN_PLACE = build.claim("clm_" + "f" * 26, FIRST), build.claim("auth_" + "f" * 26, FIRST)


def settled_by(ledger: Ledger, payment_id: str, *, cutoff: datetime) -> None:
    """Settle the operations recorded by the cut-off, as that day's batch would."""
    payment = get_payment(ledger, payment_id)
    assert payment is not None
    entries = entries_of(payment, Batch(BatchName(cutoff.date()), cutoff), FeeSchedule(Fee(30, 290)))
    change = settle(payment, entries, request_id="settle", at=cutoff + build.DAY)
    assert change is not None
    change_payment(ledger, lambda _: change)


def live(ledger: Ledger) -> None:
    """Most payment states, in two currencies, and claims, one of them at a payment's id."""
    run(PaymentScenario.open(ledger, build.authorized(10_00, payment_id=PAID)), capture(4_00), capture(5_00),
        wait(build.HOUR), refund(1_00, of=1))  # fmt: skip
    settled_by(ledger, PAID, cutoff=build.MONDAY)
    declined = Decline(decline_code="lost_card", advice_code="do_not_try_again")
    PaymentScenario.open(ledger, build.authorized(10_00, payment_id=DECLINED, declined=declined))
    run(PaymentScenario.open(ledger, build.authorized(10_00, payment_id=VOIDED, currency="EUR")), capture(1_00), void())
    run(
        PaymentScenario.open(ledger, build.authorized(10_00, payment_id=UNALLOCATED, merchant="globex")),
        capture(6_00),
        refund(2_00),
    )
    run(PaymentScenario.open(ledger, build.authorized(10_00, payment_id=SALE, automatic=True)), refund())
    for claim in (CLAIM, IN_PLACE):
        ledger.client.put_item(TableName=ledger.table, Item=idempotency_record_item(claim))


@pytest.fixture(scope="module")
def sound() -> Mapping[str, Item]:
    """Return the items of an undamaged ledger, by id."""
    with tables.sandbox() as ledger:
        live(ledger)
        return tables.items(ledger)


def audited(items: Iterable[Item]) -> TableAudit:
    """Return the audit of these items."""
    audit = TableAudit()
    for item in items:
        audit.take(item)
    audit.close()
    return audit


def damaged(items: Mapping[str, Item], item_id: str, damage: Callable[[Item], object]) -> dict[str, Item]:
    """Return the items after applying `damage` to one of them."""
    copied = copy.deepcopy(dict(items))
    damage(copied[item_id])
    return copied


def kept(item: Item, place: int) -> Item:
    """Return an operation as stored in the item."""
    return item["operations"]["L"][place]["M"]


def put(*path: str, value: str) -> Callable[[Item], object]:
    """Overwrite a counter: `put("amounts", FIRST, value="1")`."""

    def damage(item: Item) -> None:
        for name in path[:-1]:
            item = item[name]["M"]
        item[path[-1]] = {"N": value}

    damage.__name__ = f"{'.'.join(path)} = {value}"
    return damage


def again(place: int) -> Callable[[Item], object]:
    """Append an operation a second time."""
    return lambda item: item["operations"]["L"].append({"M": operation_entries(item)[place]})


def a_consistent_refund_too_many(item: Item) -> None:
    """The refunds of the first capture exceed it, and all counters agree."""
    put("amounts", REFUND, value="450")(item)
    put("captures", FIRST, value="-50")(item)
    put("refundable", value="450")(item)


def a_capture_of_a_declined_payment(item: Item) -> None:
    operation_id = build.operation_id("cap", 1, DECLINED)
    entry = {"kind": "capture", "id": operation_id, "request_id": "r", "at": "2026-11-16T09:30:00.000000Z"}
    item["operations"]["L"].append(
        {"M": {name: {"S": text} for name, text in entry.items()} | {"contract": {"N": "1"}}}
    )
    item["amounts"]["M"][operation_id] = item["captures"]["M"][operation_id] = {"N": "100"}
    item |= {"version": {"N": "2"}, "refundable": {"N": "100"}}


def a_void_of_less_than_remained(item: Item) -> None:
    put("amounts", build.operation_id("void", 2, VOIDED), value="800")(item)
    put("remaining", value="100")(item)


def test_a_consistent_ledger_has_no_breaks(ledger: Ledger) -> None:
    live(ledger)
    audit = audited(item for page in pages(ledger) for item in page)

    assert audit.breaks == []
    assert (audit.items, audit.books.payments, audit.claims, audit.books.left_out) == (7, 5, 2, 0)
    assert {of: total for of, total in audit.books.posted.items() if total} == {
        ("memo_hold", "USD"): 1_00 + 4_00,
        ("memo_hold_contra", "USD"): -5_00,
        ("scheme_receivable", "USD"): -1_00 + 4_00,
        ("merchant_pending:demo", "USD"): 1_00,
        ("merchant_available:demo", "USD"): -9_00 + 42 + 45,
        ("fee_income", "USD"): -42 - 45,
        ("bank_cash", "USD"): 9_00,
        ("merchant_pending:globex", "USD"): -4_00,
        ("scheme_receivable", "EUR"): 1_00,
        ("merchant_pending:demo", "EUR"): -1_00,
    }


@pytest.mark.parametrize("item_id, damage, rule, detail", [
    # a changed counter
    (PAID, put("remaining", value="101"), "counters", "remaining is 1.01 USD, but its operations give 1.00 USD"),
    (PAID, put("refundable", value="799"), "counters", "refundable is 7.99 USD, but its operations give 8.00 USD"),
    (PAID, put("captures", FIRST, value="299"), "counters", f"captures is 2.99 USD of {FIRST}, "),
    (PAID, put("captures", ABSENT_CAPTURE, value="1"), "counters", f"0.01 USD of {ABSENT_CAPTURE}"),
    (PAID, put("version", value="3"), "counters", "version is 3, but its operations give 5"),
    (PAID, lambda item: item.pop("remaining"), "counters", "remaining is none, but its operations give 1.00 USD"),
    (DECLINED, put("remaining", value="0"), "counters", "remaining is 0.00 USD, but its operations give none"),
    (UNALLOCATED, put("unallocated_refund", value="100"), "counters", "captures is"),
    (UNALLOCATED, lambda item: item.pop("unallocated_refund"), "counters", "captures is"),
    # a changed amount
    (PAID, put("amounts", FIRST, value="399"), "counters", "remaining is 1.00 USD, but its operations give 1.01 USD"),
    (PAID, put("amounts", REFUND, value="101"), "counters", "refundable is 8.00 USD, but its operations give 7.99 USD"),
    (PAID, put("authorized", value="1001"), "counters", "remaining is 1.00 USD, but its operations give 1.01 USD"),
    (PAID, put("amounts", FIRST, value="0"), "operations", f"the amount of {FIRST} is 0.00 USD"),
    (PAID, put("amounts", FIRST, value="9999"), "limits", "captured 99.99 USD"),
    # an operation lost, duplicated or from another payment
    (PAID, lambda item: item["operations"]["L"].pop(3), "operations", f"{REFUND} has an amount, but is not"),
    (PAID, lambda item: item["operations"]["L"].pop(0), "operations", f"its first operation is {FIRST}"),
    (PAID, lambda item: item["operations"]["L"].clear(), "operations", "its first operation is missing"),
    (PAID, lambda item: item["amounts"]["M"].pop(SECOND), "operations", f"{SECOND} has no amount"),
    (PAID, again(1), "operations", f"{FIRST} is recorded 2 times"),
    (PAID, again(0), "operations", f"{PAID} is a second authorization"),
    (PAID, lambda item: kept(item, 1).update(id={"S": build.operation_id("cap", 1, SALE)}), "operations",
     "is the ID of another payment or operation type"),
    (PAID, lambda item: kept(item, 1).update(kind={"S": "void"}), "operations", f"{FIRST} is the ID of another"),
    (PAID, lambda item: kept(item, 3).update(capture_id={"S": ABSENT_CAPTURE}), "operations", "which does not exist"),
    (PAID, lambda item: kept(item, 3).pop("capture_id"), "operations", "refunds the only capture, which"),
    (PAID, lambda item: kept(item, 0).update(id={"S": FIRST}), "operations", f"its first operation is {FIRST}"),
    (PAID, lambda item: kept(item, 1).pop("at"), "layout", "cannot be read: KeyError: 'at'"),
    # wrong settlement
    (PAID, lambda item: kept(item, 4).update(id={"S": ids.settlement_id(PAID, "2026-11-17")}), "operations",
     f"{ids.settlement_id(PAID, '2026-11-17')} is not the settlement ID for batch 2026-11-16"),
    (PAID, lambda item: kept(item, 4).update(settled={"L": []}), "operations", f"{SETTLEMENT} settles nothing"),
    (PAID, lambda item: kept(item, 4)["settled"]["L"].append(kept(item, 4)["settled"]["L"][0]), "operations",
     f"settles {FIRST}, which is not an unsettled capture or refund"),
    (PAID, lambda item: kept(item, 4)["settled"]["L"][0]["M"].update(id={"S": ABSENT_CAPTURE}), "operations",
     f"settles {ABSENT_CAPTURE}, which is not an unsettled capture or refund"),
    (PAID, lambda item: kept(item, 4)["settled"]["L"][0]["M"].update(fee={"N": "-1"}), "operations",
     f"the fee of {FIRST} is -0.01 USD"),
    (PAID, put("amounts", SETTLEMENT, value="900"), "operations", f"{SETTLEMENT} has an amount, but is not"),
    (PAID, lambda item: item.pop("unsettled_since"), "counters", f"{REFUND} is in no batch, but is not due"),
    (PAID, lambda item: item.pop("due_at"), "counters", f"{REFUND} is in no batch, but is not due"),
    (DECLINED, lambda item: item.update(unsettled_since=item["created_at"]), "counters", "but everything is settled"),
    # more moved than allowed
    (PAID, a_consistent_refund_too_many, "limits",
     f"4.50 USD is refunded or disputed of {FIRST}, whose amount is 4.00 USD"),
    (DECLINED, a_capture_of_a_declined_payment, "limits", "the payment was already declined"),
    (VOIDED, a_void_of_less_than_remained, "limits", "1.00 EUR remains"),
    # unknown or unreadable attributes
    (PAID, lambda item: item.update(status={"S": "settled"}), "layout", "status has no place in it"),
    (PAID, lambda item: item.pop("due_key"), "layout", "due_key is missing"),
    (PAID, lambda item: item.update(merchant={"S": "globex"}), "layout", "merchant_key does not match the rest"),
    (PAID, lambda item: kept(item, 1).update(status={"S": "settled"}), "layout", "operations does not match the rest"),
    (PAID, lambda item: kept(item, 1).update(kind={"S": "chargeback"}), "layout", "kind of operation: chargeback"),
    (PAID, lambda item: item.pop("version"), "layout", "cannot be read: KeyError: 'version'"),
    (PAID, lambda item: item.update(created_at={"S": "today"}), "layout", "cannot be read: ValueError"),
    (PAID, lambda item: item.pop("operations"), "layout", "cannot be read: KeyError: 'operations'"),
    (CLAIM.id, lambda item: item.pop("operation_id"), "layout", "cannot be read: KeyError: 'operation_id'"),
    (IN_PLACE.id, lambda item: item.update(remaining={"N": "1"}), "layout", "remaining has no place in it"),
    (IN_PLACE.id, lambda item: item.pop("claimed_at"), "layout", "cannot be read: KeyError"),
])  # fmt: skip
def test_damage_is_found_and_named(
    sound: Mapping[str, Item], item_id: str, damage: Callable[[Item], object], rule: str, detail: str
) -> None:
    found = audited(damaged(sound, item_id, damage).values()).breaks

    assert [told for told in found if told.rule == rule and told.where == item_id and detail in told.detail], found
    assert {told.where for told in found} <= {item_id, "the ledger"}, "the others are sound"


def test_totals_reveal_damage(sound: Mapping[str, Item]) -> None:
    found = audited(damaged(sound, PAID, put("remaining", value="101")).values()).breaks

    assert (
        Break(
            rule="books",
            where="the ledger",
            detail="memo_hold is 5.00 USD by the postings, but 5.01 USD by the counters",
        )
        in found
    )


def test_unreadable_payments_are_excluded_from_the_totals(sound: Mapping[str, Item]) -> None:
    audit = audited(damaged(sound, PAID, lambda item: item["operations"]["L"].pop(3)).values())

    assert {told.rule for told in audit.breaks} == {"operations"}
    assert audit.books.left_out == 1


def test_unbalanced_books_are_reported() -> None:
    """No payment can produce such postings; a bug in the postings could."""
    books = Books()
    books.posted["memo_hold", "USD"] = books.counted["memo_hold", "USD"] = 5

    assert [told.detail for told in books.close()] == [
        "the trial balance is 0.05 USD, not 0",
        "the memo book is 0.05 USD, not 0",
    ]


def test_every_item_is_read_once_over_all_pages(ledger: Ledger) -> None:
    """Each item is a quarter of a page of 1 MB."""
    ids = ["auth_" + f"{letter}{other}" * 13 for letter in "abcdef" for other in "234567"]
    for payment_id in ids:
        long = build.authorized(10_00, payment_id=payment_id, metadata="x" * 250_000)
        PaymentScenario.open(ledger, long)

    read = [list(page) for page in pages(ledger)]
    assert len(read) > 8
    assert sorted(item["transaction_id"]["S"] for page in read for item in page) == sorted(ids)


# --- the trail --------------------------------------------------------------------------------------------------------


def lines(item: Item) -> list[tuple[str, int | None, str | None]]:
    payment = TableAudit().take(item)
    assert payment is not None
    return [(entry.kind, entry.amount, entry.status) for entry in trail(payment)]


@pytest.mark.parametrize("payment_id, told", [
    (PAID, [("authorization", 10_00, "approved"), ("capture", 4_00, "partially_captured"),
            ("capture", 5_00, "partially_captured"), ("refund", 1_00, "partially_refunded"),
            ("settlement", 9_00, "partially_refunded")]),
    (DECLINED, [("authorization", 10_00, "declined")]),
    (VOIDED, [("authorization", 10_00, "approved"), ("capture", 1_00, "partially_captured"),
              ("void", 9_00, "captured")]),
    (SALE, [("authorization", 10_00, "approved"), ("capture", 10_00, "captured"), ("refund", 10_00, "refunded")]),
])  # fmt: skip
def test_trail_has_the_state_after_each_operation(
    sound: Mapping[str, Item], payment_id: str, told: list[tuple[str, int, str]]
) -> None:
    assert lines(sound[payment_id]) == told


@pytest.mark.parametrize("damage, told", [
    (lambda item: item["amounts"]["M"].pop(FIRST), [(None, None), (5_00, None), (1_00, None), (None, None)]),
    (lambda item: kept(item, 3).update(capture_id={"S": ABSENT_CAPTURE}),
     [(4_00, "partially_captured"), (5_00, "partially_captured"), (1_00, None), (None, None)]),
    (lambda item: item["operations"]["L"].append(item["operations"]["L"][4]),
     [(4_00, "partially_captured"), (5_00, "partially_captured"), (1_00, "partially_refunded"),
      (9_00, "partially_refunded"), (9_00, None)]),
])  # fmt: skip
def test_a_damaged_payment_has_a_partial_trail(
    sound: Mapping[str, Item], damage: Callable[[Item], object], told: list[tuple[int | None, str | None]]
) -> None:
    item = damaged(sound, PAID, damage)[PAID]
    assert [(amount, status) for _, amount, status in lines(item)[1:]] == told


def test_one_item_is_read_by_its_id(ledger: Ledger) -> None:
    live(ledger)

    assert item_of(ledger, PAID) == tables.items(ledger)[PAID]
    assert item_of(ledger, build.PAYMENT_ID) is None
