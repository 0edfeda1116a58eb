"""POST /v1/accounts/{id}/login_links: a link to the dashboard for a connected account."""

from typing import Any

import pytest

from tests.stripe_api.handlers.accounts.connected import CUSTOM, INVALID, NO_ACCESS
from tests.stripe_api.scenarios import RESOURCE as ROUTE
from tests.support.builders.build import OTHER_MERCHANT
from tests.support.clients.stripe_merchant import StripeMerchant, done, wrong

WAITING = {"type": "express", "metadata": {"sandbox_outcome": "onboarding"}}


def account(**params: Any) -> str:
    return done(StripeMerchant().post(ROUTE["create_account"], **params))["id"]


def test_an_express_account_has_one() -> None:
    made = done(StripeMerchant().post(ROUTE["create_login_link"], account(type="express")))
    assert made["object"] == "login_link"
    assert made["url"].startswith("https://")
    assert made.keys() == {"object", "created", "url"}


@pytest.mark.parametrize("params", [{}, CUSTOM, WAITING], ids=["standard", "custom", "not onboarded"])
def test_others_have_none(params: dict[str, Any]) -> None:
    assert wrong(StripeMerchant().post(ROUTE["create_login_link"], account(**params))) == (*INVALID, None, None)


def test_it_is_created_once_the_account_is_onboarded() -> None:
    name = account(**WAITING)
    onboarding = {"type": "account_onboarding", "return_url": "https://shop.example"}
    done(StripeMerchant().post(ROUTE["create_account_link"], account=name, **onboarding))
    assert done(StripeMerchant().post(ROUTE["create_login_link"], name))["object"] == "login_link"


def test_another_platforms_account_is_refused() -> None:
    name = account(type="express")
    assert wrong(StripeMerchant(OTHER_MERCHANT).post(ROUTE["create_login_link"], name)) == NO_ACCESS
