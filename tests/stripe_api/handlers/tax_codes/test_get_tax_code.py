"""GET /v1/tax_codes/{id}: those that guides and samples name, with Stripe's texts."""

import pytest

from paysandbox.stripe_api.catalog.tax_codes import TAX_CODES
from paysandbox.stripe_api.routes import GET_TAX_CODE
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, wrong


def test_the_example_of_the_api_reference() -> None:
    """Stripe: "Retrieve a tax code". `requirements` is null, or of a code for tickets."""
    description = "Any tangible or physical good. For jurisdictions that impose a tax, the standard rate is applied."
    assert done(StripeMerchant().get(GET_TAX_CODE, "txcd_99999999")) == {
        "id": "txcd_99999999",
        "object": "tax_code",
        "description": description,
        "name": "General - Tangible Goods",
        "requirements": None,
    }


@pytest.mark.parametrize("code", TAX_CODES)
def test_each_is_there_for_every_merchant(code: str) -> None:
    assert done(StripeMerchant("globex").get(GET_TAX_CODE, code))["name"] == TAX_CODES[code][0]


@pytest.mark.parametrize("code", ["txcd_10000001", "txcd_", "TXCD_99999999", "x" * 300])
def test_others_are_not_there(code: str) -> None:
    assert wrong(StripeMerchant().get(GET_TAX_CODE, code)) == missing("id")
