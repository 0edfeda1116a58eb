"""GET /v1/application_fees/{id}/refunds: list the refunds of an application fee, newest first."""

from paysandbox.stripe_api.routes import RESOURCE_ROUTE as RESOURCE
from tests.support.clients.stripe_merchant import done, missing, wrong
from tests.support.clients.transfers import PLATFORM, charge_of, connected, fee_returned, paid_to


def test_pages() -> None:
    fee = charge_of(paid_to(connected()))["application_fee"]
    first, second, third = (fee_returned(fee, amount=1_00)["id"] for _ in range(3))
    every = done(PLATFORM.get(RESOURCE["list_fee_refunds"], fee))
    assert [each["id"] for each in every["data"]] == [third, second, first]
    page = done(PLATFORM.get(RESOURCE["list_fee_refunds"], fee, limit=1, starting_after=third))
    assert ([each["id"] for each in page["data"]], page["has_more"]) == ([second], True)
    assert wrong(PLATFORM.get(RESOURCE["list_fee_refunds"], "fee_none")) == missing("id")
