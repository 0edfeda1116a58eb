"""GET /v1/account: the account of the key, which dj-stripe stores with every object."""

import pytest

from paysandbox.stripe_api.routes import GET_ACCOUNT
from tests.support.builders.build import MERCHANT, OTHER_MERCHANT
from tests.support.clients.stripe_merchant import StripeMerchant, done, wrong
from tests.support.clients.stripe_sdk_calls import Sdk


def test_the_key_belongs_to_the_merchant_and_can_take_payments() -> None:
    account = done(StripeMerchant().get(GET_ACCOUNT))
    assert (account["object"], account["type"]) == ("account", "standard")
    assert account["settings"]["dashboard"]["display_name"] == MERCHANT
    assert (account["charges_enabled"], account["capabilities"]) == (True, {"card_payments": "active"})
    assert (account["country"], account["default_currency"], account["email"]) == ("US", "usd", None)


def test_its_id_is_always_the_same_and_another_merchant_has_another() -> None:
    names = (MERCHANT, MERCHANT, OTHER_MERCHANT)
    mine, again, theirs = (done(StripeMerchant(name).get(GET_ACCOUNT))["id"] for name in names)
    assert mine == again != theirs
    assert mine.startswith("acct_")


def test_the_sdk_retrieves_it(sdk: Sdk) -> None:
    account = sdk.v1.accounts.retrieve_current()
    assert sdk.v1.accounts.retrieve(account.id).to_dict() == account.to_dict()


@pytest.mark.parametrize("path", ["settings.branding.icon", "external_accounts"])
def test_fields_that_are_not_simulated_stay_null_when_expanded(path: str) -> None:
    assert done(StripeMerchant().get(GET_ACCOUNT, expand=[path])) == done(StripeMerchant().get(GET_ACCOUNT))


def test_publishable_keys_and_fields_that_cannot_be_expanded_are_refused() -> None:
    refused = StripeMerchant().get(GET_ACCOUNT, expand=["settings"])
    assert wrong(refused) == (400, "invalid_request_error", None, "expand")
    assert StripeMerchant(kind="publishable").get(GET_ACCOUNT).status == 403
