"""GET /v1/application_fees/{id}/refunds/{refund}: retrieve a refund of an application fee."""

from paysandbox.stripe_api.routes import RESOURCE_ROUTE as RESOURCE
from tests.support.clients.stripe_merchant import done, missing, wrong
from tests.support.clients.transfers import PLATFORM, ROUTE, charge_of, connected, fee_returned, paid_to


def test_it_is_shown_with_its_fee() -> None:
    fee = charge_of(paid_to(connected()))["application_fee"]
    made = fee_returned(fee, amount=1_00)
    assert done(PLATFORM.get(RESOURCE["get_fee_refund"], (fee, made["id"]))) == made
    expanded = done(PLATFORM.get(RESOURCE["get_fee_refund"], (fee, made["id"]), expand=["fee"]))
    assert expanded["fee"] == done(PLATFORM.get(ROUTE["get_application_fee"], fee))


def test_what_is_no_refund_of_the_fee() -> None:
    fee, other = (charge_of(paid_to(connected()))["application_fee"] for _ in range(2))
    made = fee_returned(fee)["id"]
    for of in ((fee, "fr_none"), (other, made), ("fee_none", made)):
        assert wrong(PLATFORM.get(RESOURCE["get_fee_refund"], of)) == missing("id")
