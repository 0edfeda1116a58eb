"""POST /v1/invoices/{id}/pay."""

from tests.stripe_api.handlers.billing.shop import FAILS_LATER, NEEDS_PAYER, act, draft, finalized, intent_of, invoice
from tests.support.clients.stripe_merchant import done


def test_a_draft_is_finalized_and_paid() -> None:
    paid = done(act("pay", draft(auto_advance=False)))
    assert (paid["status"], paid["amount_paid"], paid["attempt_count"]) == ("paid", 1000, 1)
    assert intent_of(paid)["status"] == "succeeded"


def test_it_is_paid_once() -> None:
    of = finalized()
    done(act("pay", of))
    assert act("pay", of).error["message"] == "Invoice is already paid"


def test_a_decline_is_an_error_of_the_card_however_often_it_is_asked_for() -> None:
    of = finalized(FAILS_LATER)
    declined = [act("pay", of, key="k") for _ in range(2)]
    assert {(each.status, each.error["code"]) for each in declined} == {(402, "card_declined")}
    assert (invoice(of["id"])["status"], invoice(of["id"])["attempt_count"]) == ("open", 1)


def test_a_card_that_needs_its_payer_has_a_code_of_its_own() -> None:
    of = finalized(NEEDS_PAYER)
    assert act("pay", of).error["code"] == "invoice_payment_intent_requires_action"
    assert intent_of(of)["status"] == "requires_action"


def test_what_is_paid_elsewhere_has_no_payment() -> None:
    of = finalized()
    intent = intent_of(of)["id"]
    paid = done(act("pay", of, paid_out_of_band=True, expand=["payments"]))
    assert (paid["status"], paid["amount_paid"], paid["payments"]["data"]) == ("paid", 0, [])
    assert intent
