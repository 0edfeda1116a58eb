"""`paysandbox trigger`: its API requests, and its report of the results."""

import json

import pytest

from cli.webhooks.event_types import OBJECT_EVENTS, STRIPE_EVENTS
from cli.webhooks.trigger import NATIVE_EVENTS
from paysandbox.core.event_type import EventType
from paysandbox.core.ids import event_id, expiry_id
from paysandbox.stripe_api.declared import OBJECT_EVENT_TYPES
from paysandbox.stripe_api.events.event import STRIPE_EVENT_TYPES
from paysandbox.stripe_api.ids import intent_id
from tests.support.clients.program import KEY_FROM_STDIN, paysandbox
from tests.support.fakes.wire import Reply, served

AUTH = "auth_mzxw6ytboi2gk3tbnzswc3lqnm"
INTENT = intent_id(AUTH)
FACTS = {"auth_id": AUTH, "amount": 1000, "currency": "USD", "expires_at": "2030-01-14T09:00:00.000000Z"}
ANSWERS = {
    "/payments/authorize": FACTS | {"transaction_id": AUTH, "status": "approved"},
    "/payments/capture": FACTS | {"transaction_id": "cap_1", "status": "completed"},
    "/payments/increment": FACTS | {"transaction_id": "inc_1", "status": "completed"},
    "/payments/void": FACTS | {"transaction_id": "void_1", "status": "completed"},
    "/payments/refund": FACTS | {"transaction_id": "ref_1", "status": "completed"},
    "/v1/payment_intents": {"id": INTENT, "object": "payment_intent", "latest_charge": None},
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
    ("payment_authorization_incremented", ["authorize", "increment"], "inc_1"),
    ("payment_increment_declined", ["authorize", "increment"], "inc_1"),
    ("payment_captured", ["authorize", "capture"], "cap_1"),
    ("payment_voided", ["authorize", "void"], "void_1"),
    ("payment_refunded", ["authorize", "capture", "refund"], "ref_1"),
])  # fmt: skip
def test_trigger_performs_the_operation_of_the_event(event, paths, last):
    result, requests = trigger(event)

    assert result.exit_code == 0, result.stderr
    assert [request.path for request in requests] == [f"/payments/{path}" for path in paths]
    assert len({request.headers["x-idempotency-key"] for request in requests}) == len(paths)
    assert result.stdout.splitlines()[:2] == [f"{event}  {event_id(last)}", f"  payment         {AUTH}"]
    assert requests[0].body.items() >= {"amount": 1000, "currency": "USD"}.items()

    facts = json.loads(trigger(event, "--json")[0].stdout)
    assert (facts["event"], facts["event_id"], facts["happened"]) == (event, event_id(last), True)
    assert [step["operation"] for step in facts["operations"]] == paths


def test_overrides_apply_to_the_authorization():
    words = ["amount=500", "currency=JPY", "reference=7", "metadata.order=1=2", "card=5555555555554444"]
    _, [request, _] = trigger("payment_captured", *(word for each in words for word in ("--override", each)))

    assert request.body["card"].pop("exp_year") > 2026
    assert request.body == {
        "amount": 500, "currency": "JPY", "reference": "7", "metadata": {"order": "1=2"},
        "card": {"number": "5555555555554444", "exp_month": 12},
    }  # fmt: skip


def test_expiry_events_move_the_clock():
    result, [_] = trigger("payment_expired")
    assert result.exit_code == 0
    assert event_id(expiry_id(AUTH)) in result.stdout
    assert "paysandbox clock advance --to 2030-01-14T09:00:00.000000Z" in result.stdout

    facts = json.loads(trigger("payment_expired", "--json")[0].stdout)
    assert (facts["happened"], facts["event_id"]) == (False, event_id(expiry_id(AUTH)))
    assert [step["operation"] for step in facts["operations"]] == ["authorize"]


def test_an_unexpected_bank_response_is_a_failure():
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
    (["payment_lost"], "'payment_lost' cannot be triggered. Did you mean payment_"),
    (["donation_succeeded"], "'donation_succeeded' cannot be triggered."),
    (["charge.succeeded", "--override", "reference=7"], "A payment intent has no reference. Use metadata.NAME."),
    (["customer.created", "--override", "amount=5"], "customer.created has no amount. Use metadata.NAME."),
    (["charge.pending"], "'charge.pending' never happens in this sandbox: see"),
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
def test_usage_errors(words, said):
    result, requests = trigger(*words)

    assert (result.exit_code, requests) == (2, [])
    assert said in result.words


# --- Stripe's types ---------------------------------------------------------------------------------------------------


CHARGE, REFUND, DISPUTE = "ch_1", "re_1", "du_1"


