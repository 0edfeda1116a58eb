"""Requests of the routes of customers, funds and disbursements, and the books of what they did.

merchant = Payer()
merchant.create_customer()
merchant.fund(100_00)
merchant.pay("1250").json["payment_id"]
assert books() == {"USD": (100_00, 87_50, 12_50)}
"""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from paysandbox.aws import runtime
from paysandbox.core.headers import OUTCOME_HEADER
from paysandbox.customers.routes import CREATE_CUSTOMER, GET_CUSTOMER, UPDATE_CUSTOMER
from paysandbox.disbursements import steps
from paysandbox.disbursements.disbursement import Disbursement, Source
from paysandbox.disbursements.routes import (
    CANCEL_DISBURSEMENT,
    CREATE_DISBURSEMENT,
    GET_DISBURSEMENT,
    LIST_DISBURSEMENTS,
)
from paysandbox.disbursements.steps import Step
from paysandbox.disbursements.store import disbursements_table, tables
from paysandbox.disbursements.store.items import disbursement_from
from paysandbox.funds.available_table import AVAILABLE, available_from, sums_of
from paysandbox.funds.funds_table import FUNDING
from paysandbox.funds.routes import FUND_MERCHANT, GET_FUNDS
from paysandbox.http.route import Route
from tests.support.builders import build
from tests.support.builders.disbursements import CUSTOMER_ID, EMAIL
from tests.support.clients.call import Reply, Values, send
from tests.support.worlds import table_snapshot
from tests.support.worlds.tables import DISBURSEMENT_TABLES

PAYING_OUT: Final = ("customers", "funds", "disbursements")
"""The groups of these routes, whose calls and crashes have tests of their own: tests/disbursements/handlers."""

FUNDS: Final = DISBURSEMENT_TABLES["MerchantFunds"]
DISBURSEMENTS: Final = DISBURSEMENT_TABLES["Disbursements"]


def payment_body(amount: str = "1250", **more: Any) -> str:
    """Build POST /v1/api/payment as text. `amount` is JSON, in minor units.

    `more`: customer_id, email, currency, payment_method, unknown. A field given as ABSENT is omitted.
    """
    fields = {"customer_id": CUSTOMER_ID, "email": EMAIL, "currency": "USD"} | more
    texts = {name: json.dumps(value) for name, value in fields.items() if value is not build.ABSENT}
    return "{" + ", ".join(f'"{name}": {text}' for name, text in [("amount", amount), *texts.items()]) + "}"


@dataclass(frozen=True)
class Payer:
    """A merchant's client. It sends no idempotency keys of its own. `parts` are keywords of every event.

    With `now`, the handlers alone run, at exactly that time, without writing a log line.
    """

    name: str = build.MERCHANT
    now: datetime | None = None
    parts: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def create_customer(self, customer_id: Any = CUSTOMER_ID, email: Any = EMAIL, **more: Any) -> Reply:
        """Create a customer."""
        return self._send(CREATE_CUSTOMER, body={"customer_id": customer_id, "email": email} | more)

    def customer(self, customer_id: str = CUSTOMER_ID) -> Reply:
        """Get a customer."""
        return self._send(GET_CUSTOMER, path={"customer_id": customer_id})

    def update_customer(self, customer_id: str = CUSTOMER_ID, **body: Any) -> Reply:
        """Change a customer."""
        return self._send(UPDATE_CUSTOMER, path={"customer_id": customer_id}, body=body)

    def fund(self, amount: Any, currency: Any = "USD", key: Values = None) -> Reply:
        """Add money to the funds, in minor units."""
        return self._send(FUND_MERCHANT, body={"amount": amount, "currency": currency}, key=key)

    def read_funds(self) -> Reply:
        """Get the funds."""
        return self._send(GET_FUNDS)

    def funds(self) -> dict[str, int]:
        """Get the balances in minor units, by currency."""
        return {one["currency"]: one["balance"] for one in self.read_funds().json["data"]}

    def pay(
        self, amount: str = "1250", *, key: Values = None, wait: Values = None, outcome: Values = None, **body: Any
    ) -> Reply:
        """Pay a customer. `amount` is JSON."""
        headers = {"Prefer": wait, OUTCOME_HEADER: outcome}
        return self._send(CREATE_DISBURSEMENT, body=payment_body(amount, **body), key=key, headers=headers)

    def payment(self, payment_id: str, customer_id: str = CUSTOMER_ID) -> Reply:
        """Get a disbursement."""
        return self._send(GET_DISBURSEMENT, path={"customer_id": customer_id, "payment_id": payment_id})

    def cancel(self, payment_id: str, customer_id: str = CUSTOMER_ID) -> Reply:
        """Cancel a disbursement."""
        return self._send(CANCEL_DISBURSEMENT, path={"customer_id": customer_id, "payment_id": payment_id})

    def payments(self, customer_id: str = CUSTOMER_ID, **query: Values) -> Reply:
        """List a customer's disbursements."""
        return self._send(LIST_DISBURSEMENTS, path={"customer_id": customer_id}, query=query)

    def ready(self, amount: int = 100_00) -> "Payer":
        """Create the customer, fund an amount, and return this client."""
        assert self.create_customer().status == 200
        assert self.fund(amount).status == 200
        return self

    def accepted(self, amount: str = "1250") -> str:
        """Pay out, and return the disbursement's ID."""
        reply = self.pay(amount)
        assert reply.status == 202, reply.text
        return reply.json["payment_id"]

    def _send(self, route: Route, **parts: Any) -> Reply:
        return send(route, now=self.now, **{"api_key": build.api_key(self.name), "key": None, **self.parts} | parts)


def step(
    payment_id: str,
    *to_take: Step,
    merchant: str = build.MERCHANT,
    customer_id: str = CUSTOMER_ID,
    source: Callable[[Step], Source] = lambda step: Source.WORKER if step is Step.SEND else Source.PROVIDER,
) -> Disbursement:
    """Take steps of a disbursement in the table, as the worker does by itself and after the provider's updates."""
    table = tables.disbursements()
    current = disbursements_table.find(table, merchant, customer_id, payment_id)
    assert current is not None
    for one in to_take:
        current = disbursements_table.change(
            table, current, lambda before, one=one: steps.stepped(before, one, source(one), runtime.now())
        )
    return current


def stored() -> list[Disbursement]:
    """Return all disbursements, oldest first."""
    found = [disbursement_from(item) for item in table_snapshot.items_of(DISBURSEMENTS)]
    return sorted(found, key=lambda one: one.id)


def books(merchant: str = build.MERCHANT) -> dict[str, tuple[int, int, int]]:
    """Return the merchant's fundings, what is available and what disbursements hold, in minor units by currency.

    Fails unless what is available is the rest, and not negative.
    """
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for item in table_snapshot.items_of(FUNDS):
        entry = item["entry"]["S"]
        if item["merchant"]["S"] == sums_of(merchant) and entry == AVAILABLE:
            for currency, available in available_from(item).of.items():
                sums[currency][1] += available.amount
        if item["merchant"]["S"] == merchant and entry.startswith(FUNDING):
            sums[item["currency"]["S"]][0] += int(item["amount"]["N"])
    for one in stored():
        if one.merchant == merchant:
            sums[one.currency][2] += steps.held_amount(one)
    for currency, (funded, balance, held) in sums.items():
        assert funded == balance + held, (currency, funded, balance, held)
        assert balance >= 0, (currency, balance)
    return {currency: (funded, balance, held) for currency, (funded, balance, held) in sums.items()}
