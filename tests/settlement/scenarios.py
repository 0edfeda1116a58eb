"""Each route's requests with their calls, and those that it refuses (`tests/support/builders/scenario.py`)."""

from collections.abc import Callable

from paysandbox.core.errors import Code
from paysandbox.settlement.routes import GET_SETTLEMENT, LIST_SETTLEMENT_LINES, LIST_SETTLEMENTS
from tests.settlement import settled
from tests.support.builders.scenario import (
    Parts,
    Refusal,
    Scenario,
    sending,
)
from tests.support.clients.call import Merchant
from tests.support.worlds.handlers import Clock


def _settled(parts: Parts, *, reports: bool = True) -> Callable[[Merchant, Clock], Parts]:
    """Prepare a batch. The links to its reports change with time."""

    def given(demo: Merchant, _: Clock) -> Parts:
        settled.statement(settled.batch("2026-11-16"), demo.name, USD=(10_00, 2_00, 59), reports=reports)
        return parts

    return given


SCENARIOS = (
    # Settlements: a merchant's batches are in one partition of an index.
    Scenario("a page", LIST_SETTLEMENTS, ("Query", "BatchGetItem"), _settled({})),
    Scenario(
        "before its reports",
        GET_SETTLEMENT,
        ("GetItem", "GetItem", "Query"),
        _settled({"path": {"batch": "2026-11-16"}}, reports=False),
    ),
    Scenario(
        "with reports", GET_SETTLEMENT, ("GetItem", "GetItem", "Query"), _settled({"path": {"batch": "2026-11-16"}})
    ),
    # The report, once it is written, is read from the bucket: handlers/test_list_settlement_lines.py.
    Scenario(
        "no lines before the reports",
        LIST_SETTLEMENT_LINES,
        ("GetItem",),
        _settled({"path": {"batch": "2026-11-16"}}, reports=False),
    ),
)


REFUSALS = (
    Refusal(LIST_SETTLEMENTS, Code.CURSOR_INVALID, sending(query={"cursor": "x"}), "cursor"),
    Refusal(LIST_SETTLEMENTS, Code.PARAMETER_INVALID, sending(query={"order": "oldest"}), "order"),
    Refusal(LIST_SETTLEMENTS, Code.PARAMETER_INVALID, sending(query={"from": "yesterday"}), "from"),
    Refusal(LIST_SETTLEMENT_LINES, Code.RESOURCE_NOT_FOUND, sending(path={"batch": "2026-11-20"})),
    Refusal(
        LIST_SETTLEMENT_LINES,
        Code.CURSOR_INVALID,
        _settled({"path": {"batch": "2026-11-16"}, "query": {"cursor": "x"}}, reports=False),
        "cursor",
    ),
    Refusal(GET_SETTLEMENT, Code.RESOURCE_NOT_FOUND, sending(path={"batch": "2026-11-20"})),
)
