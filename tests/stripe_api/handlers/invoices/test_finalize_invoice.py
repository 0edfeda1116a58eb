"""POST /v1/invoices/{id}/finalize."""

from tests.stripe_api.handlers.billing.shop import act, draft, finalized, intent_of
from tests.support.clients.stripe_merchant import done


def test_it_gets_its_number_and_an_intent() -> None:
    invoice = finalized()
    assert (invoice["status"], invoice["number"][-5:], invoice["amount_due"]) == ("open", "-0001", 1000)
    assert intent_of(invoice)["status"] == "requires_payment_method"


def test_an_invoice_of_nothing_is_paid() -> None:
    invoice = done(act("finalize", draft(amount=0)))
    assert (invoice["status"], invoice["amount_paid"], invoice["attempted"]) == ("paid", 0, True)


def test_it_is_finalized_once() -> None:
    assert act("finalize", finalized()).error["message"].startswith("This invoice is already finalized")
