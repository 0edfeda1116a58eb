"""Checks answers against the types of Stripe's SDK for Node, with its own compiler.

    type_faults({"an intent": body})  # → ["an intent: error TS2741: Property 'payment_record' is missing in type …"]

In these types a field that may be absent (`field?: string`) is another than one that may be null (`field: string |
null`), which the annotations of the SDK for Python do not tell apart. Each answer is written as a literal, so a field
that the types do not have is an error too.

An amount with fractions is sent as a text, which the SDK makes a number of its own (`Decimal`). The literal has that.

Stripe sends the number of a subscription's items and of an invoice's lines with them (`total_count`), and the `plan` of
a subscription to one price and its `quantity`, which no type has. The literal has none of them.

The types want a whole object in an event's `previous_attributes`, of which Stripe sends the fields that changed. So
these are checked apart, at every level.
"""

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

ROOT: Final = Path(__file__).parents[3]
TYPES: Final[Mapping[str, str]] = {
    "account": "Stripe.Account",
    "bank_account": "Stripe.BankAccount",
    "account_link": "Stripe.AccountLink",
    "capability": "Stripe.Capability",
    "login_link": "Stripe.LoginLink",
    "checkout.session": "Stripe.Checkout.Session",
    "item": "Stripe.LineItem",
    "card": "Stripe.Card",
    "charge": "Stripe.Charge",
    "customer": "Stripe.Customer",
    "customer_session": "Stripe.CustomerSession",
    "dispute": "Stripe.Dispute",
    "event": "Stripe.Event",
    "payment_intent": "Stripe.PaymentIntent",
    "payment_method": "Stripe.PaymentMethod",
    "price": "Stripe.Price",
    "product": "Stripe.Product",
    "radar.early_fraud_warning": "Stripe.Radar.EarlyFraudWarning",
    "refund": "Stripe.Refund",
    "setup_intent": "Stripe.SetupIntent",
    "webhook_endpoint": "Stripe.WebhookEndpoint",
    "tax_id": "Stripe.TaxId",
    "payout": "Stripe.Payout",
    "transfer": "Stripe.Transfer",
    "transfer_reversal": "Stripe.TransferReversal",
    "application_fee": "Stripe.ApplicationFee",
    "fee_refund": "Stripe.FeeRefund",
    "source": "Stripe.Source",
    "coupon": "Stripe.Coupon",
    "promotion_code": "Stripe.PromotionCode",
    "shipping_rate": "Stripe.ShippingRate",
    "tax_rate": "Stripe.TaxRate",
    "subscription": "Stripe.Subscription",
    "subscription_item": "Stripe.SubscriptionItem",
    "invoice": "Stripe.Invoice",
    "invoiceitem": "Stripe.InvoiceItem",
    "line_item": "Stripe.InvoiceLineItem",
    "invoice_payment": "Stripe.InvoicePayment",
}
"""The type of an object in the SDK, by what it says it is."""

NOT_COMPARED: Final = (
    *("apple_pay_domain", "application", "confirmation_token", "ephemeral_key", "payment_method_domain"),
    *("setup_attempt", "shared_payment.granted_token", "token"),
)
"""The declared kinds of which no answer is compared with a type."""

_HEAD: Final = (
    'import type Stripe from "stripe"; '
    'declare const decimal: NonNullable<Stripe.Price["unit_amount_decimal"]>; '
    "type Before<T> = T extends object ? { [K in keyof T]?: Before<T[K]> | null } : T;"
)
_OPTIONS: Final = (
    *("--noEmit", "--strict", "--exactOptionalPropertyTypes", "--skipLibCheck"),
    *("--target", "es2022", "--module", "nodenext", "--pretty", "false"),
)
_DECIMAL: Final = re.compile(r'("\w+_decimal": )"[^"]*"')
_TOTAL: Final = re.compile(r', "total_count": \d+')
_AT_LINE: Final = re.compile(r"answers\.ts\((\d+),\d+\): (.*)")


def type_faults(answers: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return the compiler's errors, as `name: error`. Raises AssertionError if it did not come to check the answers."""
    names = [*answers]
    lines = [_HEAD, *map(_declaration, range(len(names)), answers.values())]
    with TemporaryDirectory(dir=ROOT / "node_modules") as folder:  # where `stripe` is found
        source = Path(folder) / "answers.ts"
        source.write_text("\n".join(lines) + "\n")
        compiler = [str(ROOT / "node_modules/.bin/tsc"), *_OPTIONS, str(source)]
        done = subprocess.run(compiler, cwd=folder, capture_output=True, text=True, check=False)
    found = [(int(match[1]), match[2]) for match in map(_AT_LINE.search, done.stdout.splitlines()) if match]
    faults = [f"{names[line - 2]}: {error}" for line, error in found]
    if bool(faults) is (done.returncode == 0):
        sys.stderr.write(done.stdout + done.stderr)
        raise AssertionError(f"tsc ended with {done.returncode} and told {len(faults)} faults of the answers")
    return faults


def type_of(answer: Mapping[str, Any]) -> str:
    """Return the type of an answer in the SDK."""
    if answer.get("deleted"):
        return f"Stripe.Deleted{TYPES[answer['object']].removeprefix('Stripe.')}"
    if answer["object"] == "list":
        kinds = {TYPES[one["object"]] for one in answer["data"]}
        return f"Stripe.ApiList<{kinds.pop() if len(kinds) == 1 else 'never'}>"
    return TYPES[answer["object"]]


def _without_price(body: dict[str, Any]) -> dict[str, Any]:
    hidden = ("plan", "quantity") if body.get("object") == "subscription" else ()
    return {name: value for name, value in body.items() if name not in hidden}


def _declaration(number: int, answer: Mapping[str, Any]) -> str:
    shown = json.loads(json.dumps(answer), object_hook=_without_price)
    events = [one for one in shown.get("data", []) if "data" in one] if shown["object"] == "list" else [shown]
    before = [
        f"export const before{number}_{place}: Before<{TYPES[one['data']['object']['object']]}> = "
        f"{json.dumps(one['data'].pop('previous_attributes'))};"
        for place, one in enumerate(events)
        if one["object"] == "event" and "previous_attributes" in one["data"]
    ]
    written = " ".join([f"export const answer{number}: {type_of(answer)} = {json.dumps(shown)};", *before])
    return _TOTAL.sub("", _DECIMAL.sub(r"\1decimal", written))
