"""GET /v1/invoice_payments."""

from typing import Any

from paysandbox.stripe_api.routes import RESOURCE_ROUTE as RESOURCE
from tests.stripe_api.handlers.billing.shop import SHOP, act, draft, finalized, intent_of
from tests.support.clients.stripe_merchant import done


def listed(**params: Any) -> list[str]:
    return [each["invoice"] for each in done(SHOP.get(RESOURCE["list_invoice_payments"], **params))["data"]]


def test_they_are_listed_by_invoice_intent_and_status() -> None:
    draft()
    paid, waiting = finalized(), finalized()
    done(act("pay", paid))
    intent = {"type": "payment_intent", "payment_intent": intent_of(paid)["id"]}
    assert listed(invoice=waiting["id"]) == [waiting["id"]]
    assert listed(payment=intent) == [paid["id"]]
    assert listed(payment=intent, invoice=waiting["id"]) == []
    assert listed(status="paid") == [paid["id"]]
    assert listed() == [waiting["id"], paid["id"]]