def of_stripe(event, *words, listed_after=0):
    """Trigger an event of Stripe's at an API that lists it after some more requests for its list."""
    waiting = [None] * listed_after

    def answer(request):
        path = request.path
        if path == "/v1/events":
            about = {"id": REFUND, "object": "refund", "payment_intent": INTENT}
            other = {"id": "evt_other", "object": "event", "data": {"object": about | {"payment_intent": "pi_other"}}}
            mine = {"id": "evt_1", "object": "event", "data": {"object": about}}
            return Reply(
                body={"object": "list", "data": [other] if waiting and waiting.pop() is None else [other, mine]}
            )
        if path.startswith("/payments/"):
            return Reply(body=FACTS | {"operations": []})
        if path.startswith("/sandbox/simulate/"):
            return Reply(body=FACTS)
        if path.startswith("/v1/disputes"):
            dispute = {"id": DISPUTE, "object": "dispute"}
            return Reply(body={"object": "list", "data": [dispute]} if request.method == "GET" else dispute)
        if path == "/v1/refunds":
            return Reply(body={"id": REFUND, "object": "refund"})
        intent = {"id": INTENT, "object": "payment_intent", "latest_charge": CHARGE}
        if "Declined" in request.body.get("payment_method", ""):
            return Reply(402, {"error": {"type": "card_error", "code": "card_declined", "payment_intent": intent}})
        return Reply(body=intent)

    with served(answer) as wire:
        words = [event, *words, "--base-url", wire.base_url, *KEY_FROM_STDIN]
        return paysandbox("trigger", *words, piped="sk_test_demo_x\n"), wire.requests


def _key(request):
    return request.headers.get("idempotency-key") or request.headers["x-idempotency-key"]


def test_stripe_types_match_the_published_ones():
    assert {*STRIPE_EVENTS} == {*STRIPE_EVENT_TYPES}
    assert {*OBJECT_EVENTS} == {*OBJECT_EVENT_TYPES}


@pytest.mark.parametrize("event", sorted(STRIPE_EVENTS.keys() - {"charge.expired"}))
def test_stripe_events_are_triggered_over_the_stripe_compatible_api(event):
    result, requests = of_stripe(event, "--json")

    assert result.exit_code == 0, result.stderr
    facts = json.loads(result.stdout)
    assert [step["operation"] for step in facts.pop("operations")] == [*STRIPE_EVENTS[event]]
    assert facts == {
        "event": event, "happened": True, "auth_id": AUTH, "payment_intent": INTENT, "event_id": "evt_1",
    }  # fmt: skip
    assert {request.path.split("/")[1] for request in requests} <= {"v1", "sandbox"}
    changes = [_key(request) for request in requests if request.method == "POST"]
    assert len({*changes}) == len(changes) == len(STRIPE_EVENTS[event])
    assert requests[-1].query == {"type": event, "limit": "100"}


@pytest.mark.parametrize("event, simulated", [
    ("refund.failed", f"/sandbox/simulate/{REFUND}/fail"),
    ("radar.early_fraud_warning.created", f"/sandbox/simulate/{INTENT}/fraud_warning"),
    ("charge.dispute.created", f"/sandbox/simulate/{INTENT}/dispute"),
    ("charge.dispute.funds_reinstated", f"/sandbox/simulate/{DISPUTE}/win"),
])  # fmt: skip
def test_later_bank_steps_are_simulated(event, simulated):
    _, requests = of_stripe(event)

    assert [request.path for request in requests if request.path.startswith("/sandbox")][-1] == simulated


@pytest.mark.parametrize("event, path, body", [
    ("charge.dispute.updated", "", {"evidence[uncategorized_text]": "Sent by paysandbox trigger."}),
    ("charge.dispute.closed", "/close", {}),
])  # fmt: skip
def test_a_dispute_is_answered_over_stripes_api(event, path, body):
    _, requests = of_stripe(event)

    (answered,) = [one for one in requests if one.path == f"/v1/disputes/{DISPUTE}{path}"]
    assert (answered.method, answered.body or {}) == ("POST", body)


