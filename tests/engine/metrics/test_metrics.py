"""The document at /metrics.prom: its formats, what it shows of the state, and requests through the wall."""

import asyncio
import json
import re
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parsed_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parsed_text

from engine.metrics import process
from engine.metrics.metrics import PATH, Metrics
from engine.metrics.requests import Requests
from engine.metrics.state import Observed
from engine.wall.request_limits import LIMITS, REFUSED
from engine.wall.wall import Engine, ServedFile, Wall
from paysandbox import VERSION

# As Prometheus 3 sends it.
PROMETHEUS = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
    "application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,"
    "text/plain;version=0.0.4;q=0.2,*/*;q=0.1"
)
ARN = "arn:aws:sqs:us-east-1:000000000000:"
# Far from every run of these tests.
PAST, FUTURE = 0.0, 1e11
DUE = {"visible_at": PAST, "receive_count": 0}
TAKEN = {"visible_at": FUTURE, "receive_count": 1}
DELAYED = {"visible_at": FUTURE, "receive_count": 0}
SERVED = {
    "served": ["payments", "v1"],
    "routes": {"GET /payments": "list_payments", "GET /v1/charges/{id}": "get_charge"},
}
GUIDE = Path(__file__).resolve().parents[3] / "docs/how-to/graph-with-prometheus.md"
PAGE = [(b"origin", b"https://page.example")]


@dataclass
class State:
    """What an engine has."""

    queues: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    consumed: tuple[str, ...] = ()
    processes: tuple[int, int] = (0, 0)
    payments: int = 0
    offset_s: int = 0

    def observed(self) -> Observed:
        return Observed(
            queues=lambda: [
                {"attributes": {"QueueArn": ARN + name}, "messages": messages} for name, messages in self.queues.items()
            ],
            consumed=lambda: frozenset(ARN + name for name in self.consumed),
            processes=lambda: self.processes,
            payments=lambda: self.payments,
            payments_max=200_000,
            offset_s=lambda: self.offset_s,
            queue_prefix="paysandbox-local-",
        )


def samples(text: str) -> dict[str, float]:
    """Return the samples of a document in text format, by name and labels."""
    return {
        " ".join([sample.name, *sample.labels.values()]): sample.value
        for family in parsed_text(text)
        for sample in family.samples
    }


def shown(metrics: Metrics, begin: str = "paysandbox_") -> dict[str, float]:
    found = samples(metrics.document("")[1].decode())
    return {name: value for name, value in found.items() if name.startswith(begin)}


@pytest.mark.parametrize("accept, is_openmetrics", [
    (PROMETHEUS, True),
    ("application/openmetrics-text", True),
    ("application/openmetrics-text; version=1.0.0, */*;q=0.1", True),
    ("text/plain;q=0.9, application/openmetrics-text;q=0.1", False),
    ("application/openmetrics-text;q=0", False),
    ("text/plain;version=0.0.4", False),
    ("text/html,*/*;q=0.8", False),
    ("*/*", False),
    ("", False),
])  # fmt: skip
def test_the_format_that_the_client_prefers(accept, is_openmetrics):
    content_type, document = Metrics(State().observed()).document(accept)
    assert content_type.startswith("application/openmetrics-text" if is_openmetrics else "text/plain; version=0.0.4")
    parser = parsed_openmetrics if is_openmetrics else parsed_text
    names = {family.name for family in parser(document.decode())}
    assert names >= {"paysandbox_http_requests", "paysandbox_webhook_attempts", "paysandbox_payments"}


