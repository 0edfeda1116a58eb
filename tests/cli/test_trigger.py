"""`paysandbox trigger`: its API requests, and its report of the results."""

import json

import pytest

from cli.webhooks.event_types import STRIPE_EVENTS
from cli.webhooks.trigger import NATIVE_EVENTS
from paysandbox.core.event_type import EventType
from paysandbox.core.ids import event_id, expiry_id
from paysandbox.stripe_api.events import STRIPE_EVENT_TYPES
from paysandbox.stripe_api.ids import intent_id, stripe_event_id
from tests.support.program import KEY_FROM_STDIN, paysandbox
from tests.support.wire import Reply, served

AUTH = "auth_mzxw6ytboi2gk3tbnzswc3lqnm"
INTENT = intent_id(AUTH)
FACTS = {"auth_id": AUTH, "amount": 1000, "currency": "USD", "expires_at": "2030-01-14T09:00:00.000000Z"}
ANSWERS = {
    "/payments/authorize": FACTS | {"transaction_id": AUTH, "status": "approved"},
    "/payments/capture": FACTS | {"transaction_id": "cap_1", "status": "completed"},
    "/payments/void": FACTS | {"transaction_id": "void_1", "status": "completed"},
    "/payments/refund": FACTS | {"transaction_id": "ref_1", "status": "completed"},
    "/v1/payment_intents": {"id": INTENT, "object": "payment_intent", "status": "requires_payment_method"},
    "/v1/charges/ch_" + AUTH[5:]: {"id": "ch_" + AUTH[5:], "object": "charge"},
    "/v1/refunds/re_1": {"id": "re_1", "object": "refund"},
    f"/payments/{AUTH}": {"operations": [{"type": "authorization"}, {"type": "revision", "transaction_id": "rev_1"}]},
    "/webhooks/endpoints/we_1/test": {"endpoint_id": "we_1", "event_id": "evt_1", "delivery_id": "wd_1"},
}
UPDATES = ("charge.updated", "refund.updated", "charge.refund.updated")
ENABLED = {"endpoint_id": "we_1", "status": "enabled"}


@pytest.fixture(autouse=True)
def quiet_shell(monkeypatch):
    for name in ("PAYSANDBOX_BASE_URL", "PAYSANDBOX_API_KEY"):
        monkeypatch.delenv(name, raising=False)


def trigger(*words, endpoints=(), **answers):
    def answer(request):
        if (request.method, request.path) == ("GET", "/webhooks/endpoints"):
            return Reply(body={"data": list(endpoints)})
        declined = request.path == "/payments/authorize" and request.body["card"]["number"].endswith("9995")
        more = {"status": "declined"} if declined else {}
        return Reply(body=ANSWERS[request.path] | more)

    with served(answer) as wire:
        return paysandbox(
            "trigger", *words, "--base-url", wire.base_url, *KEY_FROM_STDIN, piped="sk_test_demo_x\n"
        ), wire.requests


@pytest.mark.parametrize("event, paths, last", [
    ("payment_authorized", ["authorize"], AUTH),
    ("payment_declined", ["authorize"], AUTH),
    ("payment_captured", ["authorize", "capture"], "cap_1"),
    ("payment_voided", ["authorize", "void"], "void_1"),
    ("payment_refunded", ["authorize", "capture", "refund"], "ref_1"),
])  # fmt: skip
def test_it_does_what_the_event_tells_of(event, paths, last):
    result, requests = trigger(event)

    assert result.exit_code == 0, result.stderr
    assert [request.path for request in requests] == [f"/payments/{path}" for path in paths]
    assert len({request.headers["x-idempotency-key"] for request in requests}) == len(paths)
    assert result.stdout.splitlines()[:2] == [f"{event}  {event_id(last)}", f"  payment         {AUTH}"]
    assert requests[0].body.items() >= {"amount": 1000, "currency": "USD"}.items()

    facts = json.loads(trigger(event, "--json")[0].stdout)
    assert (facts["event"], facts["event_id"], facts["happened"]) == (event, event_id(last), True)
    assert [step["operation"] for step in facts["operations"]] == paths


def test_overrides_are_the_authorizations():
    words = ["amount=500", "currency=JPY", "reference=7", "metadata.order=1=2", "card=5555555555554444"]
    _, [request, _] = trigger("payment_captured", *(word for each in words for word in ("--override", each)))

    assert request.body["card"].pop("exp_year") > 2026
    assert request.body == {
        "amount": 500, "currency": "JPY", "reference": "7", "metadata": {"order": "1=2"},
        "card": {"number": "5555555555554444", "exp_month": 12},
    }  # fmt: skip


def test_what_expires_waits_for_the_clock():
    result, [_] = trigger("payment_expired")
    assert result.exit_code == 0
    assert event_id(expiry_id(AUTH)) in result.stdout
    assert "paysandbox clock advance --to 2030-01-14T09:00:00.000000Z" in result.stdout

    facts = json.loads(trigger("payment_expired", "--json")[0].stdout)
    assert (facts["happened"], facts["event_id"]) == (False, event_id(expiry_id(AUTH)))
    assert [step["operation"] for step in facts["operations"]] == ["authorize"]


