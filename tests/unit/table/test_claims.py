"""Claims in the table: the first of a key's wishes holds it, for 24 hours of stored time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

from paysandbox.domain.claim import Claim
from paysandbox.table.claims import put_claim
from paysandbox.table.ledger import Ledger
from tests.support import build, tables
from tests.support.build import DAY, MICROSECOND, MONDAY

CLAIM_ID = "clm_" + "c" * 26


def claim(*, number: int = 1, body_hash: str = "h" * 43, age: timedelta = timedelta(0)) -> Claim:
    """A claim of the same key at a time after Monday's."""
    return Claim(
        CLAIM_ID,
        build.MERCHANT,
        build.operation_id("cap", number),
        build.fingerprint(body_hash=body_hash),
        MONDAY + age,
        int((MONDAY + age + 2 * DAY).timestamp()),
    )


@pytest.mark.parametrize(
    "second, holds",
    [
        (claim(number=2), 1),
        (claim(number=2, body_hash="another body"), 1),  # whoever reads it compares the bodies
        (claim(number=2, age=DAY - MICROSECOND), 1),
        (claim(number=2, age=DAY), 2),  # a day later the key is free
        (claim(number=2, age=3 * DAY), 2),
    ],
)
def test_who_holds_the_key(ledger: Ledger, second: Claim, holds: int) -> None:
    put_claim(ledger, claim(number=1))

    held = put_claim(ledger, second)
    assert held.operation_id == build.operation_id("cap", holds)
    assert put_claim(ledger, second) == held  # and so it stays


def test_another_key_is_another_claim(ledger: Ledger) -> None:
    put_claim(ledger, claim())
    other = Claim("clm_" + "d" * 26, build.MERCHANT, build.operation_id("cap", 2), build.fingerprint(), MONDAY, 0)

    assert put_claim(ledger, other) == other
    assert len(tables.items(ledger)) == 2


def test_of_many_at_once_one_holds_and_all_know(ledger: Ledger) -> None:
    with ThreadPoolExecutor(8) as pool:
        held = [*pool.map(lambda number: put_claim(ledger, claim(number=number)), range(1, 41))]

    assert len({each.operation_id for each in held}) == 1


def test_other_errors_of_the_table_pass_through(ledger: Ledger) -> None:
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        put_claim(Ledger(ledger.client, "no-such-table", 0), claim())
