"""From a payment's answer to its event at a receiver, on the sandbox as `paysandbox up` deploys it; and what it costs.

    make bench ARGS=webhooks

1,000 payments at a bounded rate with one endpoint, then 1,000 events to three. The client, the functions and the
receiver have one clock. Where the time goes is read from what is left behind: when the topic gave the event to a queue
of ours (SQS's SentTimestamp), the functions' own REPORT lines, the attempt in the delivery, the receipt.
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

from benchmarks import webhook_cost
from benchmarks.deployed import authorization, sandbox
from benchmarks.hooks_receiver import Hooks, hooks
from benchmarks.http_load import percentile
from benchmarks.rounds import machine
from cli.connection.target import Target, local_target
from cli.sandbox.state_dir import StateDir
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
    """Latencies (ms), their parts, connections, the time to deliver to three, and the models of AWS."""
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
        "budget": webhook_cost.budget(),
        "cost": webhook_cost.cost(),
    }


# --- one endpoint -----------------------------------------------------------------------------------------------------


def one_endpoint(target: Target, port: int, key: str, payments: int, per_s: float) -> dict[str, Any]:
    """Pay at a bounded rate; what it took each event to come, and where that went."""
    with hooks() as seen, _endpoints(port, key, seen):
        pay(port, key, CLIENTS * 3, per_s)  # environments that start cold do so before the clock runs
        _await(seen, CLIENTS * 3)
        inbox, started = Inbox(target), time.time()
        before = seen.requests, seen.connections["all"]
        answered = pay(port, key, payments, per_s)
        arrived = _await(seen, CLIENTS * 3 + payments)
        received = seen.of("/0")
        requests, connections = seen.requests - before[0], seen.connections["all"] - before[1]
    took = [(received[event] - at) * 1_000 for event, at in answered.items() if event in received]
    log = {name: runs(target, name, started) for name in ("publish_event", "plan_deliveries", "deliver_event")}
    moments = parts(answered, inbox.sent_at(), attempts(target), received, log)
    return {
        "payments": payments,
        "all_arrived": arrived,
        "mean_ms": round(mean(took), 1),
        **{f"p{share}_ms": round(percentile(took, share), 1) for share in (50, 95, 99)},
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
    """Authorize so often, begun at fixed times whatever the answers take. When each was answered, by its event's id."""
    begun = time.perf_counter()
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as http:

        def one(number: int) -> tuple[str, float]:
            time.sleep(max(0.0, begun + number / per_s - time.perf_counter()))
            request = authorization(key)
            answer = http.post(request.path, headers=dict(request.headers), content=request.body)
            while answer.status_code == UNAVAILABLE:  # a busy machine has no worker for it; with its key, sent again
                time.sleep(float(answer.headers["retry-after"]))
                answer = http.post(request.path, headers=dict(request.headers), content=request.body)
            at = time.time()
            return event_id(answer.raise_for_status().json()["auth_id"]), at

        with ThreadPoolExecutor(CLIENTS) as clients:
            return dict(clients.map(one, range(count)))


class Inbox:
    """A queue of ours on the topic: SQS says of each message when it was sent."""

    def __init__(self, target: Target) -> None:
        self._sqs = target.client("sqs")
        self._url = self._sqs.create_queue(QueueName="bench-inbox")["QueueUrl"]
        wanted = {"QueueUrl": self._url, "AttributeNames": ["QueueArn"]}
        arn = self._sqs.get_queue_attributes(**wanted)["Attributes"]["QueueArn"]
        target.client("sns").subscribe(
            TopicArn=_TOPIC, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"}
        )

    def sent_at(self) -> dict[str, float]:
        """When each event was sent (seconds), by its id. Empties the queue."""
        found: dict[str, float] = {}
        asked = {"QueueUrl": self._url, "MaxNumberOfMessages": 10, "AttributeNames": ["SentTimestamp"]}
        while messages := self._sqs.receive_message(**asked).get("Messages"):
            entries = [{"Id": str(n), "ReceiptHandle": one["ReceiptHandle"]} for n, one in enumerate(messages)]
            self._sqs.delete_message_batch(QueueUrl=self._url, Entries=entries)
            for message in messages:
                event = json.loads(message["Body"])["id"]
                found.setdefault(event, int(message["Attributes"]["SentTimestamp"]) / 1_000)
        return found


