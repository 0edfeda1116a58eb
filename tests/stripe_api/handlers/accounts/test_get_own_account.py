"""GET /v1/accounts/{account}: the account of the key by its ID, and no other."""

import pytest

from paysandbox.stripe_api.ids import account_id
from paysandbox.stripe_api.routes import GET_ACCOUNT, GET_OWN_ACCOUNT
from tests.support.builders.build import MERCHANT, OTHER_MERCHANT
from tests.support.clients.stripe_merchant import StripeMerchant, done, wrong


def test_a_key_retrieves_its_own_account() -> None:
    own = StripeMerchant()
    assert done(own.get(GET_OWN_ACCOUNT, account_id(MERCHANT))) == done(own.get(GET_ACCOUNT))


@pytest.mark.parametrize("name", [account_id(OTHER_MERCHANT), "acct_1032D82eZvKYlo2C", "acct_", "x" * 200])
def test_any_other_id_is_refused_like_a_missing_one(name: str) -> None:
    refused = StripeMerchant().get(GET_OWN_ACCOUNT, name)
    assert wrong(refused) == (403, "invalid_request_error", "account_invalid", None)
    assert refused.error["message"].startswith(f"The provided key does not have access to account '{name[:64]}'")
