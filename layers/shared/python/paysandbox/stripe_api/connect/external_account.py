"""A connected account's external accounts: the bank accounts that it is paid out to. Pure.

Source: Stripe, "External Bank Accounts" (API reference) and "Testing Stripe Connect" (the numbers and tokens), and
`BankAccounts.d.ts` of stripe-node 23.1.0. They are stored in their account, the latest first. Only published test
accounts are taken, of which the last four digits are stored: these and the bank's number say which one it is.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from paysandbox.core.ids import derive
from paysandbox.core.record import record, replace
from paysandbox.customers.test_bank_accounts import PAID, ROUTING_NUMBERS, TEST_BANK_ACCOUNTS
from paysandbox.http.answer import Body
from paysandbox.stripe_api.connect.connected_account import EXTERNAL_ACCOUNTS, merchant_of
from paysandbox.stripe_api.objects.stored_object import Attributes, StoredObject

BANK_ACCOUNT: Final = "bank_account"
PREFIX: Final = "ba"
MOST: Final = 20
"""Of an account. Stripe's own limit is unpublished."""

BANK: Final = next(iter(ROUTING_NUMBERS))
"""The routing number of the bank whose accounts the tokens stand for."""

TOKENS: Final[Mapping[str, str]] = {
    "btok_us_verified": PAID,
    "btok_us_verified_noAccount": "000111111116",
    "btok_us_verified_accountClosed": "000111111113",
    "btok_us_verified_insufficientFunds": "000222222227",
    "btok_us_verified_debitNotAuthorized": "000333333335",
    "btok_us_verified_invalidCurrency": "000444444440",
}
"""Stripe's published tokens of bank accounts, and the number of each."""

_NOT_INSTANT: Final = "000888888883"
_LAST: Final = 4
_FINGERPRINT_LENGTH: Final = 16
_DEFAULT: Final = "default_for_currency"
_EMPTY: Final[Mapping[str, Any]] = {
    "currently_due": [],
    "errors": [],
    "past_due": [],
    "pending_verification": [],
}


@record(kw_only=True)
class Sent:
    """A bank account as it is sent. Its number is not stored."""

    routing_number: str
    account_number: str
    currency: str
    country: str = "US"
    account_holder_name: str | None = None
    account_holder_type: str | None = None


def entry_of(sent: Sent, operation_id: str) -> Attributes:
    """Return what is stored of a bank account that an operation adds."""
    return {
        "id": f"{PREFIX}_{derive('external account', operation_id)}",
        "routing_number": sent.routing_number,
        "last4": sent.account_number[-_LAST:],
        "country": sent.country,
        "currency": sent.currency,
        "account_holder_name": sent.account_holder_name,
        "account_holder_type": sent.account_holder_type,
    }


def entries_of(account: Attributes) -> list[Attributes]:
    """Return what is stored of the external accounts of an account, the latest first, by its attributes."""
    return list(account.get(EXTERNAL_ACCOUNTS, ()))


def with_entry(entries: Sequence[Attributes], new: Attributes, *, default: bool) -> list[Attributes]:
    """Return entries with a new one, which is the default of its currency if it is the first, or if it is to be."""
    first = all(each["currency"] != new["currency"] for each in entries)
    return (
        made_default([{**new, _DEFAULT: first}, *entries], new["id"])
        if default
        else [{**new, _DEFAULT: first}, *entries]
    )


def in_place_of_default(entries: Sequence[Attributes], new: Attributes) -> list[Attributes]:
    """Return entries with a new one in the place of the default of its currency."""
    others = [each for each in entries if not (each["currency"] == new["currency"] and each[_DEFAULT])]
    return with_entry(others, new, default=True)


def made_default(entries: Sequence[Attributes], name: str) -> list[Attributes]:
    """Return entries of which this one is the default of its currency."""
    currency = next(each["currency"] for each in entries if each["id"] == name)
    return [{**each, _DEFAULT: each["id"] == name} if each["currency"] == currency else each for each in entries]


def is_needed(entries: Sequence[Attributes], entry: Attributes, default_currency: str | None) -> bool:
    """Whether an entry cannot be deleted: a default, while its currency has others, or is the account's own."""
    others = [each for each in entries if each["currency"] == entry["currency"] and each["id"] != entry["id"]]
    return bool(entry[_DEFAULT]) and (bool(others) or entry["currency"] == default_currency)


def external_accounts_in(account: StoredObject) -> tuple[StoredObject, ...]:
    """Return the external accounts of an account as objects of its merchant, the latest first."""
    merchant = merchant_of(account)
    return tuple(
        replace(
            account,
            object=BANK_ACCOUNT,
            id=entry["id"],
            merchant=merchant,
            attributes={**entry, "account": account.id},
        )
        for entry in entries_of(account.attributes)
    )


def bank_account_fields(stored: StoredObject) -> Body:
    """Return what a stored external account shows."""
    entry = stored.attributes
    number = _number_of(entry)
    instant = ["instant"] if number != _NOT_INSTANT else []
    return {
        "account": entry["account"],
        "account_holder_name": entry.get("account_holder_name"),
        "account_holder_type": entry.get("account_holder_type"),
        "account_type": entry.get("account_type"),
        "available_payout_methods": ["standard", *instant],
        "bank_name": "STRIPE TEST BANK",
        "country": entry["country"],
        "currency": entry["currency"],
        _DEFAULT: entry[_DEFAULT],
        "fingerprint": derive("bank account", entry["routing_number"], number, length=_FINGERPRINT_LENGTH),
        "future_requirements": _EMPTY,
        "last4": entry["last4"],
        "metadata": entry.get("metadata") or {},
        "requirements": _EMPTY,
        "routing_number": entry["routing_number"],
        "status": "new",
    }


def published_number(stored: StoredObject) -> str:
    """Return the number of the published test account that a stored external account is."""
    return _number_of(stored.attributes)


def _number_of(entry: Attributes) -> str:
    return next(
        each.number
        for each in TEST_BANK_ACCOUNTS
        if each.number.endswith(entry["last4"]) and each.is_of(entry["routing_number"])
    )


def external_accounts_list(account_id: str, shown: list[Body], *, more: bool = False) -> Body:
    """Return an account's list of external accounts."""
    return {"object": "list", "data": shown, "has_more": more, "url": f"/v1/accounts/{account_id}/external_accounts"}
