"""POST /v1/invoices/{id}/void."""

from paysandbox.stripe_api.routes import CANCEL_PAYMENT_INTENT, GET_PAYMENT_INTENT
from tests.stripe_api.handlers.billing.shop import SHOP, act, draft, finalized, intent_of
from tests.support.clients.stripe_merchant import done


def test_an_open_one_ends() -> None:
    of = finalized()
    intent = intent_of(of)
    assert done(act("void", of))["status"] == "void"
    assert intent["status"] == "requires_payment_method"


def test_a_draft_does_not() -> None:
    assert act("void", draft()).status == 400


def test_its_intent_is_canceled_with_it_and_never_by_itself() -> None:
    of = finalized()
    intent = intent_of(of)["id"]
    assert SHOP.post(CANCEL_PAYMENT_INTENT, intent).error["message"].endswith("Void the invoice instead.")
    done(act("void", of))
    assert done(SHOP.get(GET_PAYMENT_INTENT, intent))["status"] == "canceled"