def of_object(event, *words):
    """Trigger an event of an object at an API whose objects have an ID by their path."""
    ids = {"products": "prod_1", "prices": "price_1", "customers": "cus_1", "payment_methods": "pm_1"}
    ids |= {
        "test_helpers": "spt_1",
        "sources": "card_1",
        "tax_ids": "txi_1",
        "coupons": "TENOFF",
        "promotion_codes": "promo_1",
        "accounts": "acct_1",
        "transfers": "tr_1",
        "payouts": "po_1",
    }

    def answer(request):
        parts = request.path.split("/")
        resource = next((part for part in parts if part in ("sources", "tax_ids")), parts[2])
        if resource == "events":
            data = [{"id": f"evt_{name}", "object": "event", "data": {"object": {"id": name}}} for name in ids.values()]
            setup = {"id": "evt_seti_1", "object": "event", "data": {"object": {"id": "seti_1"}}}
            return Reply(body={"object": "list", "data": [*data, setup]})
        if "Declined" in (request.body or {}).get("payment_method", ""):
            error = {"type": "card_error", "code": "card_declined", "setup_intent": {"id": "seti_1"}}
            return Reply(402, {"error": error})
        return Reply(body={"id": ids.get(resource, "seti_1"), "funding_id": "fnd_1"})

    with served(answer) as wire:
        words = [event, *words, "--base-url", wire.base_url, *KEY_FROM_STDIN]
        return paysandbox("trigger", *words, piped="sk_test_demo_x\n"), wire.requests


@pytest.mark.parametrize("event, object_id, last", [
    ("product.deleted", "prod_1", ("DELETE", "/v1/products/prod_1", {})),
    ("price.created", "price_1", ("POST", "/v1/prices", {
        "currency": "usd", "unit_amount": "1000", "product_data[name]": "Ticket", "metadata[order]": "7",
    })),
    ("coupon.deleted", "TENOFF", ("DELETE", "/v1/coupons/TENOFF", {})),
    ("promotion_code.created", "promo_1", ("POST", "/v1/promotion_codes", {
        "promotion[type]": "coupon", "promotion[coupon]": "TENOFF", "metadata[order]": "7",
    })),
    ("customer.updated", "cus_1", ("POST", "/v1/customers/cus_1", {"metadata[trigger]": "paysandbox"})),
    ("payment_method.attached", "pm_1", ("POST", "/v1/payment_methods/pm_card_visa/attach", {"customer": "cus_1"})),
    ("payment_method.detached", "pm_1", ("POST", "/v1/payment_methods/pm_1/detach", {})),
    ("customer.source.created", "card_1", ("POST", "/v1/customers/cus_1/sources", {
        "source": "tok_visa", "metadata[order]": "7",
    })),
    ("customer.source.updated", "card_1", ("POST", "/v1/customers/cus_1/sources/card_1", {
        "metadata[trigger]": "paysandbox",
    })),
    ("customer.source.deleted", "card_1", ("DELETE", "/v1/customers/cus_1/sources/card_1", {})),
    ("source.chargeable", "card_1", ("POST", "/v1/sources", {
        "type": "card", "token": "tok_visa", "metadata[order]": "7",
    })),
    ("customer.tax_id.created", "txi_1", ("POST", "/v1/customers/cus_1/tax_ids", {
        "type": "eu_vat", "value": "DE123456789",
    })),
    ("customer.tax_id.deleted", "txi_1", ("DELETE", "/v1/customers/cus_1/tax_ids/txi_1", {})),
    ("payout.failed", "po_1", ("POST", "/v1/payouts", {
        "amount": "1000", "currency": "usd", "metadata[order]": "7",
        "metadata[sandbox_outcome]": "payout=account_closed",
    })),
    ("payout.canceled", "po_1", ("POST", "/v1/payouts/po_1/cancel", {})),
    ("transfer.created", "tr_1", ("POST", "/v1/transfers", {
        "amount": "1000", "currency": "usd", "destination": "acct_1", "metadata[order]": "7",
    })),
    ("transfer.reversed", "tr_1", ("POST", "/v1/transfers/tr_1/reversals", {"amount": "400"})),
    ("setup_intent.setup_failed", "seti_1", ("POST", "/v1/setup_intents", {
        "payment_method": "pm_card_chargeDeclined", "confirm": "true", "return_url": "https://example.com/saved",
        "metadata[order]": "7",
    })),
    ("shared_payment.granted_token.used", "spt_1", ("POST", "/v1/payment_intents", {
        "amount": "1000", "currency": "usd", "confirm": "true", "shared_payment_granted_token": "spt_1",
        "metadata[order]": "7",
    })),
    ("shared_payment.granted_token.deactivated", "spt_1", (
        "POST", "/v1/test_helpers/shared_payment/granted_tokens/spt_1/revoke", {},
    )),
    ("setup_intent.canceled", "seti_1", ("POST", "/v1/setup_intents/seti_1/cancel", {})),
])  # fmt: skip
def test_events_of_objects_are_triggered_over_the_stripe_compatible_api(event, object_id, last):
    result, requests = of_object(event, "--override", "metadata.order=7", "--json")

    assert result.exit_code == 0, result.stderr
    facts = json.loads(result.stdout)
    assert [step["operation"] for step in facts.pop("operations")] == [*OBJECT_EVENTS[event]]
    assert facts == {"event": event, "happened": True, "object": object_id, "event_id": f"evt_{object_id}"}
    *_, performed, _ = requests
    assert (performed.method, performed.path, performed.body or {}) == last


