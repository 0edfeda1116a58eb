"""The write rate of every partition of the table and its indexes, within the limit for any mix of cards."""

import pytest

from benchmarks.hot_keys import LIMIT_PER_S, LOADS, Load, simulate
from paysandbox.aws.index_shards import IndexShards
from paysandbox.aws.schema import BY_CARD, BY_DUE, BY_MERCHANT, INDEX_SHARDS, LEDGER
from tests.support.tools.tiers import soak_but
from tests.support.worlds.shards import spread_over


@pytest.mark.full
@pytest.mark.parametrize("load", soak_but(LOADS, keep=lambda load: load is LOADS[0]), ids=lambda load: load.says)
def test_five_thousand_payments_a_second(load: Load) -> None:
    heat = simulate(load, seconds=1)
    assert set(heat.hottest) == {LEDGER, BY_CARD.name, BY_MERCHANT.name, BY_DUE.name}
    assert max(heat.hottest.values()) < LIMIT_PER_S, heat


@pytest.mark.parametrize("load, units", [(LOADS[0], 4), (LOADS[1], 6)], ids=["authorized", "captured"])
def test_cost_of_a_payment(load: Load, units: int) -> None:
    """An item of one unit, an entry in each index; a capture is claimed, and writes the item again."""
    assert simulate(Load(load.says, per_s=50, captured=load.captured), seconds=1).units_per_payment == units


@pytest.mark.full
def test_half_as_many_shards_would_be_too_hot(monkeypatch: pytest.MonkeyPatch) -> None:
    """So the number is no larger than it must be, and the simulation would tell. That of due payments was chosen when
    captures moved their entries; payments keep the shard of their creation, so it stays."""
    spread_over(IndexShards(INDEX_SHARDS // 2, INDEX_SHARDS), monkeypatch)
    assert max(simulate(LOADS[2], seconds=1).hottest.values()) > LIMIT_PER_S
