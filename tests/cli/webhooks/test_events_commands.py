"""`paysandbox events` and `paysandbox endpoints` on the wire: requests, output and exit codes."""

import json

import pytest

from paysandbox.webhooks import answers as webhook_answers
from paysandbox.webhooks.events import answers as event_answers
from tests.support.clients.program import KEY_FROM_STDIN, paysandbox
from tests.support.fakes.wire import Reply, served

EVT, WE, WD = f"evt_{'a' * 26}", f"we_{'b' * 26}", f"wd_{'c' * 26}"
AT = "2030-01-07T09:00:00.000000Z"
EVENT = {
    "id": EVT, "type": "payment_captured", "timestamp": AT, "sequence": 2,
    "data": {"transaction_id": "cap_1", "amount": 1250, "currency": "USD"},
}  # fmt: skip
DELIVERY = {
    "delivery_id": WD, "event_id": EVT, "event_type": "payment_captured", "event_timestamp": AT, "endpoint_id": WE,
    "status": "pending",
}  # fmt: skip
LISTED = DELIVERY | {"attempts": 2, "last_attempt_at": AT, "last_status": 503, "next_attempt_at": AT}
ATTEMPT = {"number": 1, "at": AT, "latency_ms": 12, "request_headers": {"webhook-id": EVT}}
SHOWN = DELIVERY | {
    "attempts": [ATTEMPT | {"status": 503, "response": "later\nplease"}, ATTEMPT | {"number": 2, "error": "timeout"}],
    "resends": 0, "next_attempt_at": AT,
}  # fmt: skip
DETAILS = EVENT | {"deliveries": [LISTED]}
RESENT = {"event_id": EVT, "deliveries": [{"delivery_id": WD, "endpoint_id": WE, "status": "pending"}]}
ENDPOINT = {
    "endpoint_id": WE, "url": "https://example.com/x", "events": ["*"], "status": "enabled", "created_at": AT,
    "listens_since": AT, "description": "mine",
}  # fmt: skip
DISABLED = ENDPOINT | {"status": "disabled", "disabled_reason": "gone", "disabled_at": AT, "failing_since": AT}
CREATED = ENDPOINT | {"secret": "whsec_x"}
ROTATED = CREATED | {"previous_secret_valid_until": AT}
PINGED = {"endpoint_id": WE, "event_id": EVT, "delivery_id": WD, "created_at": AT}
DELETED = {"endpoint_id": WE, "deleted": True}
REPLAYED = {"endpoint_id": WE, "planned": 3, "left_out": 1, "next_since": AT}


def page(*data, more=None):
    return {"data": list(data), "next_cursor": more}


@pytest.mark.parametrize("shape, body", [
    (event_answers.EventList, page(EVENT)),
    (event_answers.EventBody, DETAILS),
    (event_answers.ResentEvent, RESENT),
    (event_answers.DeliveryList, page(LISTED)),
    (event_answers.DeliveryBody, SHOWN),
    (event_answers.EndpointReplay, REPLAYED),
    (webhook_answers.EndpointList, {"data": [ENDPOINT, DISABLED]}),
    (webhook_answers.EndpointWithSecret, ROTATED),
    (webhook_answers.EndpointTest, PINGED),
    (webhook_answers.DeletedEndpoint, DELETED),
])  # fmt: skip
def test_responses_match_the_contract(shape, body):
    shape.model_validate_json(json.dumps(body))


@pytest.fixture(autouse=True)
def quiet_shell(monkeypatch):
    for name in ("PAYSANDBOX_BASE_URL", "PAYSANDBOX_API_KEY"):
        monkeypatch.delenv(name, raising=False)


def run(words, *replies):
    turn = iter(replies)
    with served(lambda _: next(turn)) as wire:
        return paysandbox(*words, "--base-url", wire.base_url, *KEY_FROM_STDIN, piped="sk_test_demo_x\n"), wire.requests


