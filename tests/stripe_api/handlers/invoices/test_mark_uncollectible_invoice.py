"""POST /v1/invoices/{id}/mark_uncollectible."""

from tests.stripe_api.handlers.billing.shop import act, draft, finalized, intent_of
from tests.support.clients.stripe_merchant import done


def test_an_open_one_ends() -> None:
    of = finalized()
    intent = intent_of(of)
    assert done(act("mark_uncollectible", of))["status"] == "uncollectible"
    assert intent["status"] == "requires_payment_method"


def test_a_draft_does_not() -> None:
    assert act("mark_uncollectible", draft()).status == 400
