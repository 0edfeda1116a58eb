"""GET /v1/webhook_endpoints/{endpoint}: retrieve a webhook endpoint, without its secret."""

import pytest

from paysandbox.stripe_api.routes import DELETE_WEBHOOK_ENDPOINT, GET_WEBHOOK_ENDPOINT
from tests.support.builders.build import OTHER_MERCHANT
from tests.support.clients.endpoints import Subscriber
from tests.support.clients.stripe_merchant import URL, StripeMerchant, done, missing, wrong


def test_it_is_shown_without_its_secret() -> None:
    made = done(StripeMerchant().endpoint(description="shop"))
    shown = done(StripeMerchant().get(GET_WEBHOOK_ENDPOINT, made["id"]))
    assert (shown["url"], shown["description"], shown["metadata"]) == (URL, "shop", {})
    assert "secret" not in shown


@pytest.mark.parametrize("name", ["we_" + "q" * 26, "we_x", "x" * 200])
def test_unknown_ids_are_not_found(name: str) -> None:
    assert wrong(StripeMerchant().get(GET_WEBHOOK_ENDPOINT, name)) == missing("id")


def test_a_deleted_one_a_native_one_and_another_merchants_are_not_there() -> None:
    deleted = done(StripeMerchant().endpoint())["id"]
    done(StripeMerchant().ask(DELETE_WEBHOOK_ENDPOINT, deleted))
    theirs = done(StripeMerchant(OTHER_MERCHANT).endpoint())["id"]
    for name in (deleted, theirs, Subscriber().created()):
        assert wrong(StripeMerchant().get(GET_WEBHOOK_ENDPOINT, name)) == missing("id")


def test_nothing_in_it_can_be_expanded() -> None:
    made = done(StripeMerchant().endpoint())["id"]
    assert wrong(StripeMerchant().get(GET_WEBHOOK_ENDPOINT, made, expand=["application"]))[3] == "expand"