ENDPOINTS = ["endpoints"]
DELIVERIES = ["deliveries"]
CASES = [
    (["events", "list", "--type", "payment_captured", "--since", AT, "--transaction", "cap_1", "--limit", "5"],
     page(EVENT),
     ("GET", "/events", {"type": "payment_captured", "from": AT, "transaction_id": "cap_1", "limit": "5"}, None),
     [EVT, "12.50 USD", "cap_1"]),
    (["events", "show", EVT], DETAILS, ("GET", f"/events/{EVT}", {}, None), ["payment_captured", WD, "503", "pending"]),
    (["events", "resend", EVT], RESENT, ("POST", f"/events/{EVT}/resend", {}, {}), [WD, WE]),
    (["events", "resend", EVT, "--endpoint", WE], RESENT,
     ("POST", f"/events/{EVT}/resend", {}, {"endpoint_id": WE}), [WD]),
    (["events", "resend", EVT], RESENT | {"deliveries": []}, ("POST", f"/events/{EVT}/resend", {}, {}),
     ["nothing was sent"]),
    ([*ENDPOINTS, "list"], {"data": [ENDPOINT, DISABLED]}, ("GET", "/webhooks/endpoints", {}, None),
     [WE, "enabled", "disabled", "https://example.com/x", "mine"]),
    ([*ENDPOINTS, "show", WE], DISABLED, ("GET", f"/webhooks/endpoints/{WE}", {}, None),
     ["disabled", "gone, 2030-01-07 09:00:00Z", "failing since"]),
    ([*ENDPOINTS, "create", "--url", "https://example.com/x", "--description", "mine"], CREATED,
     ("POST", "/webhooks/endpoints", {}, {"url": "https://example.com/x", "events": ["*"], "description": "mine"}),
     ["whsec_x", "shown once"]),
    ([*ENDPOINTS, "create", "--url", "https://x", "--events", "payment_captured, payment_voided"], CREATED,
     ("POST", "/webhooks/endpoints", {}, {"url": "https://x", "events": ["payment_captured", "payment_voided"]}), [WE]),
    ([*ENDPOINTS, "update", WE, "--disable", "--events", "*"], DISABLED,
     ("PATCH", f"/webhooks/endpoints/{WE}", {}, {"status": "disabled", "events": ["*"]}), ["disabled"]),
    ([*ENDPOINTS, "update", WE, "--enable", "--url", "https://x"], ENDPOINT,
     ("PATCH", f"/webhooks/endpoints/{WE}", {}, {"status": "enabled", "url": "https://x"}), ["enabled"]),
    ([*ENDPOINTS, "delete", WE], DELETED, ("DELETE", f"/webhooks/endpoints/{WE}", {}, None), [f"Deleted {WE}."]),
    ([*ENDPOINTS, "rotate", WE], ROTATED, ("POST", f"/webhooks/endpoints/{WE}/rotate", {}, None),
     ["whsec_x", "valid until 2030-01-07 09:00:00Z"]),
    ([*ENDPOINTS, "test", WE], PINGED, ("POST", f"/webhooks/endpoints/{WE}/test", {}, None), [EVT, WD]),
    ([*ENDPOINTS, "update", WE, "--enable"], ENDPOINT,
     ("PATCH", f"/webhooks/endpoints/{WE}", {}, {"status": "enabled"}), ["enabled"]),
    ([*DELIVERIES, "list", "--status", "failed", "--endpoint", WE, "--event", EVT], page(LISTED),
     ("GET", "/webhooks/deliveries", {"status": "failed", "endpoint": WE, "event": EVT, "limit": "20"}, None),
     [WD, "pending", "503"]),
    ([*DELIVERIES, "show", WD], SHOWN, ("GET", f"/webhooks/deliveries/{WD}", {}, None),
     ["attempt 1  2030-01-07 09:00:00Z  503  12 ms", f"  > webhook-id: {EVT}", "  < please", "timeout",
      "next attempt"]),
    (["endpoints", "replay", WE, "--since", "2030-01-07T10:00:00+01:00", "--only-failed"], REPLAYED,
     ("POST", f"/webhooks/endpoints/{WE}/replay", {}, {"since": AT, "only_failed": True}),
     ["3 queued", "1 (resend limit reached)"]),
]  # fmt: skip


