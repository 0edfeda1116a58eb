"""External accounts of connected accounts: what is taken as one, and how they change with their account. Pure."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from paysandbox.core.currency import is_known
from paysandbox.core.errors import Code, Refused
from paysandbox.customers.test_bank_accounts import PAID, TEST_BANK_ACCOUNTS
from paysandbox.http.reading import parameter_name
from paysandbox.stripe_api.connect.connected_account import EXTERNAL_ACCOUNTS
from paysandbox.stripe_api.connect.external_account import (
    BANK,
    MOST,
    TOKENS,
    Sent,
    entries_of,
    entry_of,
    in_place_of_default,
    is_needed,
    made_default,
    with_entry,
)
from paysandbox.stripe_api.errors import StripeRefused, no_such, unsupported_currency
from paysandbox.stripe_api.objects.stored_object import Attributes
from paysandbox.stripe_api.requests import (
    MAX_METADATA_KEYS,
    BankAccountSent,
    CreateExternalAccount,
    UpdateExternalAccount,
)

EXTERNAL_ACCOUNT: Final = "external_account"
_NUMBER: Final = f"{EXTERNAL_ACCOUNT}[account_number]"


def sent_account(sent: str | BankAccountSent) -> Sent:
    """Return the bank account that a parameter describes.

    Raises Refused: resource_not_found for a token that is not Stripe's, live_bank_account_in_sandbox for a number that
    is not published, parameter_invalid for a currency that is none.
    """
    if isinstance(sent, str):
        if sent not in TOKENS:
            raise no_such("token", sent, EXTERNAL_ACCOUNT)
        return Sent(routing_number=BANK, account_number=TOKENS[sent], currency="usd")
    currency = (sent.currency or "usd").lower()
    if not is_known(currency.upper()):
        raise Refused(
            Code.PARAMETER_INVALID, unsupported_currency(parameter_name(currency)), f"{EXTERNAL_ACCOUNT}[currency]"
        )
    if not any(each.number == sent.account_number and each.is_of(sent.routing_number) for each in TEST_BANK_ACCOUNTS):
        raise StripeRefused(
            Code.LIVE_BANK_ACCOUNT_IN_SANDBOX,
            f"The number is not that of a published test account of this bank. Use {PAID} with routing number {BANK}.",
            _NUMBER,
        )
    return Sent(
        routing_number=sent.routing_number,
        account_number=sent.account_number,
        currency=currency,
        country=sent.country,
        account_holder_name=sent.account_holder_name,
        account_holder_type=sent.account_holder_type,
    )


def with_external_account(account: Attributes, sent: str | BankAccountSent, operation_id: str) -> Attributes:
    """Return an account with an external account in the place of the default of its currency."""
    new = entry_of(sent_account(sent), operation_id)
    return {**account, EXTERNAL_ACCOUNTS: in_place_of_default(entries_of(account), new)}


def added(account: Attributes, body: CreateExternalAccount, operation_id: str) -> Attributes:
    """Return an account with another external account, as its latest. Raises Refused as `sent_account` does."""
    entries = entries_of(account)
    if len(entries) >= MOST:
        raise Refused(Code.REQUEST_INVALID, f"This account already has {MOST} external accounts, the maximum.")
    new = entry_of(sent_account(body.external_account), operation_id)
    if body.metadata:
        new = {**new, "metadata": body.metadata}
    changed = with_entry(entries, new, default=bool(body.default_for_currency))
    return {**account, EXTERNAL_ACCOUNTS: changed}


def updated(account: Attributes, name: str, body: UpdateExternalAccount) -> Attributes:
    """Return an account in which an external account is as an update leaves it."""

    def change(entry: Attributes) -> Attributes:
        sent = {field: getattr(body, field) or None for field in body.model_fields_set & {*_TEXTS}}
        if body.metadata is not None:
            sent["metadata"] = _merged(entry.get("metadata") or {}, body.metadata)
        return {**entry, **sent}

    entries = _replaced(entries_of(account), name, change)
    return {**account, EXTERNAL_ACCOUNTS: made_default(entries, name) if body.default_for_currency else entries}


def removed(account: Attributes, name: str) -> Attributes:
    """Return an account without an external account. Refuses (request_invalid) to remove one that it needs."""
    entries = entries_of(account)
    (entry,) = [each for each in entries if each["id"] == name]
    if is_needed(entries, entry, account.get("default_currency")):
        raise Refused(
            Code.REQUEST_INVALID,
            "You cannot delete the default external account for your default currency. Please make another external "
            "account the default using the `default_for_currency` param, and then delete this one.",
        )
    return {**account, EXTERNAL_ACCOUNTS: [each for each in entries if each["id"] != name]}


_TEXTS: Final = ("account_holder_name", "account_holder_type", "account_type")


def _replaced(entries: Sequence[Attributes], name: str, change: Callable[[Attributes], Attributes]) -> list[Attributes]:
    return [change(each) if each["id"] == name else each for each in entries]


def _merged(before: Attributes, sent: Any) -> Attributes:
    left = {name: value for name, value in {**before, **sent}.items() if value} if sent else {}
    if len(left) > MAX_METADATA_KEYS:
        raise Refused(Code.PARAMETER_INVALID, f"Metadata can have at most {MAX_METADATA_KEYS} entries.", "metadata")
    return left
