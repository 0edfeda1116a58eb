"""Domains of wallets: payment method domains, and Apple Pay's."""

import pytest

from paysandbox.http.route import Route
from paysandbox.stripe_api.resources.domains import METHODS
from paysandbox.stripe_api.routes import VALIDATE_PAYMENT_METHOD_DOMAIN
from tests.stripe_api.scenarios import RESOURCE as ROUTE
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, wrong

SHOP = StripeMerchant()
NAME = "shop.example"
KINDS = ("payment_method_domain", "apple_pay_domain")
OF_ONE = [VALIDATE_PAYMENT_METHOD_DOMAIN] + [
    route for route in ROUTE.values() if route.path in ("/payment_method_domains/{id}", "/apple_pay/domains/{id}")
]


def create(kind: str = KINDS[0], **params: object) -> dict[str, object]:
    return done(SHOP.post(ROUTE[f"create_{kind}"], **{"domain_name": NAME, **params}))


def name_of(domain: dict[str, object]) -> str:
    return str(domain["id"])


def test_every_method_of_an_enabled_domain_is_active() -> None:
    domain = create()
    assert (domain["domain_name"], domain["enabled"]) == (NAME, True)
    assert [domain[name] for name in METHODS] == [{"status": "active"}] * len(METHODS)
    disabled = done(SHOP.post(ROUTE["update_payment_method_domain"], name_of(domain), enabled=False))
    assert [disabled[name] for name in METHODS] == [{"status": "inactive"}] * len(METHODS)
    assert done(SHOP.post(VALIDATE_PAYMENT_METHOD_DOMAIN, name_of(domain), key="k")) == disabled
    assert done(SHOP.get(ROUTE["get_payment_method_domain"], name_of(domain))) == disabled
    assert SHOP.post(VALIDATE_PAYMENT_METHOD_DOMAIN, name_of(domain), key="k").replayed


@pytest.mark.parametrize("kind", KINDS)
def test_a_list_is_filtered_by_the_name(kind: str) -> None:
    first, second = create(kind), create(kind, domain_name="other.example")
    listed = done(SHOP.get(ROUTE[f"list_{kind}s"]))
    assert sorted(each["id"] for each in listed["data"]) == sorted([name_of(first), name_of(second)])
    assert listed["url"] == f"/v1{ROUTE[f'list_{kind}s'].path}"
    assert done(SHOP.get(ROUTE[f"list_{kind}s"], domain_name="other.example"))["data"] == [second]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "name", ["", "https://shop.example", "shop.example/pay", "shop.example:8080", "-shop.example", "a b", "x" * 254]
)
def test_what_is_no_domain_is_refused(kind: str, name: str) -> None:
    reply = SHOP.post(ROUTE[f"create_{kind}"], domain_name=name)
    assert (reply.status, reply.error["param"]) == (400, "domain_name")


@pytest.mark.parametrize("route", OF_ONE, ids=lambda route: route.name)
def test_another_merchants_domain_does_not_exist(route: Route) -> None:
    name = name_of(create("apple_pay_domain" if "apple_pay" in route.path else "payment_method_domain"))
    for shop, named in ((StripeMerchant("globex"), name), (SHOP, "pmd_unknown")):
        assert wrong(shop.ask(route, named, {})) == missing("id")
