"""The payment methods of disbursements: which are declared, and which have a rail that pays. Pure.

A rail joins with its line in `AVAILABLE` and its line in `rails.RAILS`. Fees and the default by environment follow.

Source of the codes of banks: Nacha, "ACH Return Codes" (which are of debits only, and within how many banking days each
comes), and "Notification of Change" codes.
"""

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Final

from paysandbox.core.errors import Code, Refused
from paysandbox.customers.bank_account import BankAccount


class Method(StrEnum):
    """How a disbursement is paid, as its `payment_method` says."""

    PAYPAL = "paypal"
    ACH = "ach"
    STRIPE = "stripe"


AVAILABLE: Final = (Method.PAYPAL, Method.ACH)
"""The methods that pay."""

ACH_CURRENCY: Final = "USD"
"""The only currency of ACH."""

RETURN_CODES: Final[Mapping[str, int]] = dict.fromkeys(
    ("R02", "R03", "R04", "R12", "R13", "R14", "R15", "R16", "R17", "R20", "R22", "R24"), 2
) | {"R23": 4}
"""The codes with which a credit may be returned, and within how many banking days after its settlement."""

CHANGE_CODES: Final = ("C01", "C02", "C03", "C04", "C05", "C06", "C07")
"""The codes of notifications of change that are possible for a PPD credit."""

RETURN_CODES_OF: Final[Mapping[str, Collection[str]]] = {Method.ACH: RETURN_CODES}
"""The only reasons for which the provider of a method returns what it has paid. Those of others may be any."""


def chosen_method(requested: str | None, default: str, currency: str) -> Method:
    """Return the method that a request names, or that of the environment if it names none.

    Raises Refused: payment_method_unavailable for one that is declared and has no rail, currency_unsupported for one
    that does not pay this currency (ISO 4217, upper case).
    """
    method = Method(default if requested is None else requested)
    if method not in AVAILABLE:
        raise Refused(
            Code.PAYMENT_METHOD_UNAVAILABLE,
            f"{method} is not available yet. Use {' or '.join(AVAILABLE)}.",
            "payment_method",
        )
    if method is Method.ACH and currency != ACH_CURRENCY:
        raise Refused(Code.CURRENCY_UNSUPPORTED, f"ach pays {ACH_CURRENCY} only.", "currency")
    return method


def account_to_pay(method: Method, account: BankAccount | None) -> BankAccount | None:
    """Return the bank account that a disbursement by a method pays to a customer with this one, or with none."""
    return account if method is Method.ACH else None


def check_account(method: str, account: BankAccount | None) -> None:
    """Raise Refused(bank_account_missing) if a method pays to bank accounts, and there is none."""
    if method == Method.ACH and account is None:
        raise Refused(
            Code.BANK_ACCOUNT_MISSING, "ach pays to the customer's bank account, and there is none.", "customer_id"
        )
