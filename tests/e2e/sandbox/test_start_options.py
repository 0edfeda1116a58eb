"""A start with other options, all at once: another port, a collector of traces, no further payments, and as in
docs/how-to/test-in-ci.md.
"""

import json
import shlex
import socket
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest

from cli.state.state_dir import StateDir
from engine.limits import PAYMENTS_SETTING
from paysandbox.aws.trace_context import trace_of
from tests.e2e.conftest import Sandbox
from tests.support.clients.api import CARD, Api
from tests.support.fakes.collector import Backend, attributes_of, collector
from tests.support.fakes.receiver import RESET, receiver
from tests.support.tools.blocks import blocks
from tests.support.tools.card_numbers import found_in
from tests.support.tools.ports import free_port
from tests.support.tools.waiting import until

pytestmark = pytest.mark.full  # it restarts the sandbox twice

INTENT = {"amount": "1250", "currency": "usd", "payment_method": "pm_card_visa", "confirm": "true"}


@dataclass(frozen=True)
class Moved:
    """The sandbox at its other port, what `up` printed, and two payments from before."""

    sandbox: Sandbox
    api: Api
    printed: str
    facts: dict[str, Any]
    payment: str
    other_payment: str
    collector: Backend


@pytest.fixture(scope="module")
def moved(sandbox: Sandbox, api: Api) -> Iterator[Moved]:
    """Start the sandbox with other options. It has its own again after the last test of this file."""
    first, second = (api.authorize(10_00, key=key).raise_for_status().json()["auth_id"] for key in ("one", "another"))
    there = replace(sandbox, port=free_port())
    [for_other_machines] = [block.text for block in blocks("bash") if "--bind" in block.text]
    _, *words = shlex.split(for_other_machines)
    limit: dict[str, Any] = {PAYMENTS_SETTING: "1"}
    try:
        with collector() as backend:
            done = there.run(*words, "--port", str(there.port), "--otlp", backend.url, "--json", **limit)
            with Api(there.base_url, api.api_key) as it:
                yield Moved(there, it, done.stderr, json.loads(done.stdout), first, second, backend)
    finally:
        own = ("--port", str(sandbox.port), "--bind", "127.0.0.1", "--host", "localhost", "--otlp", "off")
        sandbox.run("up", *own)
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{there.base_url}/health", timeout=5)
    if address := own_address():
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"http://{address}:{sandbox.port}/health", timeout=5)


