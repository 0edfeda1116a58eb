"""DELETE /v1/ephemeral_keys/{id}: the key opens nothing from then on."""

from paysandbox.stripe_api.routes import RESOURCE_ROUTE as RESOURCE
from stripe_api.authorize_v1 import ON_NO_PLAN
from tests.stripe_api.handlers.ephemeral_keys.conftest import sent
from tests.support.builders.build import OTHER_MERCHANT
from tests.support.clients.stripe_call import OF_MOBILE_SDK
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, wrong


def test_a_deleted_key_is_shown_without_its_secret_and_stays_deleted(shop: StripeMerchant, jenny: str) -> None:
    parts = {"params": {"customer": jenny}, "headers": OF_MOBILE_SDK, "key": "k"}
    made = done(shop.ask(RESOURCE["create_ephemeral_key"], **parts))
    shown = {name: value for name, value in made.items() if name != "secret"}

    assert done(shop.ask(RESOURCE["delete_ephemeral_key"], made["id"])) == shown
    assert sent(made["secret"])["usageIdentifierKey"] == ON_NO_PLAN
    assert done(shop.ask(RESOURCE["create_ephemeral_key"], **parts)) == made, "the answer to a repeated request"
    assert sent(made["secret"])["usageIdentifierKey"] == ON_NO_PLAN, "which does not bring it back"


def test_another_merchants_key_is_unknown(shop: StripeMerchant, jenny: str) -> None:
    made = done(shop.ask(RESOURCE["create_ephemeral_key"], params={"customer": jenny}, headers=OF_MOBILE_SDK))
    assert wrong(StripeMerchant(OTHER_MERCHANT).ask(RESOURCE["delete_ephemeral_key"], made["id"])) == missing("id")
    assert sent(made["secret"])["usageIdentifierKey"] != ON_NO_PLAN
