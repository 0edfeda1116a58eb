"""The time from a payment's response to its event's receipt, on a sandbox deployed by `paysandbox up`.

    make bench ARGS=webhooks

1,000 payments at a fixed rate with one endpoint, then 1,000 events to three. The client, the functions and the
receiver share a clock. The time of each part follows from the topic's delivery to a queue of the benchmark (SQS's
SentTimestamp), the functions' REPORT lines, the recorded attempt, and the receipt.
"""

import json
import sys
import tempfile
import time
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import mean
from typing import Any, Final

import httpx

from benchmarks.measuring.command import command
from benchmarks.measuring.hooks_receiver import Hooks, hooks
from benchmarks.measuring.http_load import percentile
from benchmarks.measuring.local_sandbox import authorization, sandbox
from benchmarks.measuring.rounds import machine
from cli.connection.target import Target, local_target
from cli.state.state_dir import StateDir
from paysandbox.core.ids import event_id

PAYMENTS: Final = 1_000
PER_S: Final = 10
ENDPOINTS: Final = 3
CLIENTS: Final = 4
TARGET_MS: Final = 50
UNAVAILABLE: Final = 503

PARTS: Final = (
    "stream: until publish_event starts",
    "publish_event: until the topic has it",
    "first queue: until plan_deliveries starts",
    "plan_deliveries and second queue: until deliver_event starts",
    "deliver_event: until the attempt begins",
    "the attempt: until it is received",
)
_TOPIC: Final = "arn:aws:sns:us-east-1:000000000000:paysandbox-local-WebhookTopic"


def measure(payments: int = PAYMENTS, per_s: float = PER_S, events: int = PAYMENTS) -> dict[str, Any]:
    """Return the latencies (ms) and their parts, connections, and the time to deliver to three."""
    with tempfile.TemporaryDirectory(prefix="paysandbox-bench-") as folder, sandbox(Path(folder)) as (port, key):
        target = local_target(StateDir(Path(folder) / "home"), port, "us-east-1")
        timed = one_endpoint(target, port, key, payments, per_s)
        many = several_endpoints(port, key, events)
    return {
        "machine": machine(),
        "target_ms": TARGET_MS,
        "per_s": per_s,
        "one_endpoint": timed,
        "several_endpoints": many,
    }


# --- one endpoint -----------------------------------------------------------------------------------------------------


def one_endpoint(target: Target, port: int, key: str, payments: int, per_s: float) -> dict[str, Any]:
    """Send payments at a fixed rate. Return the latency of their events, and its parts."""
    with hooks() as receiver, _endpoints(port, key, receiver):
        pay(port, key, CLIENTS * 3, per_s)  # cold starts happen before the measurement
        _await(receiver, CLIENTS * 3)
        inbox, started = Inbox(target), time.time()
        before = receiver.requests, receiver.connections["all"]
        answered = pay(port, key, payments, per_s)
        arrived = _await(receiver, CLIENTS * 3 + payments)
        received = receiver.of("/0")
        requests, connections = receiver.requests - before[0], receiver.connections["all"] - before[1]
    latencies_ms = [(received[event] - at) * 1_000 for event, at in answered.items() if event in received]
    log = {name: runs(target, name, started) for name in ("publish_event", "plan_deliveries", "deliver_event")}
    moments = parts(answered, inbox.sent_at(), attempts(target), received, log)
    return {
        "payments": payments,
        "all_arrived": arrived,
        "mean_ms": round(mean(latencies_ms), 1),
        **{f"p{share}_ms": round(percentile(latencies_ms, share), 1) for share in (50, 95, 99)},
        "parts_ms": moments,
        "largest": max(moments, key=lambda name: moments[name]),
        "requests": requests,
        "connections": connections,
        "runs": {
            name: {"count": len(of), "mean_ms": round(mean([one.end - one.start for one in of] or [0]) * 1_000, 1)}
            for name, of in log.items()
        },
    }


def pay(port: int, key: str, count: int, per_s: float) -> dict[str, float]:
    """Send authorizations at fixed times, in an open loop. Return when each got its response, by event id."""
    begun = time.perf_counter()
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as http:

        def one(number: int) -> tuple[str, float]:
            time.sleep(max(0.0, begun + number / per_s - time.perf_counter()))
            request = authorization(key)
            answer = http.post(request.path, headers=dict(request.headers), content=request.body)
            while answer.status_code == UNAVAILABLE:  # no free worker on a busy machine: retry under the same key
                time.sleep(float(answer.headers["retry-after"]))
                answer = http.post(request.path, headers=dict(request.headers), content=request.body)
            at = time.time()
            return event_id(answer.raise_for_status().json()["auth_id"]), at

        with ThreadPoolExecutor(CLIENTS) as clients:
            return dict(clients.map(one, range(count)))


class Inbox:
    """A queue that subscribes to the topic, since SQS records when each message was sent."""

    def __init__(self, target: Target) -> None:
        self._sqs = target.client("sqs")
        self._url = self._sqs.create_queue(QueueName="bench-inbox")["QueueUrl"]
        wanted = {"QueueUrl": self._url, "AttributeNames": ["QueueArn"]}
        arn = self._sqs.get_queue_attributes(**wanted)["Attributes"]["QueueArn"]
        target.client("sns").subscribe(
            TopicArn=_TOPIC, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"}
        )

    def sent_at(self) -> dict[str, float]:
        """Return when each event was sent (seconds), by event id. Empties the queue."""
        found: dict[str, float] = {}
        parameters = {"QueueUrl": self._url, "MaxNumberOfMessages": 10, "AttributeNames": ["SentTimestamp"]}
        while messages := self._sqs.receive_message(**parameters).get("Messages"):
            entries = [{"Id": str(n), "ReceiptHandle": one["ReceiptHandle"]} for n, one in enumerate(messages)]
            self._sqs.delete_message_batch(QueueUrl=self._url, Entries=entries)
            for message in messages:
                event = json.loads(message["Body"])["id"]
                found.setdefault(event, int(message["Attributes"]["SentTimestamp"]) / 1_000)
        return found


