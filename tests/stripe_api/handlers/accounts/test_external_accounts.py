"""External accounts: the bank accounts that a connected account is paid out to. All five routes, with a real table."""

from typing import Any

import pytest

from paysandbox.http.route import Route
from paysandbox.stripe_api.objects.external_account import TOKENS
from paysandbox.stripe_api.routes import (
    CREATE_EXTERNAL_ACCOUNT,
    DELETE_EXTERNAL_ACCOUNT,
    GET_EXTERNAL_ACCOUNT,
    GET_OWN_ACCOUNT,
    LIST_EXTERNAL_ACCOUNTS,
    UPDATE_EXTERNAL_ACCOUNT,
)
from tests.stripe_api.scenarios import RESOURCE as ROUTE
from tests.support.builders.build import OTHER_MERCHANT
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, wrong
from tests.support.worlds import table_snapshot, tables

INVALID = (400, "invalid_request_error")
NO_ACCESS = (403, "invalid_request_error", "account_invalid", None)
NUMBER = "000123456789"
BY_NUMBER: dict[str, Any] = {
    "object": "bank_account", "country": "US", "currency": "usd", "routing_number": "110000000",
    "account_number": NUMBER, "account_holder_name": "Jenny Rosen", "account_holder_type": "individual",
}  # fmt: skip
CUSTOM: dict[str, Any] = {"type": "custom", "capabilities": {"transfers": {"requested": True}}}


def account(**params: Any) -> str:
    return done(StripeMerchant().post(ROUTE["create_account"], **CUSTOM | params))["id"]


def add(of: str, sent: Any = "btok_us_verified", **params: Any) -> dict[str, Any]:
    return done(StripeMerchant().post(CREATE_EXTERNAL_ACCOUNT, of, external_account=sent, **params))


def shown(of: str) -> dict[str, Any]:
    return done(StripeMerchant().get(GET_OWN_ACCOUNT, of))


@pytest.mark.parametrize("sent", ["btok_us_verified", BY_NUMBER])
def test_an_external_account_of_a_token_or_a_number(sent: Any) -> None:
    name = account()
    made = add(name, sent, metadata={"a": "1"})

    assert (made["object"], made["account"], made["last4"]) == ("bank_account", name, "6789")
    assert (made["routing_number"], made["currency"], made["country"]) == ("110000000", "usd", "US")
    assert (made["default_for_currency"], made["status"], made["metadata"]) == (True, "new", {"a": "1"})
    assert done(StripeMerchant().get(GET_EXTERNAL_ACCOUNT, (name, made["id"]))) == made
    assert done(StripeMerchant().get(LIST_EXTERNAL_ACCOUNTS, name))["data"] == [made]
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
    assert wrong(StripeMerchant().post(CREATE_EXTERNAL_ACCOUNT, name, external_account=sent)) == refused
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


def test_one_account_of_a_currency_is_its_default() -> None:
    name = account()
    first, euro, second = add(name), add(name, BY_NUMBER | {"currency": "eur"}), add(name, default_for_currency=True)

    held = {each["id"]: each["default_for_currency"] for each in shown(name)["external_accounts"]["data"]}
    assert held == {first["id"]: False, euro["id"]: True, second["id"]: True}
    again = {"default_for_currency": True, "account_holder_name": "Jenny", "metadata": {"b": "2"}}
    updated = done(StripeMerchant().post(UPDATE_EXTERNAL_ACCOUNT, (name, first["id"]), **again))
    assert updated == first | again
    cleared = done(
        StripeMerchant().post(UPDATE_EXTERNAL_ACCOUNT, (name, first["id"]), account_holder_name="", metadata="")
    )
    assert cleared == first | {"account_holder_name": None}


def test_a_default_is_deleted_last() -> None:
    name, shop = account(), StripeMerchant()
    first, euro, second = add(name), add(name, BY_NUMBER | {"currency": "eur"}), add(name)

    assert wrong(shop.ask(DELETE_EXTERNAL_ACCOUNT, (name, first["id"]))) == (*INVALID, None, None)
    for each, currency in ((second, "usd"), (euro, "eur")):
        gone = done(shop.ask(DELETE_EXTERNAL_ACCOUNT, (name, each["id"])))
        assert gone == {"id": each["id"], "object": "bank_account", "currency": currency, "deleted": True}
        assert wrong(shop.get(GET_EXTERNAL_ACCOUNT, (name, each["id"]))) == missing("id")
    assert [each["id"] for each in shown(name)["external_accounts"]["data"]] == [first["id"]]


def test_lists_have_pages() -> None:
    name = account()
    names = [add(name)["id"] for _ in range(3)][::-1]

    def ids(**params: Any) -> list[str]:
        return [each["id"] for each in done(StripeMerchant().get(LIST_EXTERNAL_ACCOUNTS, name, **params))["data"]]

    assert (ids(limit=2), ids(starting_after=names[0]), ids(object="bank_account")) == (names[:2], names[1:], names)
    assert ids(object="card") == []


def test_a_repeated_request_adds_one_account() -> None:
    name = account()
    first, again = (
        StripeMerchant().post(CREATE_EXTERNAL_ACCOUNT, name, key="one", external_account="btok_us_verified")
        for _ in range(2)
    )
    assert (done(again), len(shown(name)["external_accounts"]["data"])) == (done(first), 1)


@pytest.mark.parametrize(
    "route",
    [LIST_EXTERNAL_ACCOUNTS, CREATE_EXTERNAL_ACCOUNT, GET_EXTERNAL_ACCOUNT, UPDATE_EXTERNAL_ACCOUNT,
     DELETE_EXTERNAL_ACCOUNT],
    ids=lambda route: route.name,
)  # fmt: skip
def test_another_platforms_account_is_refused(route: Route) -> None:
    name = account()
    params = {"external_account": "btok_us_verified"} if route is CREATE_EXTERNAL_ACCOUNT else {}
    made = add(name)["id"]
    assert wrong(StripeMerchant(OTHER_MERCHANT).ask(route, (name, made), params)) == NO_ACCESS
    assert wrong(StripeMerchant().ask(route, ("acct_unknown", made), params)) == NO_ACCESS
    if "external_account}" in route.path:
        assert wrong(StripeMerchant().ask(route, (account(), made), params)) == missing("id")
