"""POST /v1/payment_method_domains/{id}/validate: nobody visits the domain, so it stays as it is."""

from tests.stripe_api.scenarios import RESOURCE as ROUTE
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, wrong


def test_it_stays_as_it_is() -> None:
    shop = StripeMerchant()
    for enabled in (True, False):
        new = {"domain_name": "shop.example", "enabled": enabled}
        domain = done(shop.post(ROUTE["create_payment_method_domain"], **new))
        assert done(shop.post(ROUTE["validate_payment_method_domain"], domain["id"])) == domain


def test_an_unknown_one_is_not_validated() -> None:
    shop = StripeMerchant()
    name = done(shop.post(ROUTE["create_payment_method_domain"], domain_name="shop.example"))["id"]
    for merchant, named in ((StripeMerchant("globex"), name), (shop, "pmd_unknown")):
        assert wrong(merchant.post(ROUTE["validate_payment_method_domain"], named)) == missing("id")
