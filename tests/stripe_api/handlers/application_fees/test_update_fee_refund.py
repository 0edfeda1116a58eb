"""POST /v1/application_fees/{id}/refunds/{refund}: update a refund of an application fee."""

from paysandbox.stripe_api.routes import GET_FEE_REFUND, UPDATE_FEE_REFUND
from tests.support.clients.stripe_merchant import done, missing, wrong
from tests.support.clients.transfers import PLATFORM, charge_of, connected, fee_returned, paid_to


def test_its_metadata_is_merged_and_the_others_stay() -> None:
    fee = charge_of(paid_to(connected()))["application_fee"]
    first, second = (fee_returned(fee, amount=1_00, metadata={"a": "1"}) for _ in range(2))
    changed = done(PLATFORM.post(UPDATE_FEE_REFUND, (fee, first["id"]), metadata={"b": "2"}))
    assert changed == {**first, "metadata": {"a": "1", "b": "2"}}
    assert done(PLATFORM.get(GET_FEE_REFUND, (fee, second["id"]))) == second
    assert done(PLATFORM.post(UPDATE_FEE_REFUND, (fee, first["id"]), metadata=""))["metadata"] == {}
    assert wrong(PLATFORM.post(UPDATE_FEE_REFUND, (fee, "fr_none"), metadata={})) == missing("id")
