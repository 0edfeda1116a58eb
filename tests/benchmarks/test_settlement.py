"""The nights of the settlement benchmark are nights of the real machine, and its counts are exact."""

from typing import Any

import pytest

from benchmarks.cost import settlement
from paysandbox.aws.schema import DUE_SHARDS, DUE_SHARDS_READ, ENTRY_SHARDS

# Every line of the workers is run by their own tests too; tracing would double the time.
# The templates of the tables and of the machine are made here, if nobody made them before.
pytestmark = [pytest.mark.untraced, pytest.mark.soak]

Json = dict[str, Any]

FEW = 2


@pytest.fixture(scope="module")
def found() -> Json:
    """Two small nights."""
    return settlement.measure((FEW * DUE_SHARDS, FEW * DUE_SHARDS + 40), merchants=FEW)


def test_number_of_invocations_does_not_depend_on_captures(found: Json) -> None:
    for night in found["nights"]:
        assert sum(one["invocations"] for one in night["workers"].values()) == DUE_SHARDS_READ + 2 * ENTRY_SHARDS + 4
        assert night["workers"]["collect_entries"]["calls"]["Query"] == DUE_SHARDS_READ
        assert night["transitions"] == 3 * (DUE_SHARDS_READ + 2 * ENTRY_SHARDS) + 12
        assert night["largest_state_bytes"] < 2_000
    few, more = found["nights"]
    # An update for each payment; the rest belongs to shards and merchants, which are as many.
    told = {name: more["workers"]["announce"]["calls"][name] for name in ("UpdateItem", "Query")}
    assert told == {"UpdateItem": more["captures"], "Query": few["workers"]["announce"]["calls"]["Query"]}


def test_each_capture_costs_the_same(found: Json) -> None:
    """An entry is put in a transaction (2 units), its payment is written and leaves the index of what is due."""
    each = found["each_capture"]
    assert each["announce"]["write_units"] == 2
    assert each["collect_entries"]["write_units"] == 2
    assert {name for name, one in each.items() if one["write_units"]} == {"announce", "collect_entries"}


def test_every_worker_is_counted(found: Json) -> None:
    assert set(found["order"]) == set(settlement.WORKERS) - {"fail_batch"}