def own_address() -> str | None:
    """Return this machine's address on its network, or None if it has only the loopback. No packet is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        address = str(probe.getsockname()[0])
    return None if address.startswith("127.") else address


def test_without_a_collector_a_webhook_has_the_trace_of_its_request_or_none(api: Api) -> None:
    payment = api.authorize(10_00).raise_for_status().json()["auth_id"]
    with receiver() as endpoint:
        hooks = {"url": endpoint.url, "events": ["payment_captured"]}
        api.post("/webhooks/endpoints", hooks).raise_for_status()
        api.capture(payment, amount=1_00).raise_for_status()
        until(lambda: len(endpoint.received) == 1, "the first event")
        sent = {"traceparent": f"00-{'a' * 32}-{'b' * 16}-01"}
        api.post("/payments/capture", {"auth_id": payment, "amount": 1_00}, **sent).raise_for_status()
        until(lambda: len(endpoint.received) == 2, "the second event")
        first, second = endpoint.received
    assert "traceparent" not in first.headers
    assert second.headers["traceparent"].startswith(f"00-{'a' * 32}-")


def test_the_stacks_are_deployed_as_they_are(moved: Moved) -> None:
    assert "no changes" in moved.printed
    assert moved.facts["base_url"] == moved.sandbox.base_url
    assert moved.facts["bind"] == "0.0.0.0"  # noqa: S104 - the subject of this test
    assert moved.facts["otlp"] == moved.collector.url
    assert "Warning" in moved.printed
    assert moved.sandbox.json("status")["healthy"]


def test_webhooks_are_delivered_from_another_port(moved: Moved) -> None:
    with receiver() as endpoint:
        moved.api.post("/webhooks/endpoints", {"url": endpoint.url, "events": ["*"]}).raise_for_status()
        moved.api.capture(moved.payment, amount=1_00).raise_for_status()
        until(lambda: "payment_captured" in [json.loads(one.body)["type"] for one in endpoint.received], "the event")


def spans_of(moved: Moved, event: str, trace_id: str) -> dict[str, Any]:
    """Return the spans of a trace by name, once it has a webhook attempt about this event."""

    def arrived() -> dict[str, Any] | None:
        found = {one.name: one for one in moved.collector.spans().values() if one.trace_id.hex() == trace_id}
        return found if f"attempt {event}" in found else None

    return until(arrived, f"the spans of {event}")


def parents_of(spans: dict[str, Any]) -> dict[str, str]:
    """Return the name of each span's parent, or its ID if it is another program's."""
    names = {one.span_id: one.name for one in spans.values()}
    return {one.name: names.get(one.parent_span_id, one.parent_span_id.hex()) for one in spans.values()}


def test_a_trace_leads_from_the_caller_to_the_receiver(moved: Moved) -> None:
    trace_id, span_id = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
    with receiver() as endpoint:
        hooks = {"url": endpoint.url, "events": ["payment_refunded", "payment_captured"]}
        moved.api.post("/webhooks/endpoints", hooks).raise_for_status()
        body = {"auth_id": moved.payment, "amount": 50}
        sent = {"traceparent": f"00-{trace_id}-{span_id}-01"}
        captured = moved.api.post("/payments/capture", body, **sent).raise_for_status().json()
        spans = spans_of(moved, "payment_captured", trace_id)
        [attempt] = until(lambda: attempts_at(moved, endpoint.url), "the attempt's span")
        [received] = endpoint.received
    chain = {
        "POST /payments/capture": span_id,
        "handler capture_payment": "POST /payments/capture",
        "write capture": "handler capture_payment",
        "event payment_captured": "write capture",
        "plan payment_captured": "event payment_captured",
        "attempt payment_captured": "plan payment_captured",
    }
    by_parent = parents_of(spans)
    assert by_parent.items() >= chain.items()
    assert {parent for name, parent in by_parent.items() if name not in chain} <= {"handler capture_payment"}
    assert received.headers["traceparent"] == f"00-{trace_id}-{attempt.span_id.hex()}-01"
    about = attributes_of(spans["write capture"])
    assert about["paysandbox.operation.id"] == captured["transaction_id"]
    assert (about["paysandbox.amount"], about["paysandbox.currency"]) == (50, "USD")
    assert about["paysandbox.payment.id"] == moved.payment
    assert attributes_of(attempt)["http.response.status_code"] == 200
    in_order = [one.name for one in sorted(spans.values(), key=lambda one: one.start_time_unix_nano)]
    assert [name for name in in_order if name in chain] == [*chain]
    assert not found_in(repr(spans).encode(), [CARD["number"]])


def test_a_payments_own_trace_has_what_both_apis_do(moved: Moved) -> None:
    trace_id = trace_of(moved.payment).id
    with receiver([500, 200]) as endpoint:
        moved.api.post("/webhooks/endpoints", {"url": endpoint.url, "events": ["payment_captured"]}).raise_for_status()
        moved.api.capture(moved.payment, amount=50).raise_for_status()
        intent = moved.payment.replace("auth_", "pi_")
        shown = moved.api.http.get(f"/v1/payment_intents/{intent}", auth=(moved.api.api_key, ""))
        assert shown.raise_for_status().json()["id"] == intent
        until(lambda: len(endpoint.received) == 2, "the retry")
        spans = spans_of(moved, "payment_captured", trace_id)
        until(lambda: "authorizer" in spans_of(moved, "payment_captured", trace_id), "the authorizer's span")
        until(lambda: len(attempts_at(moved, endpoint.url)) == 2, "the spans of both attempts")
        spans = spans_of(moved, "payment_captured", trace_id)
    by_parent = parents_of(spans)
    assert by_parent["authorizer"] == "GET /v1/payment_intents/{intent}"
    assert by_parent["POST /payments/capture"] == ""
    sent = {one.headers["traceparent"].split("-")[1] for one in endpoint.received}
    assert sent == {trace_id}
    attempts = attempts_at(moved, endpoint.url)
    assert [attributes_of(one)["http.response.status_code"] for one in attempts] == [500, 200]
    assert [one.status.code for one in attempts] == [2, 0]


def attempts_at(moved: Moved, url: str) -> list[Any]:
    """Return the spans of the attempts at an endpoint, in order."""
    found = [one for one in moved.collector.spans().values() if attributes_of(one).get("url.full") == url]
    return sorted(found, key=lambda one: one.start_time_unix_nano)


def test_payments_go_on_without_the_collector(moved: Moved) -> None:
    answers, before = moved.collector.received.answers, len(moved.collector.received.received)
    log = StateDir(moved.sandbox.home).engine_log
    answers[:] = [RESET]
    try:
        captured = moved.api.capture(moved.payment, amount=10).raise_for_status().json()
        until(lambda: "Payments go on" in log.read_text(), "the line of the log")
        moved.api.capture(moved.payment, amount=10).raise_for_status()
    finally:
        answers[:] = [200]
    until(lambda: "takes spans again; 0 were lost" in log.read_text(), "the collector's return")
    assert len(moved.collector.received.received) > before
    written = [attributes_of(one).get("paysandbox.operation.id") for one in moved.collector.spans().values()]
    assert captured["transaction_id"] in written


def test_more_payments_are_refused_and_the_others_still_work(moved: Moved) -> None:
    api = moved.api
    refused = api.authorize(10_00)
    assert (refused.status_code, refused.json()["code"]) == (409, "payment_limit_reached")
    for named in ("paysandbox up --fresh", PAYMENTS_SETTING):
        assert named in refused.json()["detail"]

    as_stripe = api.http.post("/v1/payment_intents", data=INTENT, headers={"Authorization": f"Bearer {api.api_key}"})
    assert (as_stripe.status_code, as_stripe.json()["error"]["type"]) == (400, "invalid_request_error")
    assert as_stripe.json()["error"]["message"] == refused.json()["detail"]

    replayed = api.authorize(10_00, key="another")
    assert (replayed.json()["auth_id"], replayed.headers["Idempotent-Replayed"]) == (moved.other_payment, "true")
    api.capture(moved.other_payment, amount=4_00).raise_for_status()
    api.refund(moved.other_payment, amount=1_00).raise_for_status()
    assert api.void(moved.other_payment).json()["status"]
    assert api.payment(moved.other_payment)["refunded"] == 1_00
    assert moved.sandbox.json("audit")["sound"]


def test_other_machines_reach_only_the_api(moved: Moved) -> None:
    address, port = own_address(), moved.sandbox.port
    if address is None:
        pytest.skip("this machine has no address but the loopback's, so there are no others")
    key = {"X-Api-Key": moved.api.api_key, "X-Idempotency-Key": "from elsewhere"}
    to_aws = {"Host": f"localhost:{port}"}
    with httpx.Client(base_url=f"http://{address}:{port}", timeout=60) as other:
        for host in ("localhost", "sandbox", "payments.internal", address):
            assert other.get("/health", headers={"Host": f"{host}:{port}"}).status_code == 200
        elsewhere_named = other.get("/health", headers={"Host": "page.example"})
        assert (elsewhere_named.status_code, elsewhere_named.json()["code"]) == (403, "host_not_allowed")
        captured = other.post("/payments/capture", headers=key, json={"auth_id": moved.payment, "amount": 5})
        assert captured.json()["amount"] == 5
        assert "error" in other.get("/v1/payment_intents").json(), "Stripe's SDKs find their API too"
        for host in ("localhost", "127.0.0.1", address):
            receiver = {"url": f"http://{host}:{port}/?Action=ListQueues", "events": ["*"]}
            made = other.post("/webhooks/endpoints", headers=key, json=receiver)
            assert (made.status_code, made.json()["code"]) == (400, "url_not_allowed")
        asks_sqs = {"Action": "ListQueues", "Version": "2012-11-05"}
        # AWS's older services are called at the root path, with the action in the query or the form.
        assert other.get("/", params=asks_sqs, headers=to_aws).json()["links"]["docs"] == "/docs"
        for method, path in (("POST", "/_ministack/reset"), ("GET", "/2015-03-31/functions/"), ("POST", "/")):
            answer = other.request(method, path, headers=to_aws, data=asks_sqs)
            assert (answer.status_code, answer.json()["code"]) == (404, "resource_not_found")
