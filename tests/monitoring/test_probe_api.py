"""The probe: an API on a socket that answers as it is told, and moto for the keys."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any
from unittest.mock import patch

import boto3
import pytest
from moto import mock_aws

from monitoring import probe_api
from paysandbox.aws import runtime, telemetry
from paysandbox.aws.settings import ProbeSettings
from paysandbox.core.merchant import merchant_of
from tests.support.builders import build
from tests.support.fakes.wire import Reply, served
from tests.support.worlds import tables

Json = dict[str, Any]

RUN = {"id": "7bf73129-1428-4cd3-a780-95db273d1602", "source": "aws.events"}
WELL = {"GET /health": (200, '{"status": "ok"}'), "POST /payments/authorize": (200, '{"status": "approved"}')}


@dataclass
class Desk:
    """The deployed API: what it answers, and what it was asked."""

    url: str = ""
    answers: dict[str, tuple[int, str]] = field(default_factory=lambda: dict(WELL))
    asked: list[tuple[str, dict[str, str], str]] = field(default_factory=list)


@pytest.fixture
def scenario() -> Iterator[Desk]:
    """An API that is well."""
    it = Desk()

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            what = f"{self.command} {self.path}"
            it.asked.append((what, {name.lower(): value for name, value in self.headers.items()}, body))
            status, text = it.answers[what]
            self.send_response(status)
            self.end_headers()
            self.wfile.write(text.encode())

        do_POST = do_GET  # noqa: N815 - the standard library's word

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library's word
            pass

    with HTTPServer(("127.0.0.1", 0), Answering) as server:
        it.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield it
        server.shutdown()
        thread.join()


@pytest.fixture
def plan(scenario: Desk) -> Iterator[str]:
    """A usage plan without keys, and a function that is told of it."""
    told = build.function_environment(ledger_table="ledger") | {
        "AWS_DEFAULT_REGION": tables.REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "POWERTOOLS_METRICS_NAMESPACE": "paysandbox/test",
        "POWERTOOLS_SERVICE_NAME": "payments",  # the logger is made once in a process, and other tests read its name
    }
    with patch.dict("os.environ", told), mock_aws():
        made = boto3.client("apigateway").create_usage_plan(name="paysandbox-test-probe")["id"]
        forget()
        with patch.dict(
            "os.environ", ProbeSettings(base_url=scenario.url, generated_url=scenario.url, probe_plan=made).to_env()
        ):
            yield made
    forget()


def forget() -> None:
    tables.forget()
    runtime.api_gateway.cache_clear()
    telemetry._block.cache_clear()


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> list[Json]:
    """What the probe logs, with its level."""
    told: list[Json] = []
    for level in ("info", "warning", "error"):
        monkeypatch.setattr(
            telemetry._logger(), level, lambda _, extra, level=level: told.append({"level": level, **extra})
        )
    return told


def keys(plan: str) -> list[Any]:
    return boto3.client("apigateway").get_usage_plan_keys(usagePlanId=plan)["items"]


def probe() -> None:
    probe_api.handler(RUN, None)


def test_first_run_only_creates_a_key(scenario: Desk, plan: str, lines: list[Json]) -> None:
    """AWS may answer 401 for a minute yet: that would be an alarm at each deployment."""
    probe()
    (key,) = keys(plan)
    assert merchant_of(key["value"]) == "probe"
    assert key["name"].startswith("paysandbox-test-probe-")
    assert (scenario.asked, lines) == ([], [])


def test_later_runs_use_the_key_like_a_merchant(scenario: Desk, plan: str, lines: list[Json]) -> None:
    for _ in range(3):
        probe()
    (key,) = keys(plan)
    assert [what for what, _, _ in scenario.asked] == ["GET /health", "POST /payments/authorize"] * 2
    _, headers, body = scenario.asked[1]
    assert headers["x-api-key"] == key["value"]
    assert headers["x-idempotency-key"] == f"probe-{RUN['id']}"
    assert json.loads(body)["amount"] == 1
    assert json.loads(body)["card"]["exp_year"] == runtime.now().year + 1
    assert "x-api-key" not in scenario.asked[0][1]
    assert [line["ProbeOk"] for line in lines] == [[1.0], [1.0]]
    assert lines[0]["level"] == "info"
    assert lines[0]["authorize_status"] == 200


def test_key_and_card_are_not_logged(scenario: Desk, plan: str, lines: list[Json]) -> None:
    scenario.answers["POST /payments/authorize"] = (400, '{"code": "request_invalid", "detail": "4242424242424242"}')
    for _ in range(2):
        probe()
    (key,) = keys(plan)
    assert key["value"] not in json.dumps(lines)
    assert "4242424242424242" not in json.dumps(lines)


@pytest.mark.full
@pytest.mark.parametrize(
    "what, status, text",
    [
        ("GET /health", 503, '{"code": "service_unavailable", "request_id": "r"}'),
        ("GET /health", 200, '{"status": "ill"}'),
        ("GET /health", 200, "<html>"),
        ("GET /health", 200, "[]"),
        ("POST /payments/authorize", 500, '{"code": "internal_error", "request_id": "r"}'),
        ("POST /payments/authorize", 401, '{"code": "api_key_invalid"}'),
        ("POST /payments/authorize", 504, ""),
        ("POST /payments/authorize", 200, '{"status": "declined"}'),
    ],
)
def test_failures_count_zero(what: str, status: int, text: str, scenario: Desk, plan: str, lines: list[Json]) -> None:
    probe()
    scenario.answers[what] = (status, text)
    probe()
    (line,) = lines
    assert (line["level"], line["ProbeOk"]) == ("error", [0.0])
    said = "health" if "health" in what else "authorize"
    assert line[f"{said}_status"] == status
    if '"request_id"' in text:
        assert line[f"{said}_request_id"] == "r"


def test_no_response_counts_zero(scenario: Desk, plan: str, lines: list[Json], monkeypatch: pytest.MonkeyPatch) -> None:
    probe()
    use(monkeypatch, BASE_URL=NOWHERE, GENERATED_URL=NOWHERE)
    probe()
    (line,) = lines
    assert (line["ProbeOk"], line["health_trouble"]) == ([0.0], "URLError")
    assert "health_status" not in line


# --- with a domain ----------------------------------------------------------------------------------------------------

NOWHERE = "http://127.0.0.1:1"
# A name of which every resolver says that it does not exist (RFC 6761).
NO_SUCH_NAME = "http://pay.invalid"

# What the domain leads to, by its response to /health.
ELSEWHERE = {
    "another site": (200, "<html>"),
    "a site that has no such page": (404, "not found"),
    "API Gateway, without this domain": (403, '{"message": "Forbidden"}'),
    "a list": (200, "[]"),
}
HERE = {
    "the API, which is ill": (503, '{"code": "service_unavailable"}'),
    "the API, in another word": (200, '{"status": "ill"}'),
    "the API, which throttles": (429, '{"code": "rate_limited"}'),
}


def use(monkeypatch: pytest.MonkeyPatch, **urls: str) -> None:
    for name, url in urls.items():
        monkeypatch.setenv(f"PAYSANDBOX_{name}", url)
    runtime._settings.cache_clear()


@contextmanager
def domain_of(answer: tuple[int, str] | None) -> Iterator[str]:
    """Serve what a domain leads to. None: it has no DNS record."""
    if answer is None:
        yield NO_SUCH_NAME
        return
    status, body = answer
    with served(lambda _: Reply(status, body)) as wire:
        yield wire.base_url


@pytest.mark.parametrize("answer", [None, *ELSEWHERE.values()], ids=["no record", *ELSEWHERE])
def test_a_domain_that_leads_elsewhere_counts_nothing_while_the_api_is_well(
    answer: tuple[int, str] | None, scenario: Desk, plan: str, lines: list[Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The alarm is silent until there was a count, and rings when counts end."""
    probe()
    with domain_of(answer) as domain:
        use(monkeypatch, BASE_URL=domain)
        probe()
    (line,) = lines
    assert line["level"] == "warning"
    assert "ProbeOk" not in line
    assert (line["health_status"], line["authorize_status"]) == (200, 200)
    assert {"domain_status", "domain_trouble"} & line.keys()
    assert [what for what, _, _ in scenario.asked] == ["GET /health", "POST /payments/authorize"]


