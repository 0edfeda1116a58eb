"""Endpoints: their event types, the time since when they receive events, and the secrets that sign."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from paysandbox.webhooks.endpoint import ROTATION_OVERLAP, UNHEALTHY_FOR, Disabled, DisabledBecause, Endpoint

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)
ENDPOINT = Endpoint(
    id="we_1",
    merchant="demo",
    url="https://example.com/hook",
    events=("payment_captured", "payment_voided"),
    created_at=NOW,
    listens_since=NOW,
    request_id="r-1",
)


@pytest.mark.parametrize(
    "endpoint, event, at, hears",
    [
        (ENDPOINT, "payment_captured", NOW, True),
        (ENDPOINT, "payment_captured", NOW - MOMENT, False),
        (ENDPOINT, "payment_refunded", NOW, False),
        (replace(ENDPOINT, events=("*",)), "payment_refunded", NOW, True),
        (replace(ENDPOINT, disabled=Disabled(NOW, DisabledBecause.REQUESTED)), "payment_captured", NOW, False),
        (replace(ENDPOINT, listens_since=NOW + MOMENT), "payment_captured", NOW, False),
    ],
    ids=["its type", "before it listened", "another type", "every type", "disabled", "enabled since"],
)
def test_subscribed_events_of_an_endpoint(endpoint: Endpoint, event: str, at: datetime, hears: bool) -> None:
    assert endpoint.is_subscribed(event, at) is hears


@pytest.mark.parametrize(
    "rotated_before, versions",
    [
        ([], (1,)),
        ([timedelta(0)], (2, 1)),
        ([ROTATION_OVERLAP - MOMENT], (2, 1)),
        ([ROTATION_OVERLAP], (2,)),
        ([timedelta(days=3), timedelta(hours=1)], (3, 2)),
        ([timedelta(hours=2), timedelta(hours=1)], (3, 2)),
        ([timedelta(days=3), timedelta(days=2)], (3,)),
    ],
)
def test_the_secret_before_signs_for_a_day_after_a_rotation(
    rotated_before: list[timedelta], versions: tuple[int, ...]
) -> None:
    rotations = {f"rot_{number}": NOW - before for number, before in enumerate(rotated_before)}
    assert replace(ENDPOINT, rotations=rotations).signing_versions(NOW) == versions


@pytest.mark.parametrize(
    "trouble_before, unhealthy",
    [(None, False), (timedelta(0), True), (UNHEALTHY_FOR - MOMENT, True), (UNHEALTHY_FOR, False)],
)
def test_an_endpoint_stays_unhealthy_for_a_while(trouble_before: timedelta | None, unhealthy: bool) -> None:
    trouble_at = NOW - trouble_before if trouble_before is not None else None
    assert replace(ENDPOINT, unhealthy_since=trouble_at).is_unhealthy(NOW) is unhealthy