def test_the_state():
    state = State(
        queues={
            "paysandbox-local-deliveries": [DUE, TAKEN, DELAYED, {"body": "never received"}],
            "paysandbox-local-dead-deliveries": [DUE, TAKEN],
            "paysandbox-local-dead-requests": [],
            "somebody-elses": [DUE],
        },
        consumed=("paysandbox-local-deliveries",),
        processes=(2, 7),
        payments=12,
        offset_s=86_400,
    )
    found = shown(Metrics(state.observed()))
    assert (
        found.items()
        >= {
            f"paysandbox_build_info {VERSION}": 1,
            "paysandbox_queue_messages deliveries waiting": 2,
            "paysandbox_queue_messages deliveries in_flight": 1,
            "paysandbox_queue_messages deliveries delayed": 1,
            "paysandbox_dead_letters dead-deliveries": 2,
            "paysandbox_dead_letters dead-requests": 0,
            "paysandbox_function_processes busy": 2,
            "paysandbox_function_processes idle": 7,
            "paysandbox_payments": 12,
            "paysandbox_payments_max": 200_000,
            "paysandbox_clock_offset_seconds": 86_400,
        }.items()
    )
    assert not [name for name in found if "somebody" in name]


def test_each_metric_is_in_the_guide_with_its_type_and_labels():
    state = State({"paysandbox-local-a": [], "paysandbox-local-dead": []}, consumed=("paysandbox-local-a",))
    metrics = Metrics(state.observed())
    metrics.requests.count("list_payments", "GET", 200, 0.1)
    families = [*parsed_text(metrics.document("")[1].decode())]
    found = {
        family.name + ("_total" if family.type == "counter" else ""): (
            family.type,
            [name for name in family.samples[0].labels if name != "le"],
        )
        for family in families
    }
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (.*?) ?\|", GUIDE.read_text(encoding="utf-8"), re.MULTILINE)
    assert {name: (kind, re.findall(r"\w+", labels)) for name, kind, labels in rows} == found


def test_the_process():
    before = time.time()
    metrics = Metrics(State().observed())
    found = shown(metrics, "process_")
    assert before - 1 <= found["process_start_time_seconds"] <= time.time()
    assert found["process_resident_memory_bytes"] > 1_000_000
    assert found["process_cpu_seconds_total"] <= shown(metrics, "process_")["process_cpu_seconds_total"]


def test_memory_that_is_not_known_is_left_out(monkeypatch, tmp_path):
    monkeypatch.setattr(process, "_STATM", tmp_path / "none")
    assert "process_resident_memory_bytes" not in shown(Metrics(State().observed()), "process_")


@pytest.mark.parametrize("method, status, labels", [
    ("GET", 200, "GET 2xx"), ("POST", 302, "POST 3xx"), ("HEAD", 404, "HEAD 4xx"), ("DELETE", 599, "DELETE 5xx"),
    ("GET", None, "GET none"), ("GET", 999, "GET none"), ("PROPFIND", 405, "other 4xx"), ("get", 200, "other 2xx"),
])  # fmt: skip
def test_labels_have_few_values(method, status, labels):
    requests = Requests()
    requests.count("list_payments", method, status, 0.1)
    counted, _ = requests.families()
    assert [[value for _, value in sample.labels] for sample in counted.samples] == [["list_payments", *labels.split()]]


# --- through the wall -------------------------------------------------------------------------------------------------


@dataclass
class Gateway:
    """A wall, whose engine gives every request this status; None breaks the connection."""

    home: Path
    metrics: Metrics | None
    status: int | None = 200

    def ask(self, path: str = "/payments", *, method: str = "GET", headers: Any = (), peer: str = "127.0.0.1",
            host: bytes = b"localhost:4566", extensions: Any = None) -> list[dict[str, Any]]:  # fmt: skip
        sent: list[dict[str, Any]] = []

        async def engine(_scope: Any, receive: Any, send: Any) -> None:
            await receive()
            if self.status is not None:
                await send({"type": "http.response.start", "status": self.status, "headers": []})
                await send({"type": "http.response.body", "body": b"one", "more_body": True})
                await send({"type": "http.response.body", "body": b"two"})

        async def receive() -> Any:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        behind = Engine(
            app=engine,
            port=4566,
            refusal_of_signature=lambda *_: None,
            is_mapped=lambda _: True,
            is_pool=lambda _: False,
            is_awaited=lambda _: False,
            metrics=self.metrics,
        )
        scope = {
            "type": "http", "method": method, "path": path, "query_string": b"",
            "headers": [*headers, (b"host", host)], "client": (peer, 50_000),
            **({"extensions": extensions} if extensions else {}),
        }  # fmt: skip
        (self.home / "served.json").write_text(json.dumps(SERVED))
        asyncio.run(Wall(behind, ServedFile(self.home), lambda _: None)(scope, receive, send))
        return sent


