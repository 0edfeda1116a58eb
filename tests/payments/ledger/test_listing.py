"""Lists: one merchant's payments, newest first, over sixteen shards that are read in parallel."""

import base64
from datetime import timedelta

import pytest
from hypothesis import given, strategies as st

from paysandbox.aws.cursor import just_above, just_below
from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.core import ids
from paysandbox.core.errors import Code, Refused
from paysandbox.payments.ledger import items
from paysandbox.payments.ledger.items import key
from paysandbox.payments.ledger.lists import Filter, list_payments
from paysandbox.payments.ledger.store import put_payment
from paysandbox.payments.payment import Payment
from tests.support.builders import build
from tests.support.builders.build import MERCHANT, MONDAY, OTHER_MERCHANT

KEYS = st.text("-09=AZ_az", min_size=1, max_size=4)

SECOND = timedelta(seconds=1)


def put(ledger: Ledger, number: int, *, merchant: str = MERCHANT, at_once: bool = False) -> Payment:
    """Put payment `number`, a second after the previous one, in the shard of its hash."""
    payment = build.authorized(
        number,
        merchant=merchant,
        payment_id=ids.payment_id("test_listing", str(number)),
        now=MONDAY if at_once else MONDAY + number * SECOND,
    )
    return put_payment(ledger, payment)[0]


def listed(ledger: Ledger, *, limit: int = 100, cursor: str | None = None, merchant: str = MERCHANT) -> list[int]:
    """Return the amounts of a page, which are the numbers of its payments."""
    return [payment.authorized for payment in list_payments(ledger, merchant, limit=limit, cursor=cursor).items]


def test_references_with_the_same_digest_are_distinct(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(items, "_REFERENCE_BYTES", 0)
    for number, reference in enumerate(["order-1", "order-2", "order-1", "order-2"], start=1):
        payment = build.authorized(number, payment_id=ids.payment_id("same", str(number)), reference=reference)
        put_payment(ledger, payment)
    page = list_payments(ledger, MERCHANT, Filter(reference="order-1"), limit=2, cursor=None)
    assert ({payment.authorized for payment in page.items}, page.next_cursor) == ({1, 3}, None)


@pytest.mark.full
def test_newest_first_over_all_shards(ledger: Ledger) -> None:
    numbers = range(1, 41)
    shards = {ids.shard_of(put(ledger, number).id, 16) for number in numbers}

    assert len(shards) > 8
    assert listed(ledger) == [*reversed(numbers)]


@pytest.mark.full
@pytest.mark.parametrize("limit, sizes", [(3, [3, 3, 1]), (7, [7]), (6, [6, 1]), (1, [1] * 7), (100, [7])])
def test_pages_neither_repeat_nor_miss(ledger: Ledger, limit: int, sizes: list[int]) -> None:
    for number in range(1, 8):
        put(ledger, number)

    for oldest_first in (False, True):
        pages: list[list[int]] = []
        cursor: str | None = None
        for _ in sizes:
            page = list_payments(ledger, MERCHANT, Filter(oldest_first=oldest_first), limit=limit, cursor=cursor)
            pages.append([payment.authorized for payment in page.items])
            cursor = page.next_cursor
        assert cursor is None
        assert [len(page) for page in pages] == sizes
        assert [number for page in pages for number in page] == ([*range(1, 8)] if oldest_first else [*range(7, 0, -1)])


def test_payments_of_one_microsecond_are_ordered_by_id(ledger: Ledger) -> None:
    for number in range(1, 8):
        put(ledger, number, at_once=True)

    for oldest_first in (False, True):
        found: list[int] = []
        cursor: str | None = None
        for _ in range(7):
            page = list_payments(ledger, MERCHANT, Filter(oldest_first=oldest_first), limit=1, cursor=cursor)
            found += [payment.authorized for payment in page.items]
            cursor = page.next_cursor
        assert sorted(found) == [1, 2, 3, 4, 5, 6, 7]


def test_new_payments_are_on_later_pages_of_the_oldest(ledger: Ledger) -> None:
    for number in range(1, 5):
        put(ledger, number)
    oldest = Filter(oldest_first=True)
    cursor = list_payments(ledger, MERCHANT, oldest, limit=2, cursor=None).next_cursor

    put(ledger, 5)
    page = list_payments(ledger, MERCHANT, oldest, limit=9, cursor=cursor)
    assert [payment.authorized for payment in page.items] == [3, 4, 5]


def test_new_payments_are_not_on_later_pages(ledger: Ledger) -> None:
    for number in range(1, 5):
        put(ledger, number)
    cursor = list_payments(ledger, MERCHANT, limit=2, cursor=None).next_cursor

    put(ledger, 5)
    assert listed(ledger, cursor=cursor) == [2, 1]


def test_a_shortened_page_is_continued_after_its_last_payment(ledger: Ledger) -> None:
    for number in range(1, 6):
        put(ledger, number)
    page = list_payments(ledger, MERCHANT, limit=4, cursor=None)

    assert [listed(ledger, cursor=page.cursor_after(count)) for count in (1, 3, 4)] == [[4, 3, 2, 1], [2, 1], [1]]


def test_only_the_merchants_payments(ledger: Ledger) -> None:
    put(ledger, 1)
    put(ledger, 2, merchant=OTHER_MERCHANT)

    assert listed(ledger) == [1]
    assert listed(ledger, merchant=OTHER_MERCHANT) == [2]
    assert listed(ledger, merchant="nobody") == []


def test_listed_payments_are_complete(ledger: Ledger) -> None:
    """The index holds ids only, and may name a purged payment."""
    first, second = put(ledger, 1), put(ledger, 2)
    ledger.client.delete_item(TableName=ledger.table, Key=key(first.id))

    page = list_payments(ledger, MERCHANT, limit=10, cursor=None)
    assert (page.items, page.next_cursor) == ([second], None)


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "nonsense",
        "%%%",
        "\u00e9\u00e9\u00e9\u00e9",
        base64.urlsafe_b64encode(b"2026-11-16T09:30:00.000000Z#auth_p").decode(),  # a position without its mark
    ],
)
def test_forged_cursors_are_refused(ledger: Ledger, cursor: str) -> None:
    with pytest.raises(Refused) as caught:
        listed(ledger, cursor=cursor)
    assert (caught.value.code, caught.value.param) == (Code.CURSOR_INVALID, "cursor")


def test_cursors_of_other_merchants_are_refused(ledger: Ledger) -> None:
    put(ledger, 1)
    put(ledger, 2)
    cursor = list_payments(ledger, MERCHANT, limit=1, cursor=None).next_cursor

    assert cursor is not None
    with pytest.raises(Refused, match="cursor_invalid"):
        listed(ledger, cursor=cursor, merchant=OTHER_MERCHANT)


def test_cursors_of_the_other_order_are_refused(ledger: Ledger) -> None:
    put(ledger, 1)
    put(ledger, 2)
    for oldest_first in (False, True):
        cursor = list_payments(ledger, MERCHANT, Filter(oldest_first=oldest_first), limit=1, cursor=None).next_cursor
        with pytest.raises(Refused, match="cursor_invalid"):
            list_payments(ledger, MERCHANT, Filter(oldest_first=not oldest_first), limit=1, cursor=cursor)


@given(position=KEYS, other=KEYS)
def test_order_of_positions(position: str, other: str) -> None:
    """BETWEEN is inclusive, and the cursor's own entry was on the previous page."""
    assert just_below(position) < position
    assert (other <= just_below(position)) is (other < position)
    assert (other >= just_above(position)) is (other > position)
