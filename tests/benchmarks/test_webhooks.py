"""The validity of the webhook measurements. Nothing is timed, and nothing is deployed."""

import http.client
from typing import Any
from urllib.parse import urlsplit

import pytest

from benchmarks import webhook_cost, webhooks
from benchmarks.hooks_receiver import hooks
from benchmarks.webhooks import PARTS, Run


def test_a_receiver_notes_the_first_of_each_event_and_the_connections() -> None:
    with hooks(2) as seen:
        first, second = (urlsplit(url) for url in seen.urls)
        kept = http.client.HTTPConnection(str(first.hostname), first.port or 0)
        for path, event in ((first.path, "a"), (first.path, "a"), (second.path, "a"), (first.path, "b")):
            kept.request("POST", path, b"{}", {"webhook-id": event})
            assert kept.getresponse().read() == b""
        kept.close()
        assert seen.wait_for(3)
    assert (seen.requests, seen.connections["all"]) == (4, 1)
    assert (set(seen.of("/0")), set(seen.of("/1"))) == ({"a", "b"}, {"a"})


@pytest.mark.parametrize(
    "message, run",
    [
        ("REPORT RequestId: a\tDuration: 1500 ms\tBilled Duration: 1500 ms", Run(8.5, 10.0)),
        ("START RequestId: a Version: $LATEST", None),
    ],
)
def test_a_run_is_read_from_what_it_reports(message: str, run: Run | None) -> None:
    assert webhooks.run_of({"timestamp": 10_000, "message": message}) == run


def test_the_parts_add_up_to_the_whole() -> None:
    log = {
        "publish_event": [Run(1.0, 1.2), Run(5.0, 5.2)],
        "plan_deliveries": [Run(0.5, 0.6), Run(1.3, 1.5)],
        "deliver_event": [Run(1.6, 1.9)],
    }
    found = webhooks.parts({"a": 0.9, "lost": 1.0}, {"a": 1.1, "lost": 1.1}, {"a": 1.7}, {"a": 1.8}, log)
    assert found == dict(zip(PARTS, [100.0, 100.0, 200.0, 300.0, 100.0, 100.0], strict=True))


def test_what_a_delivery_asks_of_aws_is_counted() -> None:
    """The numbers themselves: they are counted, so they are the same everywhere."""
    seen: dict[str, Any] = webhook_cost.cost()["by_batch"]
    assert seen["1"]["calls"] == {
        "dynamodb.BatchGetItem": 2,
        "dynamodb.PutItem": 2,
        "dynamodb.UpdateItem": 1,
        "sqs.SendMessageBatch": 1,
    }
    assert seen["10"]["calls"]["sqs.SendMessageBatch"] == 1
    assert seen["1"]["write_units"] == {"Events": 2, "Deliveries": 4}
    for priced in seen.values():
        assert priced["usd_in_all"] == pytest.approx(sum(priced["usd_per_million"].values()), abs=0.01)
    assert seen["10"]["usd_in_all"] < seen["1"]["usd_in_all"]


def test_the_budget_names_its_largest_part() -> None:
    found = webhook_cost.budget(draws=200)
    assert found["modelled"] is True
    assert sum(found["parts_ms"].values()) == pytest.approx(found["mean_ms"], abs=1)
    assert found["largest"] == webhook_cost.POLL