def test_a_bank_that_answers_otherwise_is_a_failure():
    result, [_] = trigger("payment_captured", "--override", "card=4000000000009995")

    assert (result.exit_code, result.stdout) == (1, "")
    assert "The payment was declined, so payment_captured was not triggered." in result.words
    assert AUTH in result.words


@pytest.mark.parametrize("words, endpoints, said", [
    ([], [ENABLED, ENABLED | {"status": "disabled"}], None),
    (["--endpoint", "we_1"], [], None),
    ([], [], "There are no enabled endpoints."),
    ([], [ENABLED, ENABLED], "Choose one with --endpoint"),
])  # fmt: skip
def test_a_ping_goes_to_one_endpoint(words, endpoints, said):
    result, _ = trigger("endpoint_ping", *words, endpoints=endpoints)

    if said:
        assert result.exit_code == 1
        assert said in result.words
    else:
        assert result.stdout.splitlines() == [
            "endpoint_ping  evt_1", "  endpoint        we_1", "  delivery        wd_1",
        ]  # fmt: skip


@pytest.mark.parametrize("words, said", [
    (["payment_lost"], "'payment_lost' cannot be triggered. Choose from: payment_opened, payment_authorized,"),
    (["donation_succeeded"], "'donation_succeeded' cannot be triggered."),
    (["charge.pending"], "'charge.pending' cannot be triggered."),
    (["payment_captured", "--override", "amount=12.50"], "amount=1250"),
    (["payment_captured", "--override", "amount=0"], "'0' is not an amount in minor units."),
    (["payment_captured", "--override", "amount"], "is not NAME=VALUE"),
    (["payment_captured", "--override", "tip=1"], "'tip' cannot be set."),
    (["payment_captured", "--advance"], "payment_captured does not depend on the clock."),
    (["payment_captured", "--endpoint", "we_1"], "Only endpoint_ping is sent to one endpoint."),
    (["endpoint_ping", "--override", "amount=1"], "endpoint_ping has no payment."),
    (["payment_opened", "--override", "card=4242424242424242"], "A new payment intent has no card."),
    (["payment_expired", "--advance"], "An API key cannot move the clock."),
    (["settlement_completed"], "An API key cannot run a settlement."),
    (["transaction_settled"], "An API key cannot run a settlement."),
])  # fmt: skip
def test_misuse(words, said):
    result, requests = trigger(*words)

    assert (result.exit_code, requests) == (2, [])
    assert said in result.words


# --- Stripe's types ---------------------------------------------------------------------------------------------------


def test_stripes_types_are_those_that_the_sandbox_publishes():
    assert {*STRIPE_EVENTS} == {*STRIPE_EVENT_TYPES}


@pytest.mark.parametrize("event", sorted(STRIPE_EVENTS.keys() - {"payment_intent.created", *UPDATES}))
def test_an_event_of_stripes_is_triggered_by_the_same_operation(event):
    native, _ = trigger(str(STRIPE_EVENTS[event]), "--json")
    result, requests = trigger(event, "--json")

    facts, same = json.loads(result.stdout), json.loads(native.stdout)
    assert facts.pop("event") == event
    assert facts.pop("event_id") == stripe_event_id(same.pop("event_id"), STRIPE_EVENT_TYPES[event])
    assert facts == {name: value for name, value in same.items() if name != "event"}
    assert [request.path for request in requests] == [f"/payments/{step['operation']}" for step in facts["operations"]]


@pytest.mark.parametrize("event", UPDATES)
def test_a_charge_or_a_refund_is_updated_over_stripes_api(event):
    result, requests = trigger(event, "--json")

    facts = json.loads(result.stdout)
    charge = event == "charge.updated"
    steps = ["authorize"] if charge else ["authorize", "capture", "refund"]
    update = "/v1/charges/ch_" + AUTH[5:] if charge else "/v1/refunds/re_1"
    assert [request.path for request in requests] == [
        *(f"/payments/{step}" for step in steps), update, f"/payments/{AUTH}"
    ]  # fmt: skip
    assert requests[-2].body == {"metadata[trigger]": event}
    assert [step["operation"] for step in facts["operations"]] == [*steps, "update"]
    assert (facts["event"], facts["event_id"]) == (event, stripe_event_id(event_id("rev_1"), STRIPE_EVENT_TYPES[event]))


@pytest.mark.parametrize("event", ["payment_intent.created", "payment_opened"])
def test_a_payment_intent_is_opened_over_stripes_api(event):
    result, [request] = trigger(event, "--override", "metadata.order=7", "--json")

    facts = json.loads(result.stdout)
    assert (request.method, request.path, request.headers["authorization"]) == (
        "POST", "/v1/payment_intents", "Bearer sk_test_demo_x",
    )  # fmt: skip
    assert request.headers["idempotency-key"]
    assert request.body == {"amount": "1000", "currency": "usd", "metadata[order]": "7"}
    assert (facts["auth_id"], facts["payment_intent"]) == (AUTH, INTENT)
    letter = STRIPE_EVENT_TYPES.get(event, "")
    assert facts["event_id"] == event_id(AUTH) + letter


def test_what_can_be_triggered_is_what_there_is():
    """All of the sandbox's types, except those that API calls on a payment alone do not cause."""
    others = {"payment_revised", "endpoint_disabled", "donation_succeeded", "donation_failed", "donation_refunded"}
    assert {*map(str, EventType)} - {*map(str, NATIVE_EVENTS)} == others
