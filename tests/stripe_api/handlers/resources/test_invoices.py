"""Lists and updates of invoices."""

from paysandbox.stripe_api.routes import RESOURCE_ROUTE as RESOURCE
from tests.stripe_api.handlers.billing.shop import SHOP, act, draft, finalized, invoice, invoices, subscribed
from tests.support.clients.stripe_merchant import done


def test_they_are_listed_by_customer_subscription_and_status() -> None:
    of_subscription, single = subscribed(), draft()
    assert [each["id"] for each in invoices(subscription=of_subscription["id"])] == [of_subscription["latest_invoice"]]
    assert [each["id"] for each in invoices(customer=single["customer"])] == [single["id"]]
    assert [each["id"] for each in invoices(status="draft")] == [single["id"]]


def test_what_is_finalized_keeps_what_it_bills() -> None:
    of = finalized()
    update = RESOURCE["update_invoice"]
    assert SHOP.post(update, of["id"], description="Other").error["param"] == "description"
    assert done(SHOP.post(update, of["id"], metadata={"a": "1"}))["metadata"] == {"a": "1"}


def test_numbers_of_a_customer_have_no_gap() -> None:
    payer = draft()["customer"]
    numbers = [done(act("finalize", draft(customer=payer)))["number"] for _ in range(3)]
    assert [number[-4:] for number in numbers] == ["0001", "0002", "0003"]


def test_what_is_pending_is_billed_on_request() -> None:
    payer = draft()["customer"]
    done(SHOP.post(RESOURCE["create_invoiceitem"], customer=payer, amount=5_00, currency="usd"))
    alone = done(SHOP.post(RESOURCE["create_invoice"], customer=payer))
    billed = done(SHOP.post(RESOURCE["create_invoice"], customer=payer, pending_invoice_items_behavior="include"))
    assert (alone["total"], invoice(billed["id"])["total"]) == (0, 500)
