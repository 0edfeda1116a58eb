"""Apple Pay's domains, which payment method domains have replaced."""

import pytest

from paysandbox.http.route import Route
from tests.stripe_api.handlers.resources.test_payment_method_domains import NOT_DOMAINS
from tests.stripe_api.scenarios import RESOURCE as ROUTE
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, wrong

SHOP = StripeMerchant()


def create(name: str = "shop.example") -> str:
    return done(SHOP.post(ROUTE["create_apple_pay_domain"], domain_name=name))["id"]


def test_it_is_listed_by_its_name_until_it_is_deleted() -> None:
    first, second = create(), create("other.example")
    listed = done(SHOP.get(ROUTE["list_apple_pay_domains"], domain_name="other.example"))
    assert ([each["id"] for each in listed["data"]], listed["url"]) == ([second], "/v1/apple_pay/domains")
    assert done(SHOP.ask(ROUTE["delete_apple_pay_domain"], second)) == {
        "id": second,
        "object": "apple_pay_domain",
        "deleted": True,
    }
    assert [each["id"] for each in done(SHOP.get(ROUTE["list_apple_pay_domains"]))["data"]] == [first]
    assert wrong(SHOP.get(ROUTE["get_apple_pay_domain"], second)) == missing("id")


@pytest.mark.parametrize("name", NOT_DOMAINS)
def test_what_is_no_domain_is_refused(name: str) -> None:
    reply = SHOP.post(ROUTE["create_apple_pay_domain"], domain_name=name)
    assert (reply.status, reply.error["param"]) == (400, "domain_name")


@pytest.mark.parametrize("route", [route for route in ROUTE.values() if route.path == "/apple_pay/domains/{id}"])
def test_another_merchants_domain_does_not_exist(route: Route) -> None:
    name = create()
    for shop, named in ((StripeMerchant("globex"), name), (SHOP, "apwc_unknown")):
        assert wrong(shop.ask(route, named, {})) == missing("id")
