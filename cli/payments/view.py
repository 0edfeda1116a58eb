"""Payments and operations, formatted for a terminal. Amounts are decimal with their currency."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from cli.connection.api import Answer
from cli.terminal.amount import show
from cli.terminal.columns import columns
from cli.terminal.console import Text
from cli.terminal.refusal import line

Body = Mapping[str, Any]

_OPENING: Final = "opening"
"""The type of the first operation on a payment that was made as an intent."""

_STYLES: Final = {
    "pending": "bold blue",
    "requires_action": "bold blue",
    "processing": "bold blue",
    "approved": "bold green",
    "completed": "bold green",
    "captured": "bold green",
    "partially_captured": "bold cyan",
    "refunded": "bold magenta",
    "partially_refunded": "bold magenta",
    "voided": "bold yellow",
    "expired": "bold yellow",
    "declined": "bold red",
}


def authorized(answer: Answer) -> Text:
    """The result of an authorization."""
    body = answer.body
    facts = [line("payment", body["auth_id"])]
    if "amount_requested" in body:
        facts.append(line("requested", _money(body, body["amount_requested"])))
    if body["status"] == "declined":
        facts.append(line("reason", f"{body['decline_code']} ({body['advice_code']})"))
    elif body.get("captures"):
        facts += [line("captured", f"{_money(body, capture['amount'])}  {capture['transaction_id']}")
                  for capture in body["captures"]]  # fmt: skip
    elif body["status"] == "approved":
        facts.append(line("remaining", f"{_money(body)}, expires {_minute(body['expires_at'])}"))
    facts += _authentication(body)
    return _block(_headline(body, _money(body), _card(body)), [*facts, *_reference(body), *_key(answer)])


def operated(answer: Answer, kind: str) -> Text:
    """The result of a capture, increment, void or refund."""
    body = answer.body
    facts = [line(kind, body["transaction_id"])]
    if "capture_id" in body:
        facts.append(line("capture", body["capture_id"]))
    facts.append(line("payment", body["auth_id"]))
    if "decline_code" in body:
        facts.append(line("reason", f"{body['decline_code']} ({body['advice_code']})"))
    left = {name: body[name] for name in ("authorized", "remaining", "released", "refundable") if name in body}
    facts += [line(name, _money(body, amount)) for name, amount in left.items() if amount or name != "released"]
    if "reason" in body:
        facts.append(line("reason", body["reason"]))
    return _block(_headline(body, f"{kind} of {_money(body)}"), [*facts, *_key(answer)])


def payment(body: Body) -> Text:
    """A payment with its totals and operations."""
    name = name_of(body)
    facts = [line("payment", name)]
    if name != body["auth_id"]:
        facts.append(line("natively", body["auth_id"]))
    if "amount_requested" in body:
        facts.append(line("requested", _money(body, body["amount_requested"])))
    if "decline_code" in body:
        facts.append(line("reason", f"{body['decline_code']} ({body['advice_code']})"))
    else:
        totals = {
            name: body.get(name, 0)
            for name in ("captured", "refunded", "refund_pending", "disputed", "released", "remaining")
        }
        facts += [
            line(name.replace("_", " "), _money(body, amount))
            for name, amount in totals.items()
            if amount or name == "remaining"
        ]
        if body["remaining"]:
            facts.append(line("expires", _minute(body["expires_at"])))
    if "dispute" in body:
        dispute = body["dispute"]
        facts.append(line("dispute", f"{dispute['status']}, {dispute['dispute_id']}"))
    facts += [*_authentication(body), *_reference(body)]
    rows = [
        (_second(step["created_at"]), _operation(step), _money(body, step["amount"]), step["transaction_id"])
        for step in body["operations"]
    ]
    table = columns(("  TIME", "OPERATION", "AMOUNT", "ID"), [(f"  {when}", *rest) for when, *rest in rows])
    return Text.lines([_block(_headline(body, _money(body), _card(body)), facts), Text(), table])


def name_of(body: Body) -> str:
    """Return the ID by which a payment is called: Stripe's, if it was made there, as an intent."""
    from paysandbox.stripe_api.ids import intent_id

    auth_id: str = body["auth_id"]
    return intent_id(auth_id) if body["operations"][0]["type"] == _OPENING else auth_id


def _operation(step: Body) -> str:
    """The type of an operation. Of an update of a refund, what became of the refund; of an increment, a decline."""
    if step["type"] == "increment" and "decline_code" in step:
        return "increment declined"
    return f"refund {step['refund_status']}" if step["type"] == "refund_update" else step["type"]


def page(body: Body) -> Text:
    """A page of the list, newest first."""
    rows = [
        (
            _second(each["created_at"]),
            _status(each["status"]),
            _money(each),
            _card(each),
            name_of(each),
            each.get("reference", ""),
        )
        for each in body["data"]
    ]
    return columns(("CREATED", "STATUS", "AMOUNT", "CARD", "PAYMENT", "REFERENCE"), rows, drop=("REFERENCE", "CARD"))


def _block(headline: Text, facts: list[str]) -> Text:
    return Text.lines([headline, *(Text(fact) for fact in facts)])


def _headline(body: Body, *rest: str) -> Text:
    return Text("  ").join([_status(body["status"]), *(Text(part) for part in rest)])


def _status(status: str) -> Text:
    return Text(status, style=_STYLES.get(status, "bold"))


def _money(body: Body, amount: int | None = None) -> str:
    return show(body["amount"] if amount is None else amount, body["currency"])


def _card(body: Body) -> str:
    """The card. A payment intent that was never confirmed has none."""
    return "no card yet" if "card" not in body else f"{body['card']['brand']} •••• {body['card']['last4']}"


def _authentication(body: Body) -> Iterator[str]:
    """The page on which the cardholder authenticates, or the result of 3-D Secure."""
    if "next_action" in body:
        yield line("page", body["next_action"]["redirect_to_url"]["url"])
    elif "three_d_secure" in body:
        authentication = body["three_d_secure"]
        liable = "the issuer is liable for fraud" if authentication["liability_shifted"] else "no liability shift"
        yield line("3-D Secure", f"result {authentication['result']}, {liable}")


def _reference(body: Body) -> Iterator[str]:
    for name in ("reference", "description"):
        if name in body:
            yield line(name, body[name])


def _key(answer: Answer) -> Iterator[str]:
    if answer.idempotency_key is not None:
        again = "  (replayed: the original response to this key)" if answer.replayed else ""
        yield line("idempotency key", answer.idempotency_key + again)


def _minute(at: str) -> str:
    return f"{at[:10]} {at[11:16]} UTC"


def _second(at: str) -> str:
    return f"{at[:10]} {at[11:19]}Z"
