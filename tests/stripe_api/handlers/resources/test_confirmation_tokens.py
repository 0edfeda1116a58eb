"""GET /v1/confirmation_tokens/{id}: retrieve a confirmation token."""

from tests.stripe_api.scenarios import RESOURCE
from tests.support.builders.build import OTHER_MERCHANT
from tests.support.clients.stripe_merchant import VISA, StripeMerchant, done


def test_a_token_is_not_found_as_another_kind_and_by_other_merchants() -> None:
    token = done(StripeMerchant().post(RESOURCE["create_confirmation_token"], payment_method=VISA))
    assert done(StripeMerchant().get(RESOURCE["get_confirmation_token"], token["id"])) == token
    for reply in (
        StripeMerchant().get(RESOURCE["get_token"], token["id"]),
        StripeMerchant().get(RESOURCE["get_confirmation_token"], StripeMerchant().token()),
        StripeMerchant(OTHER_MERCHANT).get(RESOURCE["get_confirmation_token"], token["id"]),
    ):
        assert (reply.status, reply.error["code"]) == (404, "resource_missing")
