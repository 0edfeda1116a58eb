"""The validity of the webhook measurements. Nothing is timed, and nothing is deployed."""

import http.client
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from benchmarks import noisy_neighbors, webhooks
from benchmarks.cost import deliveries, latency
from benchmarks.measuring.hooks_receiver import hooks
from benchmarks.webhooks import PARTS, Run


def test_receiver_records_first_arrivals_and_connections() -> None:
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


def test_receiver_counts_concurrent_requests() -> None:
    with hooks() as seen, ThreadPoolExecutor(3) as pool:
        seen.answers_after_s = 0.2
        done = [pool.submit(httpx.post, seen.urls[0], headers={"webhook-id": str(n)}) for n in range(3)]
        assert seen.wait_for(3)
        assert {one.result().status_code for one in done} == {200}
    assert 1 <= seen.most_at_once <= 3


def test_latencies_are_reported_per_interval() -> None:
    answered = {str(second): float(second) for second in range(10)}
    received = {event: at + (0.1 if at < 8 else 3.0) for event, at in answered.items() if event != "9"}
    found = noisy_neighbors.latencies(answered, received, seconds=10)
    assert (found["events"], found["missing"], found["max_ms"]) == (10, 1, 3_000.0)
    assert found["parts_p95_ms"] == [100.0, 100.0, 100.0, 100.0, 3_000.0]


@pytest.mark.parametrize(
    "message, run",
    [
        ("REPORT RequestId: a\tDuration: 1500 ms\tBilled Duration: 1500 ms", Run(8.5, 10.0)),
        ("START RequestId: a Version: $LATEST", None),
    ],
)
def test_invocations_are_read_from_report_lines(message: str, run: Run | None) -> None:
    assert webhooks.run_of({"timestamp": 10_000, "message": message}) == run


def test_parts_add_up_to_the_total() -> None:
    log = {
        "publish_event": [Run(1.0, 1.2), Run(5.0, 5.2)],
        "plan_deliveries": [Run(0.5, 0.6), Run(1.3, 1.5)],
        "deliver_event": [Run(1.6, 1.9)],
    }
    found = webhooks.parts({"a": 0.9, "lost": 1.0}, {"a": 1.1, "lost": 1.1}, {"a": 1.7}, {"a": 1.8}, log)
    assert found == dict(zip(PARTS, [100.0, 100.0, 200.0, 300.0, 100.0, 100.0], strict=True))


def test_calls_and_units_of_a_delivery() -> None:
    """The numbers themselves: they are counted, so they are the same everywhere."""
    seen: dict[str, Any] = deliveries.cost()["by_batch"]
    assert seen["1"]["calls"] == {
        "dynamodb.BatchGetItem": 2,
        "dynamodb.PutItem": 2,
        "sqs.SendMessageBatch": 1,
    }
    assert seen["10"]["calls"]["sqs.SendMessageBatch"] == 1
    assert seen["1"]["write_units"] == {"Events": 2, "Deliveries": 1}
    for priced in seen.values():
        assert priced["usd_in_all"] == pytest.approx(sum(priced["usd_per_million"].values()), abs=0.01)
    assert seen["10"]["usd_in_all"] < seen["1"]["usd_in_all"]


def test_parts_of_the_modeled_way_to_a_receiver_add_up() -> None:
    found = latency.webhook(draws=200)
    assert sum(found["parts_ms"].values()) == pytest.approx(found["mean_ms"], abs=1)
    assert found["largest"] == latency.POLL
