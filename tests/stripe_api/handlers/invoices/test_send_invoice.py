"""POST /v1/invoices/{id}/send."""

from tests.stripe_api.handlers.billing.shop import act, draft
from tests.support.clients.stripe_merchant import done


def test_a_draft_is_finalized_with_its_due_date() -> None:
    sent = done(act("send", draft(collection_method="send_invoice", days_until_due=30)))
    assert (sent["status"], sent["due_date"] - sent["status_transitions"]["finalized_at"]) == ("open", 30 * 86_400)
