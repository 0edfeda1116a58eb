"""The validity of the measurements: their calls, counts and sums. A few calls, nothing timed."""

import io
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from benchmarks import deployed, warm_authorize
from benchmarks.cost import latency, operations
from benchmarks.measuring import local_sandbox, stubbed_aws
from benchmarks.measuring.http_load import Request, load, percentile
from paysandbox.aws import runtime, telemetry
from paysandbox.core.metrics import Metric

TINY = 2


def test_stubbed_function_responds_and_makes_one_call() -> None:
    sent: list[dict[str, Any]] = []
    with stubbed_aws.function() as handler:
        stubbed_aws.answer_at_once(runtime.ledger().client, sent)
        reply = handler(stubbed_aws.event("key"), stubbed_aws.Context())
    assert (reply["statusCode"], json.loads(reply["body"])["status"]) == (200, "approved")
    (put,) = sent
    assert put["Item"]["transaction_id"]["S"] == json.loads(reply["body"])["auth_id"]


def test_stubbed_function_counts_nothing_for_later_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """A function keeps the namespace that it first counted in."""
    stubbed_aws.item_put()
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "payments")
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "paysandbox/later")
    with stubbed_aws.lines_to(io.StringIO()) as lines:
        telemetry.disbursement("paid", {}, Metric.APPROVED)
    telemetry._block.cache_clear()
    assert "paysandbox/later" in lines.getvalue()


def test_compared_cases_run_and_only_powertools_makes_updates(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    answer = stubbed_aws.answer_at_once

    def counted(client: Any, sent: Any = None) -> None:
        answer(client, sent)
        client.meta.events.register_first("before-send", lambda event_name, **_: calls.append(event_name))

    monkeypatch.setattr(stubbed_aws, "answer_at_once", counted)
    found = warm_authorize.measure(rounds=1, times=1)
    assert set(found["cases"]) == set(found["samples"])
    # Of the three calls the last is the only update; each case runs once to warm up and once to be measured.
    assert sum("UpdateItem" in call for call in calls) == TINY
    assert {call.rpartition(".")[2] for call in calls} == {"GetSecretValue", "PutItem", "UpdateItem"}


def test_profile_names_functions_without_installation_paths() -> None:
    names = [cost.name for cost in warm_authorize.costs(times=TINY)]
    assert any("http/native.py" in name for name in names)
    assert not any(name.startswith("/") for name in names)


@pytest.mark.full
def test_an_authorization_with_a_reference_stays_within_five_units_and_a_kilobyte() -> None:
    """The numbers themselves: they are counted, so they are the same everywhere."""
    found = operations.measure()
    authorize, again = found["operations"]["authorize"], found["operations"]["authorize, replayed"]
    assert (authorize["calls"], authorize["all"]) == (["PutItem"], 5)
    assert authorize["item_bytes"] <= 1_024
    assert (again["refused_writes"], again["all"]) == (1, 1)
    assert found["operations"]["get"]["all"] == 0
    assert found["lifecycles"]["authorized, captured"] == 7
    assert found["operations"][operations.DESCRIBED]["all"] == found["operations"]["capture"]["all"] == 2
    swept = [found["operations"][step] for step in operations.SWEEP]
    assert [step["units"] for step in swept] == [{"PaymentsLedger": 1}, {"PaymentsLedger": 1, "by_due": 1}]
    requests = [one for name, one in found["operations"].items() if name not in operations.SWEEP]
    assert all(operation["log_bytes"] > 100 for operation in requests)


def test_a_capture_takes_a_write_more_than_an_authorization() -> None:
    warm = {"cases": {warm_authorize.STORED: {"value": {"median": 500.0}}}}
    found = latency.measure(warm, draws=100)["latency_ms"]
    assert found["authorize"]["p50"] < found["capture"]["p50"]


@pytest.fixture
def port() -> Iterator[int]:
    """A server that answers every second request with a 500, and sometimes closes."""
    seen: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            seen.append(self.path)
            self.send_response(200 if len(seen) % 2 else 500)
            self.send_header("Content-Length", "2")
            if len(seen) % 3 == 0:
                self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's word
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield int(server.server_address[1])
    server.shutdown()
    thread.join()
    server.server_close()


def test_load_counts_requests_and_failures(port: int) -> None:
    found = load(port, lambda number: Request(f"/{number}", {"A": "b"}, b"{}"), connections=2, count=10)
    assert (found["requests"], found["not_200"]) == (10, 5)
    assert 0 < found["p50"] <= found["p95"] <= found["p99"]


def test_percentiles_are_observed_values() -> None:
    assert [percentile([1.0, 2.0, 3.0, 4.0], share) for share in (50, 95, 99)] == [2.0, 4.0, 4.0]
    assert percentile([], 50) == 0.0


def test_both_apis_count_the_payments_of_their_shared_store(port: int) -> None:
    def made(_: int) -> Request:
        return Request("/", {}, b"{}")

    servers = {name: deployed.Server(port, made, store) for name, store in (("a", "one"), ("b", "one"), ("c", "other"))}
    held = {"one": 100, "other": 0}
    rows = list(deployed._turns(servers, held, connections=1, rounds=2, seconds=0.02, size=100))
    sent = {row["server"]: row["requests"] for row in rows}
    assert all(sent.values())
    assert held == {"one": 100 + sent["a"] + sent["b"], "other": sent["c"]}
    assert [row["held"] for row in rows] == [[100, held["one"]], [100, held["one"]], [0, held["other"]]]


def test_every_request_has_a_new_key() -> None:
    first, second = local_sandbox.authorization("key"), local_sandbox.authorization("key")
    assert first.headers["X-Idempotency-Key"] != second.headers["X-Idempotency-Key"]
    assert b"\r\n\r\n" + first.body in first.over("host")


def test_both_servers_get_the_same_intent_under_new_keys() -> None:
    ours, theirs = deployed.payment_intent("sk_test_ours"), deployed.payment_intent("sk_test_theirs")
    assert (ours.path, ours.body) == (theirs.path, theirs.body)
    assert b"confirm=true" in ours.body
    differ = {name for name, value in ours.headers.items() if theirs.headers[name] != value}
    assert differ == {"Authorization", "Idempotency-Key"}
