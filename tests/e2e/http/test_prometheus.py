"""/metrics.prom of a running sandbox: what a payment and its webhooks change, as Prometheus' own parser reads it."""

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from engine.metrics.event_loop import CAUSES
from tests.e2e.conftest import Sandbox
from tests.support.clients.api import Api
from tests.support.fakes.receiver import receiver
from tests.support.tools.waiting import until

Samples = dict[tuple[str, str], float]
REQUESTS = "paysandbox_http_requests_total"
ATTEMPTS = "paysandbox_webhook_attempts_total"


@pytest.fixture
def scrape(sandbox: Sandbox):
    """Return a function that reads the metrics without a key: samples by name and values of the labels."""

    def read() -> Samples:
        response = httpx.get(f"http://127.0.0.1:{sandbox.port}/metrics.prom").raise_for_status()
        assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
        return {
            (sample.name, " ".join(sample.labels.values())): sample.value
            for family in text_string_to_metric_families(response.text)
            for sample in family.samples
        }

    return read


def test_a_payment_and_its_webhooks(api: Api, sandbox: Sandbox, scrape) -> None:
    before: Samples = scrape()
    names = {name for name, _ in before}
    assert names >= {
        "paysandbox_build_info", "paysandbox_queue_messages", "paysandbox_dead_letters", "paysandbox_payments",
        "paysandbox_payments_max", "paysandbox_clock_offset_seconds", "paysandbox_function_processes", ATTEMPTS,
        "paysandbox_webhook_attempt_duration_seconds_bucket", "paysandbox_event_loop_delay_seconds_bucket",
        "process_start_time_seconds", "process_cpu_seconds_total",
    }  # fmt: skip
    queues = {labels.split()[0] for name, labels in before if name == "paysandbox_queue_messages"}
    assert queues >= {"deliveries", "events-to-plan", "due-timers"}
    dead = {labels for name, labels in before if name == "paysandbox_dead_letters"}
    assert dead >= {"dead-deliveries", "dead-requests"}
    assert not queues & dead

    with receiver([503, 200]) as shop:
        endpoint = api.post("/webhooks/endpoints", {"url": shop.url, "events": ["payment_authorized"]})
        endpoint.raise_for_status()
        for _ in range(2):
            api.authorize().raise_for_status()
        assert api.authorize(amount=-1).status_code == 400

        def counted() -> Samples | None:
            after = scrape()
            grown = {
                outcome: after[ATTEMPTS, outcome] - before[ATTEMPTS, outcome] for outcome in ("rejected", "delivered")
            }
            return after if all(count >= 1 for count in grown.values()) else None

        after = until(counted, "an attempt of each outcome")
        api.http.delete(f"/webhooks/endpoints/{endpoint.json()['endpoint_id']}").raise_for_status()

    def grown(name: str, labels: str = "") -> float:
        return after[name, labels] - before.get((name, labels), 0)

    assert grown(REQUESTS, "authorize_payment POST 2xx") == 2
    assert grown(REQUESTS, "authorize_payment POST 4xx") == 1
    assert grown("paysandbox_http_request_duration_seconds_count", "authorize_payment POST") == 3
    assert grown("paysandbox_http_request_duration_seconds_bucket", "authorize_payment POST +Inf") == 3
    assert grown("paysandbox_payments") == 2
    assert after["paysandbox_function_processes", "idle"] + after["paysandbox_function_processes", "busy"] >= 1
    assert sum(grown("paysandbox_event_loop_delay_seconds_count", cause) for cause in CAUSES) > 0
    assert grown("process_start_time_seconds") == 0
    fallen = {
        sample for sample in before if sample[0].endswith(("_total", "_count")) and after[sample] < before[sample]
    }
    assert fallen == set()


def test_nothing_names_a_merchant(api: Api, sandbox: Sandbox, scrape) -> None:
    payment = api.authorize(reference="order-7421").raise_for_status().json()["auth_id"]
    text = httpx.get(f"http://127.0.0.1:{sandbox.port}/metrics.prom").text
    assert [secret for secret in (payment, api.api_key, "order-7421", '"demo"', "http://") if secret in text] == []


def test_no_web_page_reads_them(sandbox: Sandbox) -> None:
    url = f"http://127.0.0.1:{sandbox.port}/metrics.prom"
    assert httpx.get(url, headers={"Origin": "https://page.example"}).status_code == 403
    assert httpx.get(url, headers={"Host": "page.example"}).status_code == 403