@pytest.fixture
def gateway(tmp_path: Path) -> Gateway:
    return Gateway(tmp_path, Metrics(State().observed()))


@pytest.mark.parametrize("status, parts, labels", [
    (200, {}, "list_payments GET 2xx"),
    (200, {"method": "HEAD"}, "list_payments HEAD 2xx"),
    (402, {"path": "/v1/charges/ch_1"}, "get_charge GET 4xx"),
    (404, {"path": "/v1/charges/4242424242424242"}, "get_charge GET 4xx"),
    (500, {}, "list_payments GET 5xx"),
    (None, {}, "list_payments GET none"),
    (200, {"path": "/nowhere"}, "other GET 4xx"),
    (200, {"host": b"page.example"}, "list_payments GET 4xx"),
    (200, {"path": PATH}, "other GET 2xx"),
    (200, {"extensions": {REFUSED: LIMITS.headers_too_large}}, "list_payments GET 4xx"),
])  # fmt: skip
def test_requests_are_counted_once(gateway, status, parts, labels):
    gateway.status = status
    gateway.ask(**parts)
    found = shown(gateway.metrics, "paysandbox_http")
    counts = {name: value for name, value in found.items() if name.startswith("paysandbox_http_requests_total")}
    assert counts == {f"paysandbox_http_requests_total {labels}": 1}
    assert found[f"paysandbox_http_request_duration_seconds_count {labels.rpartition(' ')[0]}"] == 1


def test_calls_of_aws_are_not_counted(gateway):
    signature = b"AWS4-HMAC-SHA256 Credential=k/d/r/s/aws4_request, SignedHeaders=host, Signature=good"
    gateway.ask("/", headers=[(b"authorization", signature)])
    assert shown(gateway.metrics, "paysandbox_http_requests_total") == {}


def test_a_request_that_fails_is_counted(gateway, monkeypatch):
    async def fail(*_: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(Wall, "_unsigned", fail)
    with pytest.raises(RuntimeError):
        gateway.ask()
    assert shown(gateway.metrics, "paysandbox_http_requests_total") == {
        "paysandbox_http_requests_total other GET none": 1  # the routes were not read
    }


@pytest.mark.parametrize("parts, status", [
    ({}, 200),
    ({"method": "HEAD"}, 200),
    ({"peer": "::1"}, 200),
    ({"headers": [(b"sec-fetch-site", b"none")]}, 200),          # typed into a browser
    ({"headers": [(b"accept", PROMETHEUS.encode())]}, 200),
    ({"peer": "192.0.2.7"}, 403),
    ({"headers": PAGE}, 403),
    ({"headers": [(b"sec-fetch-site", b"cross-site")]}, 403),
    ({"headers": [(b"sec-fetch-site", b"same-origin")]}, 403),
    ({"host": b"page.example"}, 403),                            # a rebound name
    ({"method": "POST"}, 404),
    ({"method": "OPTIONS"}, 404),
])  # fmt: skip
def test_who_may_read_them(gateway, parts, status):
    start, _ = gateway.ask(PATH, **parts)
    assert start["status"] == status


def test_no_page_and_no_cache_keeps_them(gateway):
    start, body = gateway.ask(PATH)
    headers = dict(start["headers"])
    assert (headers[b"cache-control"], headers[b"vary"]) == (b"no-store", b"Accept")
    assert b"access-control-allow-origin" not in headers
    assert samples(body["body"].decode())["paysandbox_payments_max"] == 200_000


def test_an_engine_without_metrics_has_no_such_path(tmp_path):
    start, _ = Gateway(tmp_path, None).ask(PATH)
    assert start["status"] == 404
