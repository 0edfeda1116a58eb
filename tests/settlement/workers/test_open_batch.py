"""The opening worker: the days without a run."""

from collections.abc import Iterator

import pytest

from paysandbox.aws import runtime
from paysandbox.aws.settings import SettlementSettings
from settlement import open_batch
from tests.support.worlds.settlement_scenario import PATIENT, SettlementScenario


@pytest.fixture
def choosy(settling: SettlementScenario, monkeypatch: pytest.MonkeyPatch) -> Iterator[SettlementScenario]:
    """Return an environment that skips weekends and Tuesday."""
    for name, value in (
        SettlementSettings(
            payout_minimum=100,
            settlement_skips_weekends=True,
            settlement_holidays="2026-11-17",
        )
        .to_env()
        .items()
    ):
        monkeypatch.setenv(name, value)
    runtime._settings.cache_clear()
    yield settling
    runtime._settings.cache_clear()


@pytest.mark.parametrize(
    "nights, status", [(0, "opened"), (1, "skipped"), (2, "opened"), (5, "skipped"), (6, "skipped")]
)
def test_no_run_starts_on_a_skipped_day(choosy: SettlementScenario, nights: int, status: str) -> None:
    choosy.night(nights)
    assert open_batch.handler({"wanted": {}, "execution": "x"}, PATIENT)["status"] == status


def test_manual_runs_are_allowed_on_a_skipped_day(choosy: SettlementScenario) -> None:
    choosy.night(1)
    assert open_batch.handler({"wanted": {"cutoff": "now"}, "execution": "x"}, PATIENT)["status"] == "opened"