@pytest.mark.parametrize(
    "words, body, request_, shown", CASES, ids=lambda value: " ".join(value[:3]) if isinstance(value, list) else ""
)
def test_requests_and_output(words, body, request_, shown):
    result, [request] = run(words, Reply(body=body))

    assert result.exit_code == 0, result.stderr
    assert (request.method, request.path, dict(request.query), request.body) == request_
    assert ("x-idempotency-key" in request.headers) == (request.method == "POST")
    for text in shown:
        assert text in result.stdout

    text = json.dumps(body, separators=(",", ":"))
    assert run([*words, "--json"], Reply(body=text))[0].stdout == text + "\n"


@pytest.mark.parametrize("words, body, said", [
    (["events", "list"], page(), "No matching events."),
    (["events", "list", "--limit", "1"], page(EVENT, more="here"), "--cursor here"),
    ([*ENDPOINTS, "list"], {"data": []}, "endpoints create --url"),
    ([*DELIVERIES, "list"], page(), "No matching deliveries."),
    (["endpoints", "replay", WE, "--since", "2h"], REPLAYED, f"paysandbox endpoints replay {WE} --since {AT}"),
])  # fmt: skip
def test_notes_beside_the_output(words, body, said):
    result, _ = run(words, Reply(body=body))
    assert result.exit_code == 0
    assert said in result.words


@pytest.mark.parametrize("words, said", [
    (["events", "list", "--since", "yesterday"], "Use a span (2h, 1d12h)"),
    (["endpoints", "replay", WE], "Missing option '--since'"),
    ([*ENDPOINTS, "update", WE], "Nothing to update"),
    ([*ENDPOINTS, "update", WE, "--enable", "--disable"], "--enable and --disable cannot be combined"),
    ([*ENDPOINTS, "create", "--url", "https://x", "--events", "payment_lost"], "'payment_lost' is not an event type"),
])  # fmt: skip
def test_usage_errors(words, said):
    result, requests = run(words)
    assert (result.exit_code, requests) == (2, [])
    assert said in result.words


def test_an_error_exits_1_and_json_is_the_apis_body():
    problem = {
        "code": "endpoint_disabled",
        "title": "The endpoint is disabled",
        "status": 409,
        "disabled_reason": "gone",
    }
    result, _ = run([*ENDPOINTS, "test", WE], Reply(409, problem))
    assert (result.exit_code, result.stdout) == (1, "")
    assert "409 The endpoint is disabled" in result.words
    assert "gone" in result.words

    result, _ = run([*ENDPOINTS, "test", WE, "--json"], Reply(409, json.dumps(problem)))
    assert result.problem == problem


def test_an_endpoint_can_send_to_the_inbox():
    inbox = {"url": "http://127.0.0.1:4610/inbox/demo_x", "answer": "200", "data": [], "next_cursor": None}
    result, requests = run([*ENDPOINTS, "create", "--inbox"], Reply(body=inbox), Reply(body=CREATED))
    assert (result.exit_code, [(request.method, request.path) for request in requests]) == (
        0,
        [("GET", "/sandbox/inbox"), ("POST", "/webhooks/endpoints")],
    )
    assert requests[1].body == {"url": inbox["url"], "events": ["*"]}


@pytest.mark.parametrize("words", [[], ["--inbox", "--url", "https://example.com"]])
def test_an_endpoint_needs_either_a_url_or_the_inbox(words):
    result, requests = run([*ENDPOINTS, "create", *words])
    assert (result.exit_code, requests) == (2, [])
    assert "--inbox" in result.stderr
