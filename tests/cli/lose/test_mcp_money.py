"""The verdict on money after calls of tools, as a table of cases."""

import pytest

from cli.lose.mcp_money import judge_calls
from cli.lose.money import Held, Kind, Subject

ORDER = Subject("order-1", "USD")
CHARGED, REFUNDED, SHOWN = Kind.CHARGED_TOO_MUCH, Kind.REFUNDED_TOO_MUCH, Kind.SHOWN_NOT_PAID


@pytest.mark.parametrize(
    "expected, held, succeeded, failed",
    [
        pytest.param(Held(100, 30), Held(100, 30), {}, {}, id="as without a fault"),
        pytest.param(Held(100, 30), Held(100, 60), {REFUNDED: 30}, {REFUNDED: 30}, id="refunded twice"),
        pytest.param(Held(100, 30), Held(100), {CHARGED: 30}, {}, id="not refunded"),
        pytest.param(Held(100), Held(200), {CHARGED: 100}, {CHARGED: 100}, id="charged twice"),
        pytest.param(Held(100), Held(200, 100), {}, {}, id="charged twice and given back"),
        pytest.param(Held(100), Held(), {SHOWN: 100}, {}, id="not charged"),
        pytest.param(Held(100, 30), Held(150, 0), {CHARGED: 80}, {CHARGED: 50}, id="charged more, not refunded"),
    ],
)
def test_verdict(expected: Held, held: Held, succeeded: dict[Kind, int], failed: dict[Kind, int]) -> None:
    for told, found in ((True, succeeded), (False, failed)):
        said = judge_calls({ORDER: held}, {ORDER: expected}, succeeded=told)
        assert {each.kind: each.amount for each in said} == found
