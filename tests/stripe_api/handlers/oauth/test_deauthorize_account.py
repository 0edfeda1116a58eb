"""POST /v1/oauth/deauthorize: an account is disconnected from the platform, once."""

import pytest

from paysandbox.stripe_api.ids import application_id
from paysandbox.stripe_api.routes import GET_OWN_ACCOUNT
from tests.stripe_api.handlers.accounts.connected import NO_ACCESS, account
from tests.stripe_api.handlers.oauth.authorized import disconnect, refused
from tests.support.builders.build import OTHER_MERCHANT
from tests.support.clients.stripe_merchant import StripeMerchant, done, wrong


def not_connected(name: str) -> tuple[int, str, str]:
    words = f"This application is not connected to stripe account {name}, or that account does not exist."
    return 401, "invalid_client", words


@pytest.mark.parametrize("client_id", [None, application_id("demo")], ids=["no application", "its application"])
def test_the_platform_may_no_longer_act_for_it(client_id: str | None) -> None:
    name = account()
    assert done(disconnect(name, client_id=client_id)) == {"stripe_user_id": name}
    assert wrong(StripeMerchant().get(GET_OWN_ACCOUNT, name)) == NO_ACCESS


def test_a_repeated_request_has_the_same_answer() -> None:
    name = account()
    first = disconnect(name, key="k")
    again = disconnect(name, key="k")
    assert (again.text, again.replayed) == (first.text, True)


def test_it_is_disconnected_once() -> None:
    name = account()
    done(disconnect(name))
    assert refused(disconnect(name)) == not_connected(name)


@pytest.mark.parametrize("name", ["acct_1032D82eZvKYlo2C", "nonsense"])
def test_an_account_that_does_not_exist(name: str) -> None:
    assert refused(disconnect(name)) == not_connected(name)


def test_another_platforms_account() -> None:
    name = account()
    other = disconnect(name, client_id=None, merchant=OTHER_MERCHANT)
    assert refused(other) == not_connected(name)
    assert done(StripeMerchant().get(GET_OWN_ACCOUNT, name))["id"] == name


def test_another_platforms_application() -> None:
    name, other = account(), application_id(OTHER_MERCHANT)
    reply = disconnect(name, client_id=other)
    assert refused(reply) == (401, "invalid_client", f"No such application: '{other}'")
