"""`Stripe-Account`: requests of a platform's key for a connected account, which is a merchant of its own."""

from typing import Any

import pytest

from paysandbox.stripe_api.ids import account_id, merchant_of_account
from paysandbox.stripe_api.routes import (
    CREATE_PAYMENT_INTENT,
    GET_ACCOUNT,
    GET_BALANCE,
    GET_OWN_ACCOUNT,
    GET_PAYMENT_INTENT,
    LIST_PAYMENT_INTENTS,
)
from tests.stripe_api.scenarios import RESOURCE as ROUTE
from tests.support.builders.build import MERCHANT, OTHER_MERCHANT
from tests.support.clients.stripe_call import StripeReply
from tests.support.clients.stripe_merchant import VISA, StripeMerchant, done, missing, wrong
from tests.support.clients.stripe_sdk_calls import Sdk
from tests.support.worlds.handlers import Lines

PAYMENT = {"amount": 10_00, "currency": "usd", "payment_method": VISA, "confirm": True}
NO_ACCESS = (403, "invalid_request_error", "account_invalid", None)
HEADERS = ("Stripe-Account", "stripe-context")


def account(shop: StripeMerchant | None = None) -> str:
    return done((shop or StripeMerchant()).post(ROUTE["create_account"]))["id"]


def pay(of: str, *, header: str = "Stripe-Account", shop: StripeMerchant | None = None, **parts: Any) -> StripeReply:
    return (shop or StripeMerchant()).ask(CREATE_PAYMENT_INTENT, None, PAYMENT, headers={header: of}, **parts)


@pytest.mark.parametrize("header", HEADERS)
def test_a_direct_charge_is_the_accounts_and_not_the_platforms(header: str) -> None:
    shop, name = StripeMerchant(), account()
    paid = done(pay(name, header=header))

    assert paid["status"] == "succeeded"
    assert done(shop.ask(GET_PAYMENT_INTENT, paid["id"], headers={header: name})) == paid
    assert wrong(shop.get(GET_PAYMENT_INTENT, paid["id"])) == missing("intent")
    assert [each["id"] for each in done(shop.ask(LIST_PAYMENT_INTENTS, headers={header: name}))["data"]] == [paid["id"]]
    assert done(shop.get(LIST_PAYMENT_INTENTS))["data"] == []


@pytest.mark.parametrize("header", HEADERS)
def test_an_account_that_a_key_cannot_act_for(header: str) -> None:
    name, theirs = account(), account(StripeMerchant(OTHER_MERCHANT))
    for named in (theirs, account_id(OTHER_MERCHANT), "acct_unknown", f"{name}/{theirs}", "a" * 200):
        assert wrong(pay(named, header=header)) == NO_ACCESS
    done(StripeMerchant().ask(ROUTE["delete_account"], name))
    assert wrong(pay(name, header=header)) == NO_ACCESS


def test_two_accounts_are_refused_and_one_twice_is_not() -> None:
    name, other = account(), account()
    for two, status in (((name, other), 403), ((account_id(MERCHANT), name), 403), ((name, name), 200)):
        headers = dict(zip(HEADERS, two, strict=True))
        assert StripeMerchant().ask(GET_BALANCE, headers=headers).status == status


def test_a_key_that_is_used_for_two_accounts_makes_two_payments() -> None:
    """An idempotency key is the account's, as its payments are."""
    names = account(), account()
    first, second = (done(pay(name, key="one")) for name in names)
    assert first["id"] != second["id"]
    assert done(pay(names[0], key="one")) == first


def test_an_account_shows_itself() -> None:
    shop, name = StripeMerchant(), account()
    on_it = {"Stripe-Account": name}
    itself = done(shop.get(GET_OWN_ACCOUNT, name))

    assert done(shop.ask(GET_ACCOUNT, headers=on_it)) == itself
    assert done(shop.ask(GET_OWN_ACCOUNT, name, headers=on_it)) == itself
    assert done(shop.ask(ROUTE["update_account"], name, {"email": "a@b.c"}, headers=on_it))["email"] == "a@b.c"
    assert done(shop.ask(ROUTE["list_accounts"], headers=on_it))["data"] == []
    assert wrong(shop.ask(GET_OWN_ACCOUNT, account(), headers=on_it)) == NO_ACCESS
    assert wrong(shop.ask(ROUTE["update_account"], account(), {"email": "a@b.c"}, headers=on_it)) == NO_ACCESS


def test_an_account_has_no_accounts() -> None:
    refused = StripeMerchant().ask(ROUTE["create_account"], headers={"Stripe-Account": account()})
    assert (refused.status, refused.error["type"]) == (403, "invalid_request_error")


def test_a_page_acts_for_an_account_with_the_platforms_publishable_key() -> None:
    name = account()
    headers = {"Stripe-Account": name}
    opened = done(
        StripeMerchant().ask(CREATE_PAYMENT_INTENT, None, {"amount": 10_00, "currency": "usd"}, headers=headers)
    )
    page, secret = StripeMerchant(kind="publishable"), {"client_secret": opened["client_secret"]}

    assert done(page.ask(GET_PAYMENT_INTENT, opened["id"], secret, headers=headers))["id"] == opened["id"]
    assert page.ask(GET_PAYMENT_INTENT, opened["id"], secret).status == 404


def test_requests_for_an_account_are_in_the_platforms_log(lines: Lines) -> None:
    pay(account())
    assert [line["merchant"] for line in lines()] == [MERCHANT] * 2


def test_an_account_is_a_merchant_that_has_no_keys() -> None:
    name = account()
    merchant = merchant_of_account(name)
    assert merchant is not None
    assert account_id(merchant) == name


def test_the_sdk_pays_on_an_account(sdk: Sdk, other: Sdk) -> None:
    import stripe

    name = sdk.v1.accounts.create({"type": "express", "capabilities": {"card_payments": {"requested": True}}}).id
    paid = sdk.v1.payment_intents.create(PAYMENT, {"stripe_account": name})
    assert sdk.v1.payment_intents.retrieve(paid.id, None, {"stripe_account": name}).status == "succeeded"
    with pytest.raises(stripe.PermissionError):
        other.v1.payment_intents.retrieve(paid.id, None, {"stripe_account": name})
    sdk.v1.accounts.delete(name)
    with pytest.raises(stripe.PermissionError):
        sdk.v1.payment_intents.retrieve(paid.id, None, {"stripe_account": name})
