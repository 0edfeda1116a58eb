"""POST /v1/accounts/{id}/external_accounts: a bank account that a connected account is paid out to."""

from typing import Any

import pytest

from paysandbox.stripe_api.connect.external_account import TOKENS
from tests.stripe_api.handlers.accounts.connected import BY_NUMBER, INVALID, NUMBER, account, add, shown
from tests.stripe_api.scenarios import RESOURCE as ROUTE
from tests.support.clients.stripe_merchant import StripeMerchant, done, wrong
from tests.support.worlds import table_snapshot, tables


@pytest.mark.parametrize("sent", ["btok_us_verified", BY_NUMBER])
def test_an_external_account_of_a_token_or_a_number(sent: Any) -> None:
    name = account()
    made = add(name, sent, metadata={"a": "1"})

    assert (made["object"], made["account"], made["last4"]) == ("bank_account", name, "6789")
    assert (made["routing_number"], made["currency"], made["country"]) == ("110000000", "usd", "US")
    assert (made["default_for_currency"], made["status"], made["metadata"]) == (True, "new", {"a": "1"})
    assert done(StripeMerchant().get(ROUTE["get_external_account"], (name, made["id"]))) == made
    assert done(StripeMerchant().get(ROUTE["list_external_accounts"], name))["data"] == [made]
    assert shown(name)["external_accounts"]["data"] == [made]
    assert NUMBER not in str(table_snapshot.items_of(tables.STRIPE_OBJECTS))


def test_the_same_account_has_one_fingerprint_and_each_token_another() -> None:
    name = account()
    prints = [add(name, token)["fingerprint"] for token in TOKENS]
    assert len(set(prints)) == len(TOKENS)
    assert add(name, BY_NUMBER)["fingerprint"] == prints[0]


@pytest.mark.parametrize(
    "sent, refused",
    [
        ("btok_1", (*INVALID, "resource_missing", "external_account")),
        ("tok_visa_debit", (*INVALID, "resource_missing", "external_account")),
        (BY_NUMBER | {"account_number": "000123456788"},
         (*INVALID, "account_number_invalid", "external_account[account_number]")),
        (BY_NUMBER | {"routing_number": "021000021"},
         (*INVALID, "account_number_invalid", "external_account[account_number]")),
        (BY_NUMBER | {"currency": "xyz"}, (*INVALID, None, "external_account[currency]")),
        (BY_NUMBER | {"country": "DE"}, (*INVALID, None, "external_account[country]")),
    ],
)  # fmt: skip
def test_what_is_no_published_test_account_is_refused(sent: Any, refused: Any) -> None:
    name = account()
    assert wrong(StripeMerchant().post(ROUTE["create_external_account"], name, external_account=sent)) == refused
    assert wrong(StripeMerchant().post(ROUTE["update_account"], name, external_account=sent)) == refused
    assert shown(name)["external_accounts"]["data"] == []


def test_an_account_that_collects_its_requirements_is_paid_out_to_once_it_has_one() -> None:
    name = account()
    before = shown(name)
    add(name)
    after = shown(name)

    assert (before["payouts_enabled"], before["requirements"]["currently_due"]) == (False, ["external_account"])
    assert (after["payouts_enabled"], after["requirements"]["currently_due"]) == (True, [])


def test_one_of_an_account_takes_the_place_of_the_default() -> None:
    """And one that is added does not."""
    name = account(external_account="btok_us_verified")
    (first,) = shown(name)["external_accounts"]["data"]
    second = add(name, "btok_us_verified_noAccount")
    assert (first["default_for_currency"], second["default_for_currency"]) == (True, False)

    done(StripeMerchant().post(ROUTE["update_account"], name, external_account="btok_us_verified_accountClosed"))
    held = shown(name)["external_accounts"]["data"]
    assert [(each["last4"], each["default_for_currency"]) for each in held] == [("1113", True), ("1116", False)]


def test_a_repeated_request_adds_one_account() -> None:
    name = account()
    first, again = (
        StripeMerchant().post(ROUTE["create_external_account"], name, key="one", external_account="btok_us_verified")
        for _ in range(2)
    )
    assert (done(again), len(shown(name)["external_accounts"]["data"])) == (done(first), 1)
