"""The payment methods of disbursements, each of which has a rail that pays. Pure.

A rail joins with its line in `AVAILABLE` and its line in `rails.RAILS`. Fees and the default by environment follow.

Source of the codes of banks: Nacha, "ACH Return Codes" (which are of debits only, and within how many banking days each
comes), and "Notification of Change" codes.
"""

from collections.abc import Collection, Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Final

from paysandbox.core.errors import Code, Refused
from paysandbox.customers.bank_account import BankAccount


class Method(StrEnum):
    """How a disbursement is paid, as its `payment_method` says."""

    PAYPAL = "paypal"
    ACH = "ach"
    STRIPE = "stripe"


AVAILABLE: Final = (Method.PAYPAL, Method.ACH, Method.STRIPE)
"""The methods that pay."""

ACH_CURRENCY: Final = "USD"
"""The only currency of ACH."""

RETURN_CODES: Final[Mapping[str, int]] = dict.fromkeys(
    ("R02", "R03", "R04", "R12", "R13", "R14", "R15", "R16", "R17", "R20", "R22", "R24"), 2
) | {"R23": 4}
"""The codes with which a credit may be returned, and within how many banking days after its settlement."""

CHANGE_CODES: Final = ("C01", "C02", "C03", "C04", "C05", "C06", "C07")
"""The codes of notifications of change that are possible for a PPD credit."""

WATCHED_FOR: Final[Mapping[str, timedelta]] = {Method.STRIPE: timedelta(days=10)}
"""How long after it was paid the provider of a method may still return a disbursement, and has to be asked whether it
did. A payout of Stripe's can fail within five business days ("Receiving payouts", payout failures)."""

RETURN_CODES_OF: Final[Mapping[str, Collection[str]]] = {Method.ACH: RETURN_CODES}
"""The only reasons for which the provider of a method returns what it has paid. Those of others may be any."""


def chosen_method(requested: str | None, default: str, currency: str) -> Method:
    """Return the method that a request names, or that of the environment if it names none.

    Raises Refused(currency_unsupported) for one that does not pay this currency (ISO 4217, upper case).
    """
    method = Method(default if requested is None else requested)
    if method is Method.ACH and currency != ACH_CURRENCY:
        raise Refused(Code.CURRENCY_UNSUPPORTED, f"ach pays {ACH_CURRENCY} only.", "currency")
    return method


def account_to_pay(method: Method, account: BankAccount | None) -> BankAccount | None:
    """Return the bank account that a disbursement by a method pays to a customer with this one, or with none."""
    return account if method is Method.ACH else None


def stripe_account_to_pay(method: Method, account: str | None) -> str | None:
    """Return the connected account that a disbursement by a method pays to a customer with this one, or with none."""
    return account if method is Method.STRIPE else None


def check_account(method: str, bank_account: BankAccount | None, stripe_account: str | None) -> None:
    """Raise Refused if there is no account of the kind that a method pays to: bank_account_missing,
    stripe_account_missing."""
    if method == Method.ACH and bank_account is None:
        raise Refused(
            Code.BANK_ACCOUNT_MISSING, "ach pays to the customer's bank account, and there is none.", "customer_id"
        )
    if method == Method.STRIPE and stripe_account is None:
        raise Refused(
            Code.STRIPE_ACCOUNT_MISSING,
            "stripe pays to the customer's stripe_account, and there is none.",
            "customer_id",
        )