@pytest.mark.parametrize("answer", [None, ELSEWHERE["another site"]], ids=["no record", "another site"])
def test_a_failure_counts_also_if_the_domain_leads_elsewhere(
    answer: tuple[int, str] | None, scenario: Desk, plan: str, lines: list[Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    probe()
    scenario.answers["POST /payments/authorize"] = (500, '{"code": "internal_error"}')
    with domain_of(answer) as domain:
        use(monkeypatch, BASE_URL=domain)
        probe()
    (line,) = lines
    assert line["ProbeOk"] == [0.0]


@pytest.mark.parametrize("answer", HERE.values(), ids=HERE)
def test_a_failure_of_the_api_at_its_domain_counts(
    answer: tuple[int, str], scenario: Desk, plan: str, lines: list[Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another URL is not tried: a second attempt would hide it."""
    probe()
    with domain_of(answer) as domain:
        use(monkeypatch, BASE_URL=domain)
        probe()
    (line,) = lines
    assert line["ProbeOk"] == [0.0]
    assert scenario.asked == []


def test_a_slow_api_at_its_domain_counts(
    scenario: Desk, plan: str, lines: list[Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    probe()
    monkeypatch.setattr(probe_api, "TIMEOUT_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        use(monkeypatch, BASE_URL=f"http://127.0.0.1:{silent.getsockname()[1]}")
        probe()
    (line,) = lines
    assert (line["ProbeOk"], line["health_trouble"]) == ([0.0], "TimeoutError")
    assert scenario.asked == []


def test_a_domain_that_leads_here_is_what_is_probed(
    scenario: Desk, plan: str, lines: list[Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    probe()
    use(monkeypatch, GENERATED_URL=NOWHERE)
    probe()
    (line,) = lines
    assert line["ProbeOk"] == [1.0]


def test_metric_has_the_common_dimension(plan: str, lines: list[Json]) -> None:
    for _ in range(2):
        probe()
    (line,) = lines
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert (directive["Namespace"], directive["Dimensions"]) == ("paysandbox/test", [["project"]])
    assert line["project"] == "paysandbox"
