"""Guards in Python. tests/payments/ledger/test_guard_agreement.py tests that DynamoDB agrees."""

import pytest

from paysandbox.core.errors import Code
from paysandbox.core.guard import Guard, Path, Size, StoredValue

FACTS = {
    "remaining": 5,
    "currency": "USD",
    "captures": {"cap_1": 3, "cap_2": 0},
    "amounts": {},
    "unallocated_refund": None,
}

REMAINING: Path = ("remaining",)
CAPTURES: Path = ("captures",)


@pytest.mark.parametrize(
    "field, comparison, value, holds",
    [
        (REMAINING, "=", 5, True),
        (REMAINING, "=", 4, False),
        (REMAINING, "<", 5, False),
        (REMAINING, "<=", 5, True),
        (REMAINING, ">", 5, False),
        (REMAINING, ">=", 5, True),
        (REMAINING, "=", "5", False),  # another type
        (("currency",), "=", "USD", True),
        (("currency",), ">", 0, False),
        (("currency",), "not_in", ("ISK", "KWD"), True),
        (("currency",), "not_in", ("ISK", "USD"), False),
        (REMAINING, "exists", None, True),
        (REMAINING, "not_exists", None, False),
        (("nothing",), "exists", None, False),
        (("nothing",), "not_exists", None, True),
        (("unallocated_refund",), "exists", None, False),  # None means absent in Python
        (("unallocated_refund",), "not_exists", None, True),
        (("nothing",), "<", 9, False),
        (("nothing",), ">=", 0, False),
        (("captures", "cap_1"), ">=", 3, True),
        (("captures", "cap_3"), ">=", 0, False),
        (("captures", "cap_2"), "exists", None, True),  # 0 is present
        (("currency", "cap_1"), "exists", None, False),  # not a map, so no entry
        (CAPTURES, "exists", None, True),
        (CAPTURES, ">", 0, False),
        (Size(CAPTURES), "=", 2, True),
        (Size(CAPTURES), "<", 2, False),
        (Size(("amounts",)), "=", 0, True),
        (Size(("nothing",)), "<", 50, False),  # the size of nothing is not 0
        (Size(REMAINING), "<", 50, False),  # nor does a number have one
        (REMAINING, ">=", StoredValue(("captures", "cap_1")), True),
        (("captures", "cap_1"), ">=", StoredValue(REMAINING), False),
        (REMAINING, ">=", StoredValue(("nothing",)), False),
        (REMAINING, ">=", StoredValue(("currency",)), False),
        (("currency",), ">=", 0, False),  # no order between types
        (CAPTURES, "<", 1, False),
        (("nothing",), "=", StoredValue(("unallocated_refund",)), False),  # two absent fields are not equal
    ],
)
def test_a_guard_holds(
    field: Path | Size, comparison: str, value: int | str | tuple[str, ...] | StoredValue | None, holds: bool
) -> None:
    assert Guard(field, comparison, value, Code.ALREADY_CAPTURED).holds(FACTS) is holds  # pyright: ignore[reportArgumentType] - the table has values of every kind
