"""The verdict on money, as a table of cases, and the shapes it is read from."""

from typing import Any

import pytest

from cli.lose.money import (
    Believed,
    BooksUnreadable,
    Held,
    Kind,
    Subject,
    disagreements,
    in_total,
    judge,
    ledger_of,
    read_books,
)

ORDER = Subject("order-1", "USD")
TOO_MUCH, NOT_SHOWN, NOT_PAID = Kind.CHARGED_TOO_MUCH, Kind.PAID_NOT_SHOWN, Kind.SHOWN_NOT_PAID
UNPAID, REFUNDED = Kind.SHIPPED_UNPAID, Kind.REFUNDED_TOO_MUCH


def held(captured: int, refunded: int = 0, lost: int = 0) -> Held:
    return Held(captured, refunded, lost)


@pytest.mark.parametrize(
    "ledger, books, found",
    [
        pytest.param(held(3750), Believed(3750, 0, 3750), {}, id="as without a fault"),
        pytest.param(held(0), Believed(), {}, id="given up cleanly"),
        pytest.param(held(3750, 3750), Believed(3750, 3750), {}, id="given back"),
        pytest.param(held(2000), Believed(2000), {}, id="captured in part"),
        pytest.param(held(7500, 3750), Believed(3750), {}, id="charged twice and given back"),
        pytest.param(held(7500), Believed(3750), {TOO_MUCH: 3750}, id="charged twice"),
        pytest.param(held(7500), Believed(7500), {TOO_MUCH: 3750}, id="charged twice, and the books say so"),
        pytest.param(held(3750), Believed(), {NOT_SHOWN: 3750}, id="paid, not shown"),
        pytest.param(held(7500), Believed(), {TOO_MUCH: 3750, NOT_SHOWN: 3750}, id="charged twice, not shown"),
        pytest.param(
            held(4000), Believed(3000), {TOO_MUCH: 250, NOT_SHOWN: 750}, id="more than expected, shown in part"
        ),
        pytest.param(held(0), Believed(3750), {NOT_PAID: 3750}, id="shown, not paid"),
        pytest.param(held(0), Believed(3750, 0, 3750), {UNPAID: 3750}, id="shipped, and not paid"),
        pytest.param(held(0), Believed(0, 0, 3750), {UNPAID: 3750}, id="shipped, and known to be unpaid"),
        pytest.param(held(3750, 3750), Believed(3750), {REFUNDED: 3750}, id="refunded, not shown"),
        pytest.param(
            held(3750, 2000), Believed(3750, 1000, 2750), {REFUNDED: 1000}, id="refunded too much, after shipping"
        ),
        pytest.param(held(3750, 2000), Believed(3750, 1000), {REFUNDED: 1000}, id="refunded too much"),
        pytest.param(held(3750, 0, 3750), Believed(3750), {NOT_PAID: 3750}, id="a lost dispute that is not booked"),
        pytest.param(held(3750), None, {}, id="no books: not judged"),
        pytest.param(held(0), None, {}, id="no books and no money: not judged"),
        pytest.param(held(7500), None, {TOO_MUCH: 3750}, id="no books, charged twice"),
    ],
)
def test_verdict(ledger: Held, books: Believed | None, found: dict[Kind, int]) -> None:
    said = judge({ORDER: ledger}, {ORDER: held(3750)}, None if books is None else {ORDER: books})
    assert {each.kind: each.amount for each in said} == found
    assert {each.subject for each in said} <= {ORDER}


def test_references_and_currencies_are_judged_apart() -> None:
    euro, second = Subject("order-1", "EUR"), Subject("order-2", "USD")
    ledger = {ORDER: held(3750), euro: held(100), second: held(3750)}
    books = {ORDER: Believed(3750), second: Believed(3750)}
    found = judge(ledger, {ORDER: held(3750)}, books)
    assert {(each.kind, each.subject, each.amount) for each in found} == {
        (TOO_MUCH, euro, 100),
        (TOO_MUCH, second, 3750),
    }


def test_books_of_a_payment_that_the_ledger_lacks_disagree() -> None:
    assert disagreements({ORDER: held(3750)}, {ORDER: Believed(3750)}) == []
    [found] = disagreements({}, {ORDER: Believed(3750)})
    assert (found.kind, found.amount) == (NOT_PAID, 3750)