@dataclass(frozen=True, slots=True, order=True)
class Run:
    """A function's run, in seconds since 1970."""

    start: float
    end: float


def runs(target: Target, name: str, since: float) -> list[Run]:
    """The runs of a function, from its REPORT lines."""
    pages = target.client("logs").get_paginator("filter_log_events")
    found = pages.paginate(logGroupName=f"/aws/lambda/paysandbox-local-{name}", startTime=int(since * 1_000))
    return sorted(run for page in found for line in page["events"] if (run := run_of(line)) is not None)


def run_of(line: Mapping[str, Any]) -> Run | None:
    """The run that a line of a log reports, if it does."""
    if not line["message"].startswith("REPORT"):
        return None
    end = line["timestamp"] / 1_000
    return Run(end - float(line["message"].partition("\tDuration: ")[2].split(" ")[0]) / 1_000, end)


def attempts(target: Target) -> dict[str, float]:
    """When the first attempt of each event began (seconds), by the event's id."""
    pages = target.client("dynamodb").get_paginator("scan").paginate(TableName="paysandbox-local-Deliveries")
    found: dict[str, float] = {}
    for item in (item for page in pages for item in page["Items"]):
        if made := item["attempts"]["L"]:
            at = datetime.fromisoformat(made[0]["M"]["at"]["S"]).timestamp()
            found[item["event_id"]["S"]] = min(at, found.get(item["event_id"]["S"], at))
    return found


def parts(
    answered: Mapping[str, float],
    sent: Mapping[str, float],
    begun: Mapping[str, float],
    received: Mapping[str, float],
    log: Mapping[str, Sequence[Run]],
) -> dict[str, float]:
    """Mean milliseconds of each part of the way, over the events of which all of it is known."""
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
    """The last run that had begun by then: what happened in it."""
    place = bisect_right(of, at, key=lambda run: run.start)
    return of[place - 1] if place else None


def after(of: Sequence[Run], at: float) -> Run | None:
    """The first run that began after that: what was waiting was taken by it."""
    place = bisect_left(of, at, key=lambda run: run.start)
    return of[place] if place < len(of) else None


# --- several endpoints ------------------------------------------------------------------------------------------------


def several_endpoints(port: int, key: str, events: int) -> dict[str, Any]:
    """Events as fast as four clients make them, to three endpoints: how long until all of them are there."""
    with hooks(ENDPOINTS) as seen, _endpoints(port, key, seen):
        started = time.time()
        answered = pay(port, key, events, per_s=float("inf"))
        paid = time.time()
        arrived = _await(seen, ENDPOINTS * events)
        last = max(seen.first_at.values(), default=paid)
        missing = sum(len(answered.keys() - seen.of(f"/{number}").keys()) for number in range(ENDPOINTS))
    return {
        "events": events,
        "endpoints": ENDPOINTS,
        "all_arrived": arrived and missing == 0,
        "missing": missing,
        "paying_s": round(paid - started, 1),
        "until_the_last_s": round(last - started, 1),
        "deliveries_per_s": round(len(seen.first_at) / (last - started), 1),
        "requests": seen.requests,
        "connections": seen.connections["all"],
    }


@contextmanager
def _endpoints(port: int, key: str, seen: Hooks) -> Iterator[None]:
    """An endpoint for each path of a receiver, until the block ends."""
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers={"X-Api-Key": key}, timeout=60) as http:
        made: list[str] = []
        for url in seen.urls:
            answer = http.post(
                "/webhooks/endpoints",
                json={"url": url, "events": ["*"]},
                headers={"X-Idempotency-Key": f"{url} {time.time()}"},
            )
            made.append(answer.raise_for_status().json()["endpoint_id"])
        try:
            yield
        finally:
            for endpoint_id in made:
                http.delete(f"/webhooks/endpoints/{endpoint_id}").raise_for_status()


def _await(seen: Hooks, count: int) -> bool:
    arrived = seen.wait_for(count)
    sys.stderr.write(f"  {len(seen.first_at)} of {count} arrived\n")
    return arrived
