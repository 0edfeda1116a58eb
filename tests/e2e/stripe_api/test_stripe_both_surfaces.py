"""One ledger, two APIs: an object created through one is visible and usable through the other."""

from collections.abc import Callable

from tests.e2e.conftest import Sandbox
from tests.support.clients.api import Api
from tests.support.clients.stripe_call import BEFORE_BASIL
from tests.support.clients.stripe_sdk import sdk_on
from tests.support.clients.stripe_sdk_calls import CARD, Sdk, held, native, opened, paid, refused
from tests.support.tools.waiting import until


def test_payments_created_natively_work_in_the_sdk(sdk: Sdk, api: Api) -> None:
    auth = api.authorize(10_00, metadata={"order": "7"}).raise_for_status().json()["auth_id"]
    name = auth.replace("auth_", "pi_")
    intent = sdk.v1.payment_intents.retrieve(name, {"expand": ["latest_charge"]})
    assert (intent.status, intent.amount_capturable, intent.metadata.to_dict()) == (
        "requires_capture", 10_00, {"order": "7"},
    )  # fmt: skip
    assert intent.latest_charge.payment_method_details.card.last4 == "4242"
    assert sdk.v1.payment_intents.list({"limit": 1}).data[0].id == name
    assert sdk.v1.payment_intents.capture(name, {"amount_to_capture": 6_00}).status == "succeeded"
    assert sdk.v1.refunds.create({"payment_intent": name, "amount": 2_00}).amount == 2_00
    payment = api.payment(auth)
    assert (payment["status"], payment["captured"], payment["refunded"]) == ("partially_refunded", 6_00, 2_00)

    declined = api.authorize(card={**CARD, "number": "4000000000000002"}).raise_for_status().json()["auth_id"]
    intent = sdk.v1.payment_intents.retrieve(declined.replace("auth_", "pi_"))
    assert (intent.status, intent.last_payment_error.code) == ("canceled", "card_declined")


def test_payments_created_by_the_sdk_work_in_the_native_api(sdk: Sdk, api: Api) -> None:
    intent = held(sdk, metadata={"order": "8"})
    auth = native(intent.id)
    assert (api.payment(auth)["status"], api.payment(auth)["metadata"]) == ("approved", {"order": "8"})
    capture = api.capture(auth, amount=4_00).raise_for_status().json()["transaction_id"]
    assert sdk.v1.payment_intents.retrieve(intent.id).amount_capturable == 6_00
    api.void(auth).raise_for_status()
    assert sdk.v1.payment_intents.retrieve(intent.id).status == "succeeded"
    api.refund(capture, amount=1_00, reason="damaged").raise_for_status()
    # The void's release is a refund in Stripe's shape only, and only in versions before basil.
    assert [one.amount for one in sdk.v1.refunds.list({"payment_intent": intent.id}).data] == [1_00]
    refund, released = sdk.v1.refunds.list({"payment_intent": intent.id}, {"stripe_version": BEFORE_BASIL}).data
    assert [(one.amount, one.reason) for one in (refund, released)] == [(1_00, None), (6_00, None)]
    assert auth in {one["auth_id"] for one in api.http.get("/payments").raise_for_status().json()["data"]}

    def told() -> set[str]:
        events = api.http.get("/events", params={"limit": "100"}).raise_for_status().json()["data"]
        return {one["type"] for one in events if one["data"].get("auth_id") == auth}

    expected = {"payment_authorized", "payment_captured", "payment_voided", "payment_refunded"}
    until(lambda: expected <= told(), "the native events of it")


def test_an_open_intent_is_a_pending_payment(sdk: Sdk, api: Api) -> None:
    intent = opened(sdk)
    auth = native(intent.id)
    assert api.payment(auth)["status"] == "pending"
    assert api.capture(auth).json()["code"] == "payment_pending"
    assert api.refund(auth).status_code == 409
    assert sdk.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"}).status == "succeeded"


def test_payments_of_another_merchant_are_not_visible(
    sandbox: Sandbox, sdk: Sdk, new_merchant: Callable[[str], Api]
) -> None:
    intent = paid(sdk)
    with new_merchant("stripe-stranger") as stranger, sdk_on(sandbox.base_url, stranger.api_key) as other:
        their: Sdk = other
        for call in (
            lambda: their.v1.payment_intents.retrieve(intent.id),
            lambda: their.v1.payment_intents.cancel(intent.id),
            lambda: their.v1.charges.retrieve(intent.latest_charge),
            lambda: their.v1.payment_methods.retrieve(intent.payment_method),
            lambda: their.v1.refunds.create({"payment_intent": intent.id}),
        ):
            assert refused(call).code == "resource_missing"
        assert their.v1.payment_intents.list().data == []
    assert sdk.v1.payment_intents.retrieve(intent.id).amount_received == 10_00