def test_totals_are_by_currency() -> None:
    ledger = {ORDER: held(1), Subject("order-2", "USD"): held(2), Subject("order-1", "EUR"): held(4)}
    assert {subject: each.net for subject, each in in_total(ledger).items()} == {
        Subject("", "USD"): 3,
        Subject("", "EUR"): 4,
    }


PAYMENT = {"auth_id": "auth_1", "currency": "usd", "status": "captured", "captured": 0, "refunded": 0, "remaining": 0}


@pytest.mark.parametrize(
    "fields, subject, wanted",
    [
        pytest.param({"reference": "r", "captured": 5}, Subject("r", "USD"), Held(5), id="native"),
        pytest.param({"metadata": {"order": "m"}, "captured": 5}, Subject("m", "USD"), Held(5), id="Stripe"),
        pytest.param({"metadata": {"other": "m"}, "captured": 5}, Subject("", "USD"), Held(5), id="no reference"),
        pytest.param({"captured": 5, "refunded": 2}, Subject("", "USD"), Held(5, 2)),
        pytest.param({"status": "approved", "remaining": 9}, Subject("", "USD"), Held(open_holds=9), id="a hold"),
        pytest.param({"status": "expired", "remaining": 9}, Subject("", "USD"), Held(), id="a hold that ended"),
        pytest.param(
            {"captured": 5, "disputed": 5, "dispute": {"status": "lost", "amount": 5}},
            Subject("", "USD"),
            Held(5, lost=5),
        ),
        pytest.param(
            {"captured": 5, "disputed": 5, "dispute": {"status": "under_review", "amount": 5}},
            Subject("", "USD"),
            Held(5),
        ),
        pytest.param({"captured": 5, "dispute": {"status": "won", "amount": 5}}, Subject("", "USD"), Held(5)),
        pytest.param(
            {"captured": 5, "disputed": 4, "dispute": {"status": "needs_response", "amount": 1}},
            Subject("", "USD"),
            Held(5, lost=3),
            id="a second dispute is open",
        ),
    ],
)
def test_ledger(fields: dict[str, Any], subject: Subject, wanted: Held) -> None:
    [(found, amounts)] = ledger_of([PAYMENT | fields], "order").items()
    assert found == subject
    assert (amounts.captured, amounts.refunded, amounts.lost, amounts.open_holds) == (
        wanted.captured,
        wanted.refunded,
        wanted.lost,
        wanted.open_holds,
    )


def test_payments_of_a_reference_are_added_up() -> None:
    one = PAYMENT | {"reference": "r", "captured": 5}
    found = ledger_of([one, one | {"auth_id": "auth_2"}], "order")
    assert found[Subject("r", "USD")] == Held(10, payments=("auth_1", "auth_2"))


def test_books_are_read() -> None:
    orders = [
        {"reference": "r", "currency": "usd", "paid": 5, "refunded": 1, "fulfilled": 4},
        {"reference": "r", "currency": "USD", "paid": 2},
    ]
    assert read_books({"orders": orders}) == {Subject("r", "USD"): Believed(7, 1, 4)}


GOOD = {"reference": "r", "currency": "usd"}


@pytest.mark.parametrize(
    "value, words",
    [
        ([], 'a list "orders"'),
        ({"orders": {}}, 'a list "orders"'),
        ({"orders": [1]}, "orders[0] is not an object"),
        ({"orders": [GOOD, {"currency": "usd"}]}, "orders[1] needs a reference and a currency"),
        ({"orders": [GOOD | {"paid": 1.5}]}, "orders[0].paid"),
        ({"orders": [GOOD | {"paid": True}]}, "orders[0].paid"),
        ({"orders": [GOOD | {"paid": "5"}]}, "orders[0].paid"),
        ({"orders": [GOOD | {"refunded": -1}]}, "orders[0].refunded"),
        ({"orders": [GOOD | {"payed": 1}]}, "unknown field 'payed'"),
    ],
)
def test_other_books_are_refused(value: Any, words: str) -> None:
    with pytest.raises(BooksUnreadable) as refused:
        read_books(value)
    assert words in str(refused.value)
