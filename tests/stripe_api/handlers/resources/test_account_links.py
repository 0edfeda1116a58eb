"""POST /v1/account_links: a link to the onboarding of a connected account, which completes it."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from paysandbox.stripe_api.routes import GET_OWN_ACCOUNT
from tests.stripe_api.handlers.accounts.connected import CUSTOM, INVALID
from tests.stripe_api.scenarios import RESOURCE as ROUTE
from tests.support.builders.build import OTHER_MERCHANT
from tests.support.clients.stripe_merchant import StripeMerchant, StripeReply, done, wrong
from tests.support.worlds import table_snapshot, tables

RETURN = "https://shop.example/connected"
NOT_CONNECTED = (*INVALID, "account_invalid", "account")


def waiting(**params: Any) -> str:
    """Create an account that waits for its onboarding."""
    metadata = {"sandbox_outcome": "onboarding"}
    return done(StripeMerchant().post(ROUTE["create_account"], metadata=metadata, **params))["id"]


def link(account: str, shop: StripeMerchant | None = None, **params: Any) -> StripeReply:
    whole = {"type": "account_onboarding", "return_url": RETURN, "account": account, **params}
    sent = {name: value for name, value in whole.items() if value is not None}
    return (shop or StripeMerchant()).post(ROUTE["create_account_link"], **sent)


def shown(account: str) -> dict[str, Any]:
    return done(StripeMerchant().get(GET_OWN_ACCOUNT, account))


@pytest.mark.parametrize("params, kind", [({}, "account_onboarding"), (CUSTOM, "account_update")])
def test_it_completes_the_onboarding_and_leads_back(params: dict[str, Any], kind: str) -> None:
    account = waiting(**params)
    before = shown(account)
    made = done(link(account, type=kind, refresh_url=RETURN, collection_options={"fields": "eventually_due"}))
    assert made == {
        "object": "account_link",
        "created": made["created"],
        "expires_at": made["created"] + 300,
        "url": RETURN,
    }
    after = shown(account)
    assert (before["details_submitted"], after["details_submitted"]) == (False, True)
    assert {*before["capabilities"].values()} == {"inactive"}
    assert {*after["capabilities"].values()} == {"active"}
    assert "tos_acceptance.date" not in after["requirements"]["currently_due"]


def test_an_account_that_does_not_wait_is_not_written() -> None:
    account = done(StripeMerchant().post(ROUTE["create_account"]))["id"]
    before = table_snapshot.items_of(tables.STRIPE_OBJECTS)
    assert done(link(account))["url"] == RETURN
    assert [item for item in before if item not in table_snapshot.items_of(tables.STRIPE_OBJECTS)] == []


def test_links_at_once_complete_it() -> None:
    account = waiting()
    with ThreadPoolExecutor(4) as pool:
        assert [reply.status for reply in pool.map(link, [account] * 4)] == [200] * 4
    assert shown(account)["details_submitted"] is True


def test_a_repeated_request_completes_nothing_again() -> None:
    account = waiting()
    first = link(account, key="k")
    pending = {"sandbox_outcome": "transfers=pending"}
    changed = done(StripeMerchant().post(ROUTE["update_account"], account, metadata=pending))
    assert (link(account, key="k").text, shown(account)) == (first.text, changed)


@pytest.mark.parametrize(
    "params, refusal",
    [
        ({"account": None}, (*INVALID, "parameter_missing", "account")),
        ({"return_url": None}, (*INVALID, "parameter_missing", "return_url")),
        ({"type": None}, (*INVALID, "parameter_missing", "type")),
        ({"type": "account_closing"}, (*INVALID, None, "type")),
        ({"type": "account_update"}, (*INVALID, None, "type")),
        ({"return_url": "javascript:alert(1)"}, (*INVALID, "url_invalid", "return_url")),
        ({"refresh_url": "shop"}, (*INVALID, "url_invalid", "refresh_url")),
        ({"account": "acct_" + "a" * 16}, NOT_CONNECTED),
        ({"account": "cus_123"}, NOT_CONNECTED),
    ],
)
def test_what_is_refused_completes_nothing(params: dict[str, Any], refusal: tuple[Any, ...]) -> None:
    account = waiting()
    assert wrong(link(**{"account": account, **params})) == refusal
    assert shown(account)["details_submitted"] is False


def test_another_platforms_account_and_a_deleted_one_are_refused() -> None:
    account = waiting()
    assert wrong(link(account, StripeMerchant(OTHER_MERCHANT))) == NOT_CONNECTED
    done(StripeMerchant().ask(ROUTE["delete_account"], account))
    assert wrong(link(account)) == NOT_CONNECTED
