"""Payment method domains: the routes of a declared resource, and what follows from whether a domain is enabled."""

from typing import Any

import pytest

from paysandbox.http.route import Route
from paysandbox.stripe_api.resources.domains.domain_resources import METHODS
from tests.stripe_api.scenarios import RESOURCE as ROUTE
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, wrong

SHOP = StripeMerchant()
NOT_DOMAINS = ["", "https://shop.example", "shop.example/pay", "shop.example:8080", "-shop.example", "a b", "x" * 254]


def create(**params: Any) -> dict[str, Any]:
    return done(SHOP.post(ROUTE["create_payment_method_domain"], **{"domain_name": "shop.example", **params}))


@pytest.mark.parametrize("enabled, status", [(True, "active"), (False, "inactive")])
def test_every_method_follows_from_whether_it_is_enabled(enabled: bool, status: str) -> None:
    domain = create(enabled=enabled)
    assert (domain["domain_name"], domain["enabled"]) == ("shop.example", enabled)
    assert [domain[name] for name in METHODS] == [{"status": status}] * len(METHODS)
    other = done(SHOP.post(ROUTE["update_payment_method_domain"], domain["id"], enabled=not enabled))
    assert other["link"] != domain["link"]
    assert done(SHOP.get(ROUTE["get_payment_method_domain"], domain["id"])) == other


def test_a_list_is_filtered() -> None:
    first, second = create(), create(domain_name="other.example", enabled=False)

    def listed(**params: Any) -> list[str]:
        return sorted(each["id"] for each in done(SHOP.get(ROUTE["list_payment_method_domains"], **params))["data"])

    assert listed() == sorted([first["id"], second["id"]])
    assert listed(domain_name="other.example") == [second["id"]]
    assert listed(enabled=True) == [first["id"]]


@pytest.mark.parametrize("name", NOT_DOMAINS)
def test_what_is_no_domain_is_refused(name: str) -> None:
    reply = SHOP.post(ROUTE["create_payment_method_domain"], domain_name=name)
    assert (reply.status, reply.error["param"]) == (400, "domain_name")


@pytest.mark.parametrize("route", [route for route in ROUTE.values() if route.path == "/payment_method_domains/{id}"])
def test_another_merchants_domain_does_not_exist(route: Route) -> None:
    name = create()["id"]
    for shop, named in ((StripeMerchant("globex"), name), (SHOP, "pmd_unknown")):
        assert wrong(shop.ask(route, named, {})) == missing("id")