def test_it_waits_until_the_event_is_listed():
    result, requests = of_stripe("charge.refunded", listed_after=2)

    assert result.stdout.splitlines() == [
        "charge.refunded  evt_1", f"  payment         {AUTH}", f"  payment intent  {INTENT}",
        f"  pay             {INTENT}", f"  refund          {REFUND}",
    ]  # fmt: skip
    assert [request.path for request in requests].count("/v1/events") == 3


@pytest.mark.parametrize("event, terms", [
    ("payment_intent.succeeded", {"payment_method": "pm_card_visa", "confirm": "true"}),
    ("charge.failed", {"payment_method": "pm_card_chargeDeclined", "confirm": "true"}),
    ("charge.captured", {"payment_method": "pm_card_visa", "confirm": "true", "capture_method": "manual"}),
    ("payment_intent.created", {}),
    ("payment_intent.requires_action", {"payment_method": "pm_card_authenticationRequired", "confirm": "true"}),
    ("payment_intent.processing", {
        "payment_method": "pm_card_visa", "confirm": "true", "metadata[sandbox_outcome]": "pending:3600:approve",
    }),
])  # fmt: skip
def test_overrides_are_the_intents(event, terms):
    words = ["amount=500", "currency=jpy", "description=Two tickets", "metadata.order=7"]
    _, [request, *_] = of_stripe(event, *(word for each in words for word in ("--override", each)))

    ours = {"amount": "500", "currency": "jpy", "description": "Two tickets", "metadata[order]": "7"}
    assert request.body == ours | terms


def test_a_card_is_typed():
    _, [request, *_] = of_stripe("charge.succeeded", "--override", "card=5555555555554444")

    assert request.body["payment_method_data[card][number]"] == "5555555555554444"
    assert "payment_method" not in request.body


def test_an_expiry_waits_for_the_clock():
    result, requests = of_stripe("charge.expired")

    assert result.stdout.splitlines()[0] == "charge.expired"
    assert f"paysandbox clock advance --to {FACTS['expires_at']}" in result.stdout
    assert [request.path for request in requests] == ["/v1/payment_intents", f"/payments/{AUTH}"]


@pytest.mark.parametrize("event, said", [
    ("charge.pending", "'charge.pending' never happens in this sandbox: see"),
    ("file.created", "Of Stripe's types, choose from: payment_intent.created, charge.succeeded,"),
    ("payment_intent.suceeded", "'payment_intent.suceeded' cannot be triggered. Did you mean payment_intent"),
])  # fmt: skip
def test_a_type_that_never_happens_is_refused(event, said):
    result, requests = of_stripe(event)

    assert (result.exit_code, requests) == (2, [])
    assert said in result.words


def test_payment_intents_are_created_over_stripes_api():
    result, [request] = trigger("payment_opened", "--override", "metadata.order=7", "--json")

    facts = json.loads(result.stdout)
    assert (request.method, request.path, request.headers["authorization"]) == (
        "POST", "/v1/payment_intents", "Bearer sk_test_demo_x",
    )  # fmt: skip
    assert request.headers["idempotency-key"]
    assert request.body == {"amount": "1000", "currency": "usd", "metadata[order]": "7"}
    assert (facts["auth_id"], facts["payment_intent"]) == (AUTH, INTENT)
    assert facts["event_id"] == event_id(AUTH)


def test_every_publishable_event_can_be_triggered():
    """All of the sandbox's types, except those that API calls on a payment alone do not cause."""
    others = {"payment_revised", "endpoint_disabled", "donation_succeeded", "donation_failed", "donation_refunded"} | {
        "payment_requires_action",
        "payment_processing",
        "payment_authenticated",
        "payment_authentication_failed",
        "payment_capture_failed",
        "payment_presentment_delayed",
        "payment_reversed",
        "payment_fraud_warning",
        "refund_created",
        "refund_requires_action",
        "refund_failed",
        "refund_canceled",
        "dispute_opened",
        "dispute_inquiry_opened",
        "dispute_inquiry_closed",
        "dispute_evidence_submitted",
        "dispute_escalated",
        "dispute_withdrawn",
        "dispute_won",
        "dispute_lost",
        "disbursement_created",
        "disbursement_processing",
        "disbursement_paid",
        "disbursement_failed",
        "disbursement_unclaimed",
        "disbursement_held",
        "disbursement_blocked",
        "disbursement_returned",
        "disbursement_destination_corrected",
        "disbursement_canceled",
        "disbursement_requires_attention",
        "stripe_object_changed",
    }
    assert {*map(str, EventType)} - {*map(str, NATIVE_EVENTS)} == others
