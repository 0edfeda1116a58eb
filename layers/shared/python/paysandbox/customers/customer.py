"""A customer: who a merchant pays out to. Pure."""

import re
from datetime import datetime
from typing import Final

from paysandbox.core.record import record
from paysandbox.customers.bank_account import BankAccount

CUSTOMER_ID_PATTERN: Final = "[A-Za-z0-9._@-]{1,64}"
"""The form of a customer ID, which the merchant chooses."""

STRIPE_ACCOUNT_PATTERN: Final = "acct_[A-Za-z0-9]{1,64}"
"""The form of the ID of a connected account at Stripe, or at this sandbox."""

_CUSTOMER_ID: Final = re.compile(CUSTOMER_ID_PATTERN)


@record(kw_only=True)
class Customer:
    """A merchant's customer. Name, bank account and connected account (`stripe_account`) may be set beside the
    e-mail address; None: not set.

    `version` counts its changes from 1.
    """

    merchant: str
    id: str
    email: str
    created_at: datetime
    updated_at: datetime
    name: str | None = None
    bank_account: BankAccount | None = None
    stripe_account: str | None = None
    version: int = 1


def is_customer_id(text: str) -> bool:
    """Whether `text` has the form of a customer ID."""
    return _CUSTOMER_ID.fullmatch(text) is not None