@dataclass(frozen=True, slots=True, order=True)
class Run:
    """An invocation of a function, in seconds since 1970."""

    start: float
    end: float


def runs(target: Target, name: str, since: float) -> list[Run]:
    """Return the invocations of a function, from its REPORT lines."""
    pages = target.client("logs").get_paginator("filter_log_events")
    found = pages.paginate(logGroupName=f"/aws/lambda/paysandbox-local-{name}", startTime=int(since * 1_000))
    return sorted(run for page in found for line in page["events"] if (run := run_of(line)) is not None)


def run_of(line: Mapping[str, Any]) -> Run | None:
    """Return the invocation that a log line reports, or None."""
    if not line["message"].startswith("REPORT"):
        return None
    end = line["timestamp"] / 1_000
    return Run(end - float(line["message"].partition("\tDuration: ")[2].split(" ")[0]) / 1_000, end)


def attempts(target: Target) -> dict[str, float]:
    """Return when the first delivery attempt of each event started (seconds), by event id."""
    pages = target.client("dynamodb").get_paginator("scan").paginate(TableName="paysandbox-local-Deliveries")
    found: dict[str, float] = {}
    for item in (item for page in pages for item in page["Items"]):
        if attempts_made := item["attempts"]["L"]:
            at = datetime.fromisoformat(attempts_made[0]["M"]["at"]["S"]).timestamp()
            found[item["event_id"]["S"]] = min(at, found.get(item["event_id"]["S"], at))
    return found


def parts(
    answered: Mapping[str, float],
    sent: Mapping[str, float],
    begun: Mapping[str, float],
    received: Mapping[str, float],
    log: Mapping[str, Sequence[Run]],
) -> dict[str, float]:
    """Return the mean milliseconds of each part, over the events for which all parts are known."""
    taken: dict[str, list[float]] = {name: [] for name in PARTS}
    for event, at in answered.items():
        if not all(event in found for found in (sent, begun, received)):
            continue
        publishing = during(log["publish_event"], sent[event])
        planning = after(log["plan_deliveries"], sent[event])
        delivering = during(log["deliver_event"], begun[event])
        if publishing is None or planning is None or delivering is None:
            continue
        moments = [
            at,
            publishing.start,
            sent[event],
            planning.start,
            delivering.start,
            begun[event],
            received[event],
        ]
        for name, earlier, later in zip(PARTS, moments[:-1], moments[1:], strict=True):
            taken[name].append((later - earlier) * 1_000)
    return {name: round(mean(of), 1) if of else 0.0 for name, of in taken.items()}


def during(of: Sequence[Run], at: float) -> Run | None:
    """Return the last invocation that had started by then."""
    place = bisect_right(of, at, key=lambda run: run.start)
    return of[place - 1] if place else None


def after(of: Sequence[Run], at: float) -> Run | None:
    """Return the first invocation that started afterwards: it took the waiting message."""
    place = bisect_left(of, at, key=lambda run: run.start)
    return of[place] if place < len(of) else None


# --- several endpoints ------------------------------------------------------------------------------------------------


def several_endpoints(port: int, key: str, events: int) -> dict[str, Any]:
    """Deliver events to three endpoints as fast as four clients create them. Return how long it takes."""
    with hooks(ENDPOINTS) as receiver, _endpoints(port, key, receiver):
        started = time.time()
        answered = pay(port, key, events, per_s=float("inf"))
        paid = time.time()
        arrived = _await(receiver, ENDPOINTS * events)
        last = max(receiver.first_at.values(), default=paid)
        missing = sum(len(answered.keys() - receiver.of(f"/{number}").keys()) for number in range(ENDPOINTS))
    return {
        "events": events,
        "endpoints": ENDPOINTS,
        "all_arrived": arrived and missing == 0,
        "missing": missing,
        "paying_s": round(paid - started, 1),
        "until_the_last_s": round(last - started, 1),
        "deliveries_per_s": round(len(receiver.first_at) / (last - started), 1),
        "requests": receiver.requests,
        "connections": receiver.connections["all"],
    }


@contextmanager
def _endpoints(port: int, key: str, receiver: Hooks) -> Iterator[None]:
    """Create a webhook endpoint for each path of a receiver; they are deleted afterwards."""
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers={"X-Api-Key": key}, timeout=60) as http:
        endpoint_ids: list[str] = []
        for url in receiver.urls:
            answer = http.post(
                "/webhooks/endpoints",
                json={"url": url, "events": ["*"]},
                headers={"X-Idempotency-Key": f"{url} {time.time()}"},
            )
            endpoint_ids.append(answer.raise_for_status().json()["endpoint_id"])
        try:
            yield
        finally:
            for endpoint_id in endpoint_ids:
                http.delete(f"/webhooks/endpoints/{endpoint_id}").raise_for_status()


def _await(receiver: Hooks, count: int) -> bool:
    arrived = receiver.wait_for(count)
    sys.stderr.write(f"  {len(receiver.first_at)} of {count} arrived\n")
    return arrived


if __name__ == "__main__":
    command("webhooks", measure, __doc__, payments=PAYMENTS, events=PAYMENTS)
