"""The requests to the routes of subscriptions and invoices, and their calls (`tests/support/builders/scenario.py`)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from paysandbox.http.route import Route
from paysandbox.stripe_api.routes import RESOURCE_ROUTE as RESOURCE
from tests.support.builders.scenario import A_PAGE, KEY, Parts, Scenario
from tests.support.clients.call import Merchant
from tests.support.clients.stripe_merchant import VISA, Of, StripeMerchant, done
from tests.support.worlds.handlers import Clock

_SHOP: Final = StripeMerchant()
FAILS_LATER: Final = "pm_card_chargeCustomerFail"


_PAST_DUE: Final = (
    "PutItem",  # announce the end of the trial
    *("GetItem", "GetItem", "TransactWriteItems"),  # end the period
    *("GetItem",) * 3, "TransactWriteItems",  # finalize
    *("GetItem",) * 5, "PutItem", "GetItem", "TransactWriteItems",  # attempt the payment
    *("GetItem",) * 7, "UpdateItem", "GetItem", "TransactWriteItems",  # attempt it again
    *("GetItem", "GetItem"),
)  # fmt: skip
"""What is done for a subscription whose trial has ended since, and whose invoice is declined twice."""


def _written(of: Of = None, **params: Any) -> Parts:
    return {"of": of, "params": params, "key": KEY}


def _asked(of: Of = None, **params: Any) -> Parts:
    return {"of": of, "params": params}


def _payer() -> str:
    """Create a customer whose invoices a card pays."""
    paying = {"payment_method": VISA, "invoice_settings": {"default_payment_method": VISA}}
    return done(_SHOP.post(RESOURCE["create_stripe_customer"], email="jenny@example.com", **paying))["id"]


def _price(**recurring: str) -> str:
    product = done(_SHOP.post(RESOURCE["create_product"], name="Gold"))["id"]
    priced = {"product": product, "unit_amount": 10_00, "currency": "usd"}
    return done(_SHOP.post(RESOURCE["create_price"], **priced, recurring={"interval": "month", **recurring}))["id"]


def _new_subscription(**params: Any) -> dict[str, Any]:
    return {"customer": _payer(), "items": [{"price": _price()}], **params}


def _subscription(**params: Any) -> dict[str, Any]:
    return done(_SHOP.post(RESOURCE["create_subscription"], **_new_subscription(**params)))


def _item() -> str:
    """Create a pending invoice item."""
    item = {"customer": _payer(), "amount": 10_00, "currency": "usd"}
    return done(_SHOP.post(RESOURCE["create_invoiceitem"], **item))["id"]


def _draft() -> str:
    """Create a draft that bills one item."""
    customer = _payer()
    invoice = done(_SHOP.post(RESOURCE["create_invoice"], customer=customer, currency="usd"))["id"]
    done(_SHOP.post(RESOURCE["create_invoiceitem"], customer=customer, invoice=invoice, amount=10_00, currency="usd"))
    return invoice


def _open() -> str:
    """Create an invoice that is finalized."""
    return done(_SHOP.post(RESOURCE["finalize_invoice"], _draft()))["id"]


def _payment() -> str:
    """Create an invoice that is finalized, and return its payment."""
    return done(_SHOP.get(RESOURCE["list_invoice_payments"], invoice=_open()))["data"][0]["id"]


def _failing(clock: Clock, hours: int = 6 * 24) -> str:
    """Create a subscription whose trial has ended since, and whose invoice was declined twice. Returns its ID."""
    return _failing_one(clock, hours)["id"]


def _failing_one(clock: Clock, hours: int = 6 * 24) -> dict[str, Any]:
    paying = {"payment_method": FAILS_LATER, "invoice_settings": {"default_payment_method": FAILS_LATER}}
    customer = done(_SHOP.post(RESOURCE["create_stripe_customer"], **paying))["id"]
    items = [{"price": _price()}]
    new = done(_SHOP.post(RESOURCE["create_subscription"], customer=customer, items=items, trial_period_days=4))
    clock.advance(timedelta(hours=hours))
    return new


def _retried(clock: Clock) -> dict[str, str]:
    """Create a subscription whose invoice was declined once, and is to be attempted again by now.

    Returns the IDs of its customer, of itself, and of the invoice.
    """
    name = _failing(clock, hours=4 * 24 + 2)
    subscription = done(_SHOP.post(RESOURCE["update_subscription"], name, metadata={"a": "0"}))
    clock.advance(timedelta(days=2))
    return {"customer": subscription["customer"], "subscription": name, "invoice": subscription["latest_invoice"]}


def _draft_of_retried(clock: Clock) -> str:
    retried = _retried(clock)
    clock.advance(timedelta(days=-2))
    of = {"customer": retried["customer"], "subscription": retried["subscription"], "currency": "usd"}
    draft = done(_SHOP.post(RESOURCE["create_invoice"], **of))["id"]
    done(
        _SHOP.post(RESOURCE["create_invoiceitem"], customer=of["customer"], invoice=draft, amount=5_00, currency="usd")
    )
    clock.advance(timedelta(days=2))
    return draft


def _of_retried(name: str, route: str, calls: tuple[str, ...], given: Callable[[Clock], str]) -> Scenario:
    """Return a request for an invoice of a subscription of which another attempt is due."""
    return Scenario(name, RESOURCE[route], calls, lambda _, clock: _written(given(clock)))


def _row(name: str, route: str, calls: tuple[str, ...], ask: Any, *, reads_secrets: bool = True) -> Scenario:
    return Scenario(name, RESOURCE[route], calls, lambda *_: ask(), reads_secrets=reads_secrets)


def _later(name: str, route: str, calls: tuple[str, ...], **params: Any) -> Scenario:
    """Return a request for a subscription on which steps are due by then."""
    ask = _written if params else _asked
    return Scenario(name, RESOURCE[route], calls, lambda _, clock: ask(_failing(clock), **params))


BILLING_SCENARIOS: Final = (
    _row(
        "a paid one",
        "create_subscription",
        (
            "PutItem",
            "GetItem",
            "GetItem",
            "GetItem",
            "TransactWriteItems",
            "GetItem",
            "GetItem",
            "GetItem",
            "GetItem",
            "GetItem",
            "PutItem",
            "GetItem",
            "PutItem",
            "GetItem",
            "GetItem",
            "TransactWriteItems",
            "GetItem",
        ),
        lambda: _written(**_new_subscription()),
    ),
    _row(
        "for its payer",
        "create_subscription",
        ("PutItem", "GetItem", "GetItem", "GetItem", "TransactWriteItems", "GetItem", "GetItem", "PutItem", "GetItem"),
        lambda: _written(**_new_subscription(payment_behavior="default_incomplete")),
    ),
    _row(
        "a trial",
        "create_subscription",
        ("PutItem", "GetItem", "GetItem", "GetItem", "TransactWriteItems", "GetItem"),
        lambda: _written(**_new_subscription(trial_period_days=7)),
    ),
    _row(
        "metadata",
        "update_subscription",
        ("GetItem", "PutItem", "PutItem"),
        lambda: _written(_subscription()["id"], metadata={"a": "1"}),
    ),
    _row(
        "the end of a trial",
        "update_subscription",
        ("GetItem", "PutItem", "GetItem", "TransactWriteItems"),
        lambda: _written(_subscription(trial_period_days=7)["id"], trial_end="now"),
    ),
    _later(
        "that is past due",
        "update_subscription",
        (
            "GetItem",
            "PutItem",
            "GetItem",
            "GetItem",
            "TransactWriteItems",
            "GetItem",
            "GetItem",
            "GetItem",
            "TransactWriteItems",
            "GetItem",
            "GetItem",
            "GetItem",
            "GetItem",
            "GetItem",
            "PutItem",
            "GetItem",
            "TransactWriteItems",
            "GetItem",
            "GetItem",
            "GetItem",
            "GetItem",
            "GetItem",
            "GetItem",
            "GetItem",
            "UpdateItem",
            "GetItem",
            "TransactWriteItems",
            "GetItem",
            "PutItem",
            "PutItem",
        ),
        metadata={"a": "1"},
    ),
    _row(
        "of a subscription",
        "delete_stripe_customer",
        ("GetItem", *A_PAGE, "TransactWriteItems"),
        lambda: _asked(_subscription()["customer"]),
        reads_secrets=False,
    ),
    Scenario(
        "of a subscription that is past due",
        RESOURCE["delete_stripe_customer"],
        ("GetItem", *A_PAGE, *_PAST_DUE, *A_PAGE, "GetItem", "TransactWriteItems"),
        lambda _, clock: _asked(_failing_one(clock)["customer"]),
    ),
    _row(
        "at once",
        "cancel_subscription",
        ("GetItem", "PutItem"),
        lambda: _asked(_subscription()["id"]),
        reads_secrets=False,
    ),
    _later(
        "that is past due",
        "cancel_subscription",
        ("GetItem", *_PAST_DUE, "TransactWriteItems"),
    ),
    _row(
        "a subscription", "get_subscription", ("GetItem",), lambda: _asked(_subscription()["id"]), reads_secrets=False
    ),
    _row(
        "with its invoice",
        "get_subscription",
        ("GetItem", "BatchGetItem"),
        lambda: _asked(_subscription()["id"], expand=["latest_invoice.payments"]),
        reads_secrets=False,
    ),
    _row("a page", "list_subscriptions", A_PAGE, lambda: _asked(limit=_subscription() and 10), reads_secrets=False),
    _row(
        "of a customer",
        "list_subscriptions",
        ("GetItem", *A_PAGE),
        lambda: _asked(customer=_subscription()["customer"]),
        reads_secrets=False,
    ),
    _row(
        "by status",
        "search_subscriptions",
        A_PAGE,
        lambda: _asked(query=_subscription() and "status:'active'"),
        reads_secrets=False,
    ),
    _row("of one", "list_subscription_items", ("GetItem",), lambda: _asked(subscription=_subscription()["id"])),
    _row("an item", "get_subscription_item", ("GetItem",), lambda: _asked(_subscription()["items"]["data"][0]["id"])),
    _row("an empty one", "create_invoice", ("PutItem", "GetItem", "PutItem"), lambda: _written(customer=_payer())),
    _row(
        "with what is pending",
        "create_invoice",
        ("PutItem", "GetItem", "BatchGetItem", "TransactWriteItems"),
        lambda: _written(
            customer=done(_SHOP.get(RESOURCE["get_invoiceitem"], _item()))["customer"],
            pending_invoice_items_behavior="include",
        ),
    ),
    _row(
        "metadata", "update_invoice", ("GetItem", "PutItem", "PutItem"), lambda: _written(_draft(), metadata={"a": "1"})
    ),
    _row("a draft", "delete_invoice", ("GetItem", "BatchGetItem", "TransactWriteItems"), lambda: _asked(_draft())),
    _row("an invoice", "get_invoice", ("GetItem",), lambda: _asked(_open()), reads_secrets=False),
    _row("a page", "list_invoices", A_PAGE, lambda: _asked(limit=_open() and 10), reads_secrets=False),
    _row(
        "of a subscription",
        "list_invoices",
        ("GetItem", *A_PAGE),
        lambda: _asked(subscription=_subscription()["id"]),
        reads_secrets=False,
    ),
    _row(
        "by status",
        "search_invoices",
        A_PAGE,
        lambda: _asked(query=_open() and "status:'open'"),
        reads_secrets=False,
    ),
    _row("its lines", "list_invoice_lines", ("GetItem",), lambda: _asked(_draft()), reads_secrets=False),
    _row(
        "a draft",
        "finalize_invoice",
        ("GetItem", "PutItem", "GetItem", "TransactWriteItems", "PutItem"),
        lambda: _written(_draft()),
    ),
    _row(
        "a draft",
        "pay_invoice",
        (
            "GetItem",
            "PutItem",
            "GetItem",
            "TransactWriteItems",
            "GetItem",
            "GetItem",
            "GetItem",
            "GetItem",
            "PutItem",
            "GetItem",
            "GetItem",
            "PutItem",
        ),
        lambda: _written(_draft()),
    ),
    _row(
        "an open one",
        "pay_invoice",
        (
            "GetItem",
            "PutItem",
            "GetItem",
            "GetItem",
            "GetItem",
            "GetItem",
            "PutItem",
            "UpdateItem",
            "GetItem",
            "GetItem",
            "PutItem",
        ),
        lambda: _written(_open()),
    ),
    _row(
        "elsewhere",
        "pay_invoice",
        ("GetItem", "PutItem", "GetItem", "UpdateItem", "GetItem", "PutItem"),
        lambda: _written(_open(), paid_out_of_band=True),
    ),
    _row(
        "an open one",
        "void_invoice",
        ("GetItem", "PutItem", "GetItem", "UpdateItem", "GetItem", "PutItem"),
        lambda: _written(_open()),
    ),
    _row("an open one", "mark_uncollectible_invoice", ("GetItem", "PutItem", "PutItem"), lambda: _written(_open())),
    _row("an open one", "send_invoice", ("GetItem", "PutItem", "PutItem", "PutItem"), lambda: _written(_open())),
    _row(
        "pending",
        "create_invoiceitem",
        ("PutItem", "GetItem", "TransactWriteItems"),
        lambda: _written(customer=_payer(), amount=10_00, currency="usd"),
    ),
    _row(
        "of a draft",
        "create_invoiceitem",
        ("PutItem", "GetItem", "GetItem", "TransactWriteItems"),
        lambda: _written(invoice=_draft(), amount=10_00, currency="usd"),
    ),
    _row(
        "its amount", "update_invoiceitem", ("GetItem", "PutItem", "PutItem"), lambda: _written(_item(), amount=20_00)
    ),
    _row("pending", "delete_invoiceitem", ("GetItem", "GetItem", "TransactWriteItems"), lambda: _asked(_item())),
    _row("an item", "get_invoiceitem", ("GetItem",), lambda: _asked(_item()), reads_secrets=False),
    _row("a page", "list_invoiceitems", A_PAGE, lambda: _asked(limit=_item() and 10), reads_secrets=False),
    _row(
        "beside one",
        "list_invoiceitems",
        ("GetItem", *A_PAGE),
        lambda: _asked(starting_after=_item()),
        reads_secrets=False,
    ),
    _row("of an invoice", "list_invoice_payments", ("GetItem",), lambda: _asked(invoice=_open()), reads_secrets=False),
    _row(
        "of an intent",
        "list_invoice_payments",
        ("GetItem", "GetItem"),
        lambda: _asked(
            payment={
                "type": "payment_intent",
                "payment_intent": done(_SHOP.get(RESOURCE["get_invoice_payment"], _payment()))["payment"][
                    "payment_intent"
                ],
            }
        ),
        reads_secrets=False,
    ),
    _row("a page", "list_invoice_payments", A_PAGE, lambda: _asked(limit=_open() and 10), reads_secrets=False),
    _row("a payment", "get_invoice_payment", ("GetItem",), lambda: _asked(_payment()), reads_secrets=False),
    _of_retried(
        "of one that is past due",
        "finalize_invoice",
        (
            "GetItem",
            "GetItem",
            "GetItem",
            "GetItem",
            "GetItem",
            "GetItem",
            "GetItem",
            "GetItem",
            "UpdateItem",
            "GetItem",
            "TransactWriteItems",
            "GetItem",
            "GetItem",
            "GetItem",
            "GetItem",
            "GetItem",
            "GetItem",
            "GetItem",
            "UpdateItem",
            "GetItem",
            "TransactWriteItems",
            "GetItem",
            "GetItem",
            "PutItem",
            "GetItem",
            "GetItem",
            "TransactWriteItems",
            "PutItem",
            "GetItem",
            "GetItem",
        ),
        _draft_of_retried,
    ),
    _of_retried(
        "of one that is past due",
        "send_invoice",
        (
            "GetItem",
            "GetItem",
            "GetItem",
            "GetItem",
            "GetItem",
            "GetItem",
            "GetItem",
            "GetItem",
            "UpdateItem",
            "GetItem",
            "TransactWriteItems",
            "GetItem",
            "GetItem",
            "GetItem",
            "GetItem",
            "GetItem",
            "GetItem",
            "GetItem",
            "UpdateItem",
            "GetItem",
            "TransactWriteItems",
            "GetItem",
            "GetItem",
            "PutItem",
            "GetItem",
            "GetItem",
            "TransactWriteItems",
            "PutItem",
        ),
        _draft_of_retried,
    ),
    _of_retried(
        "of one that is past due",
        "mark_uncollectible_invoice",
        (
            "GetItem",
            "GetItem",
            "GetItem",
            "GetItem",
            "GetItem",
            "GetItem",
            "GetItem",
            "GetItem",
            "UpdateItem",
            "GetItem",
            "TransactWriteItems",
            "GetItem",
            "GetItem",
            "GetItem",
            "GetItem",
            "GetItem",
            "GetItem",
            "GetItem",
            "UpdateItem",
            "GetItem",
            "TransactWriteItems",
            "GetItem",
            "GetItem",
            "PutItem",
            "GetItem",
            "TransactWriteItems",
        ),
        lambda clock: _retried(clock)["invoice"],
    ),
)


def parts_of(route: Route) -> Parts:
    """Return the first request to a route of billing, without its key."""
    scenario = next(each for each in BILLING_SCENARIOS if each.route is route)
    return scenario.given(Merchant(), Clock())
