"""GET /v1/charges/search: find the attempts at payments. Pages and refusals: `test_search_payment_intents.py`."""

from paysandbox.stripe_api.routes import SEARCH_CHARGES
from tests.stripe_api.handlers.pages import ids_of
from tests.support.clients.stripe_merchant import VISA, StripeMerchant, done


def test_declined_charges_are_found_too() -> None:
    intent = StripeMerchant().declined(metadata={"order": "1"})
    failed = intent["latest_charge"]
    taken = done(StripeMerchant().confirm(intent["id"], payment_method=VISA))["latest_charge"]
    amex = StripeMerchant().paid(payment_method="pm_card_amex")
    StripeMerchant().refund(amex["id"], amount=1_00)
    StripeMerchant().opened()
    asked = {
        "metadata['order']:'1'": [taken, failed],
        "status:'failed'": [failed],
        "payment_method_details.card.last4:0005": [amex["latest_charge"]],
        "refunded:'false'": [amex["latest_charge"]],
        "refunded:null": [taken, failed],
        "payment_method_details.card.brand:'amex' OR status:'failed'": [amex["latest_charge"], failed],
    }
    assert {query: ids_of(done(StripeMerchant().get(SEARCH_CHARGES, query=query))["data"]) for query in asked} == asked
