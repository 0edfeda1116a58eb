"""DELETE /v1/invoices/{id}."""

from paysandbox.stripe_api.routes import RESOURCE_ROUTE as RESOURCE
from tests.stripe_api.handlers.billing.shop import SHOP, draft, finalized, invoices, subscribed
from tests.support.clients.stripe_merchant import done


def delete(of: dict):
    return SHOP.ask(RESOURCE["delete_invoice"], of["id"])


def test_a_draft_is_deleted_with_its_items() -> None:
    of = draft()
    (item,) = done(SHOP.get(RESOURCE["list_invoiceitems"], invoice=of["id"]))["data"]
    assert done(delete(of))["deleted"]
    assert SHOP.get(RESOURCE["get_invoiceitem"], item["id"]).status == 404


def test_no_other_one_is() -> None:
    assert delete(finalized()).status == 400
    (made,) = invoices(subscription=subscribed(trial_period_days=7)["id"])
    assert delete(made).error["message"] == "You can't delete invoices created by subscriptions."
