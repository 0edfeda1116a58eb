"""POST /v1/confirmation_tokens: a page creates a token with a publishable key, and its server confirms with it."""

from paysandbox.stripe_api.routes import CREATE_CONFIRMATION_TOKEN_OF_PAGE
from tests.stripe_api.scenarios import RESOURCE
from tests.support.clients.stripe_merchant import TYPED, VISA, StripeMerchant, done

PAGE = StripeMerchant(kind="publishable")
DATA = {"type": "card", "card": TYPED}


def test_a_page_creates_one_and_the_server_pays_with_it() -> None:
    sent = {"payment_method_data": DATA, "return_url": "https://shop.example/after"}
    made = PAGE.post(CREATE_CONFIRMATION_TOKEN_OF_PAGE, key="k", **sent)
    assert PAGE.post(CREATE_CONFIRMATION_TOKEN_OF_PAGE, key="k", **sent).text == made.text
    token, whole = done(made), done(StripeMerchant().get(RESOURCE["get_confirmation_token"], done(made)["id"]))
    shown, stored = token.pop("payment_method_preview"), whole.pop("payment_method_preview")
    assert token.items() <= whole.items()
    assert whole.keys() - token.keys() == {"metadata", "payment_method_options"}
    assert token["use_stripe_sdk"] is True
    assert stored["card"].keys() - shown["card"].keys() == {"fingerprint"}
    assert StripeMerchant().paid(confirmation_token=token["id"], payment_method=None)["status"] == "succeeded"


def test_a_page_reads_no_token_and_names_no_payment_method() -> None:
    token = done(PAGE.post(CREATE_CONFIRMATION_TOKEN_OF_PAGE, payment_method_data=DATA))
    reply = PAGE.get(RESOURCE["get_confirmation_token"], token["id"])
    assert (reply.status, reply.error["code"]) == (403, "secret_key_required")
    error = PAGE.post(CREATE_CONFIRMATION_TOKEN_OF_PAGE, payment_method=VISA).error
    assert error["code"] in {"parameter_missing", "parameter_unknown"}
