"""POST /v1/charges/{charge}/refund: refund captured money of a charge. Returns the charge."""

from paysandbox.stripe_api.routes import GET_CHARGE, REFUND_CHARGE
from tests.support.clients.stripe_merchant import StripeMerchant, done


def test_the_charge_is_as_it_was_right_after_the_refund() -> None:
    intent = StripeMerchant().paid()
    first = StripeMerchant().post(REFUND_CHARGE, intent["latest_charge"], key="back", amount=4_00)
    whole = done(StripeMerchant().post(REFUND_CHARGE, intent["latest_charge"], expand=["payment_intent"]))
    assert (done(first)["object"], done(first)["amount_refunded"], done(first)["refunded"]) == ("charge", 4_00, False)
    assert (whole["amount_refunded"], whole["refunded"], whole["payment_intent"]["id"]) == (10_00, True, intent["id"])
    assert StripeMerchant().post(REFUND_CHARGE, intent["latest_charge"], key="back", amount=4_00).text == first.text
    assert done(StripeMerchant().get(GET_CHARGE, intent["latest_charge"], expand=["payment_intent"])) == whole


def test_it_is_the_charge_of_the_attempt_that_was_approved() -> None:
    intent = StripeMerchant().declined()
    paid = done(StripeMerchant().confirm(intent["id"], payment_method="pm_card_visa"))
    assert done(StripeMerchant().post(REFUND_CHARGE, paid["latest_charge"]))["id"] == paid["latest_charge"]
    refused = StripeMerchant().post(REFUND_CHARGE, intent["latest_charge"])
    assert (refused.status, refused.error["message"]) == (
        400,
        f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.",
    )
