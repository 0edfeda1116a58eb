"""Builders of customers, fundings and disbursements, with a keyword per field.

given = disbursements.accepted()
sent = steps.stepped(given, Step.SEND, Source.WORKER, given.created_at)
"""

from dataclasses import replace
from typing import Any, Final

from paysandbox.core import ids
from paysandbox.customers.customer import Customer
from paysandbox.disbursements.disbursement import Change, Disbursement, Source, Status
from paysandbox.disbursements.steps import due_at
from paysandbox.funds.funding import Funding
from tests.support.builders import build

CUSTOMER_ID: Final = "unixuser1"
EMAIL: Final = "jane@example.com"
ACCOUNT_NUMBER: Final = "000123456789"
BANK_ACCOUNT: Final = {
    "routing_number": "110000000",
    "account_number": ACCOUNT_NUMBER,
    "account_type": "checking",
    "account_holder_name": "Jane Doe",
}
"""Of a request."""
BANK_ACCOUNT_SHOWN: Final = {
    "routing_number": "110000000",
    "last4": "6789",
    "account_type": "checking",
    "account_holder_name": "Jane Doe",
}
"""The same of an answer."""


def customer(**parts: Any) -> Customer:
    """Build the merchant's customer, created on Monday."""
    made = Customer(
        merchant=build.MERCHANT,
        id=CUSTOMER_ID,
        email=EMAIL,
        created_at=build.MONDAY,
        updated_at=build.MONDAY,
    )
    return replace(made, **parts)


def funding(number: int = 1, **parts: Any) -> Funding:
    """Build a funding of 100 dollars on Monday."""
    made = Funding(
        id=ids.effect_id(ids.FUNDING, "test", str(number)),
        merchant=build.MERCHANT,
        amount=100_00,
        currency="USD",
        at=build.MONDAY,
    )
    return replace(made, **parts)


def accepted(number: int = 1, **parts: Any) -> Disbursement:
    """Build a pending disbursement of 12.50 dollars, accepted on Monday."""
    at = parts.pop("created_at", build.MONDAY)
    made = Disbursement(
        merchant=build.MERCHANT,
        customer_id=CUSTOMER_ID,
        id=ids.disbursement_id(at, f"test-{number}"),
        email=EMAIL,
        amount=12_50,
        currency="USD",
        method="paypal",
        created_at=at,
        trail=(Change(status=Status.PENDING, at=at, source=Source.API, request_id="req-1"),),
    )
    return replace(replace(made, **parts), due_at=due_at(made, at))
