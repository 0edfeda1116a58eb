"""GET /v1/tokens/{token}: retrieve a token, and whether it was used."""

from paysandbox.stripe_api.routes import CREATE_PAYMENT_METHOD, GET_PAYMENT_METHOD
from tests.stripe_api.scenarios import RESOURCE
from tests.support.builders.build import OTHER_MERCHANT
from tests.support.clients.stripe_merchant import StripeMerchant, done


def test_tokens_and_payment_methods_are_not_found_as_each_other_and_by_other_merchants() -> None:
    token, method = StripeMerchant().token(), StripeMerchant().card()["id"]
    other = StripeMerchant(OTHER_MERCHANT)
    for reply in (
        StripeMerchant().get(GET_PAYMENT_METHOD, token),
        StripeMerchant().get(RESOURCE["get_token"], method),
        StripeMerchant().get(RESOURCE["get_token"], "tok_visa"),
        other.get(RESOURCE["get_token"], token),
    ):
        assert (reply.status, reply.error["code"]) == (404, "resource_missing")
    taken = other.post(CREATE_PAYMENT_METHOD, type="card", card={"token": token})
    assert (taken.status, taken.error["code"]) == (400, "resource_missing")
    assert done(StripeMerchant().get(RESOURCE["get_token"], token))["used"] is False
