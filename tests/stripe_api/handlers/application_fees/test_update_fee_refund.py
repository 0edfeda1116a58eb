"""POST /v1/application_fees/{id}/refunds/{refund}: update a refund of an application fee."""

from paysandbox.stripe_api.routes import RESOURCE_ROUTE as RESOURCE
from tests.support.clients.stripe_merchant import done, missing, wrong
from tests.support.clients.transfers import PLATFORM, charge_of, connected, fee_returned, paid_to


def test_its_metadata_is_merged_and_the_others_stay() -> None:
    fee = charge_of(paid_to(connected()))["application_fee"]
    first, second = (fee_returned(fee, amount=1_00, metadata={"a": "1"}) for _ in range(2))
    changed = done(PLATFORM.post(RESOURCE["update_fee_refund"], (fee, first["id"]), metadata={"b": "2"}))
    assert changed == {**first, "metadata": {"a": "1", "b": "2"}}
    assert done(PLATFORM.get(RESOURCE["get_fee_refund"], (fee, second["id"]))) == second
    assert done(PLATFORM.post(RESOURCE["update_fee_refund"], (fee, first["id"]), metadata=""))["metadata"] == {}
    assert wrong(PLATFORM.post(RESOURCE["update_fee_refund"], (fee, "fr_none"), metadata={})) == missing("id")
