"""Conversion between our IDs and those of Stripe's objects, in both directions and without a lookup.

    auth_<body>        pi_<body>, and for a payment that is not an intent also ch_<body>
    att_<body><own>    ch_<body><own>
    ref_<body><own>    re_<body><own>
    cap_<body><own>    re_<body><own>c    the refund that Stripe shows for what a final capture released
    void_<body><own>   re_<body><own>v    the same of a void
    exp_<body><own>    re_<body><own>e    the same of an expiry
    rvl_<body><own>    re_<body><own>r    the same of a reversal by the card's bank
    cpf_<body><own>    re_<body><own>f    the same of a capture that failed after the hold had ended
    efw_<body><own>    issfr_<body><own>
    du_<body><own>     du_<body><own>
    cap_<body><own>    txn_<body><own>    also of ref_…, rfu_…, cpf_… and adj_…: of what moved the merchant's balance
    tr_<body>          txn_<body>t            and one more letter for each of what moved funds (`_OF_FUNDS`)
    stl_<body>         po_<body>
    payout of a batch  txn_<batch><currency>
    evt_<body>         evt_<body><one letter for each of Stripe's types>
    seti_<body>        setatt_<body><own>     each attempt to set a card up, which is stored with its setup intent
    tr_<body>          trr_<body><own>        each reversal of a transfer, which is stored with it
    fee_<body>         fr_<body><own>         each refund of an application fee, likewise
    tr_<body>          py_<body>              the payment that its account gets for a transfer
    trr_<body><own>    pyr_<body><own>        the refund of that payment, likewise
    cap_<body><own>    tr_<body>, fee_<body>  derived, and not converted back

A payment method that was created by itself is `pm_<body>`. The card of a payment is `pm_<body><own>`, where `own` is
the suffix of the operation that named it, or `NO_OWN` for the payment's first card. Text that does not parse is None.
A merchant's account is `acct_<16 characters>`, derived from its name and never converted back. Only that of a connected
account is converted in both directions: its merchant is `connected-<the same 16 characters>`.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from paysandbox.core import ids
from paysandbox.core.merchant import CONNECTED, is_connected

ACCOUNT: Final = "acct"
APPLICATION: Final = "ca"
INTENT: Final = "pi"
CHARGE: Final = "ch"
REFUND: Final = "re"
FRAUD_WARNING: Final = "issfr"
BALANCE_TRANSACTION: Final = "txn"
PAYOUT: Final = "po"
SETUP_INTENT: Final = "seti"
SETUP_ATTEMPT: Final = "setatt"
TRANSFER: Final = "tr"
TRANSFER_REVERSAL: Final = "trr"
APPLICATION_FEE: Final = "fee"
FEE_REFUND: Final = "fr"
TRANSFER_PAYMENT: Final = "py"
TRANSFER_PAYMENT_REFUND: Final = "pyr"
SOURCE: Final = "card"
"""Of payment methods that are also sources of their customer: cards that were saved by a token."""
SOURCE_OBJECT: Final = "src"
"""Of payment methods that were created as sources, and can be sources of a customer."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

NO_OWN: Final = "a" * ids.SUFFIX_LENGTH
"""Replaces the suffix of the payment's first operation, which has none."""

_ACCOUNT_LENGTH: Final = 16  # as Stripe's have
_APPLICATION_LENGTH: Final = 16
_SOURCES: Final[Mapping[str, str]] = {
    CHARGE: "charge",
    REFUND: "refund",
    ids.DISPUTE: "dispute",
    TRANSFER: "transfer",
    TRANSFER_REVERSAL: "transfer_reversal",
    APPLICATION_FEE: "application_fee",
    FEE_REFUND: "fee_refund",
    TRANSFER_PAYMENT: "charge",
    TRANSFER_PAYMENT_REFUND: "refund",
    PAYOUT: "payout",
}
"""What moves a merchant's balance, by the prefix of its ID."""
_RELEASES: Final[Mapping[str, str]] = {
    ids.CAPTURE: "c",
    ids.VOID: "v",
    ids.EXPIRY: "e",
    ids.REVERSAL: "r",
    ids.CAPTURE_FAILURE: "f",
}
"""The letter at the end of a release's refund, by the kind of operation that released."""

_OF_FUNDS: Final[Mapping[str, tuple[str, str]]] = {
    "t": ("transfer", TRANSFER),
    "p": ("transfer", TRANSFER),
    "r": ("transfer_reversal", TRANSFER_REVERSAL),
    "q": ("transfer_reversal", TRANSFER_REVERSAL),
    "o": ("payout", PAYOUT),
    "f": ("payout_return", PAYOUT),
    "c": ("payout_canceled", PAYOUT),
    "u": ("funding", ids.FUNDING),
    "e": ("opening", ids.OPENING),
    "d": ("disbursement", ""),
    "b": ("disbursement_return", ""),
}
"""The letter at the end of a balance transaction of what moved funds: the kind of its entry in the journal, and the
prefix of the ID of what moved them. The second of two letters is that of the merchant that gets a transfer, or gives
one back."""
_OF_DISBURSEMENTS: Final = frozenset({"disbursement", "disbursement_return"})
_RECEIVES: Final[Mapping[str, str]] = {"t": "p", "r": "q"}
_BODY: Final = f"[a-z2-7]{{{ids.BODY_LENGTH}}}"
_OWN: Final = f"[a-z2-7]{{{ids.SUFFIX_LENGTH}}}"
_ACCOUNT: Final = re.compile(rf"{ACCOUNT}_([a-z2-7]{{{_ACCOUNT_LENGTH}}})")
_APPLICATION: Final = re.compile(rf"{APPLICATION}_([a-z2-7]{{{_APPLICATION_LENGTH}}})([a-z2-7]+)")
_INTENT: Final = re.compile(rf"{INTENT}_({_BODY})")
_CHARGE: Final = re.compile(rf"{CHARGE}_({_BODY})({_OWN})?")
_REFUND: Final = re.compile(rf"{REFUND}_({_BODY})({_OWN})([{''.join(_RELEASES.values())}])?")
_FRAUD_WARNING: Final = re.compile(rf"{FRAUD_WARNING}_({_BODY}{_OWN})")
_BALANCE_TRANSACTION: Final = re.compile(rf"{BALANCE_TRANSACTION}_({_BODY}){_OWN}")
_PAYOUT: Final = re.compile(rf"{PAYOUT}_({_BODY})")
_PAYOUT_TRANSACTION: Final = re.compile(rf"{BALANCE_TRANSACTION}_(\d{{4}})(\d\d)(\d\d)(?:n(\d+))?([a-z]{{3}})")
_FUNDS_TRANSACTION: Final = re.compile(rf"{BALANCE_TRANSACTION}_([a-z2-7]{{20,36}})([a-z])")
_DISBURSEMENT_TRANSACTION: Final = re.compile(
    rf"{BALANCE_TRANSACTION}_(\d{{8}})(\d{{6}})(\d{{6}})({_OWN})([db])(\d{{1,17}})"
)
_METHOD: Final = re.compile(rf"{ids.METHOD}_({_BODY})({_OWN})")
_SETUP_ATTEMPT: Final = re.compile(rf"{SETUP_ATTEMPT}_({_BODY}){_OWN}")
_TRANSFER_REVERSAL: Final = re.compile(rf"{TRANSFER_REVERSAL}_({_BODY}){_OWN}")
_FEE_REFUND: Final = re.compile(rf"{FEE_REFUND}_({_BODY}){_OWN}")
_TRANSFER_PAYMENT: Final = re.compile(rf"{TRANSFER_PAYMENT}_({_BODY})")
_TRANSFER_PAYMENT_REFUND: Final = re.compile(rf"{TRANSFER_PAYMENT_REFUND}_({_BODY}{_OWN})")
_EVENT: Final = re.compile(rf"({ids.EVENT}_{_BODY})[a-z]")
REQUEST_PREFIX: Final = "req_"
_NOT_OF_ID: Final = re.compile(r"[^A-Za-z0-9]")


def account_id(merchant: str) -> str:
    """Return the account of a merchant. A merchant's name may have characters that Stripe's IDs never have."""
    if is_connected(merchant):
        return f"{ACCOUNT}_{merchant.removeprefix(CONNECTED)}"
    return f"{ACCOUNT}_{ids.derive('account', merchant, length=_ACCOUNT_LENGTH)}"


def new_account_id(operation_id: str) -> str:
    """Derive the connected account that an operation creates."""
    return f"{ACCOUNT}_{ids.derive('connected account', operation_id, length=_ACCOUNT_LENGTH)}"


def merchant_of_account(account: str) -> str | None:
    """Return the merchant of a connected account (`acct_…` to `connected-…`).

    Whether the account exists, and whose it is, says its object alone.
    """
    match = _ACCOUNT.fullmatch(account)
    return f"{CONNECTED}{match[1]}" if match else None


def application_id(merchant: str) -> str:
    """Return the Connect application of a platform: what is derived from its name, and a check of that."""
    own = ids.derive("application", merchant, length=_APPLICATION_LENGTH)
    return f"{APPLICATION}_{own}{_application_check(own)}"


def is_application(text: str) -> bool:
    """Whether a sandbox derives this ID for a platform. Whose it is cannot be told from it."""
    match = _APPLICATION.fullmatch(text)
    return match is not None and match[2] == _application_check(match[1])


def _application_check(own: str) -> str:
    return ids.derive("application check", own, length=ids.BODY_LENGTH - _APPLICATION_LENGTH)


def intent_id(payment_id: str) -> str:
    """Return the intent of a payment (`auth_…` to `pi_…`)."""
    return f"{INTENT}_{_rest(payment_id)}"


def payment_of_intent(text: str) -> str | None:
    """Return the payment of an intent (`pi_…` to `auth_…`)."""
    match = _INTENT.fullmatch(text)
    return f"{ids.AUTHORIZATION}_{match[1]}" if match else None


def charge_id(attempt_id: str) -> str:
    """Return the charge of an attempt (`auth_…` or `att_…` to `ch_…`)."""
    return f"{CHARGE}_{_rest(attempt_id)}"


def attempt_of_charge(text: str) -> str | None:
    """Return the attempt of a charge (`ch_…` to `auth_…` or `att_…`)."""
    match = _CHARGE.fullmatch(text)
    if match is None:
        return None
    return f"{ids.ATTEMPT}_{match[1]}{match[2]}" if match[2] else f"{ids.AUTHORIZATION}_{match[1]}"


def payment_of_charge(text: str) -> str | None:
    """Return the payment of a charge (`ch_…` to `auth_…`)."""
    match = _CHARGE.fullmatch(text)
    return f"{ids.AUTHORIZATION}_{match[1]}" if match else None


def refund_id(operation_id: str) -> str:
    """Return the refund of an operation: `ref_…`, or one that released (`cap_…`, `void_…`, `exp_…`), to `re_…`."""
    return f"{REFUND}_{_rest(operation_id)}{_RELEASES.get(operation_id.partition('_')[0], '')}"


def operation_of_refund(text: str) -> str | None:
    """Return the operation of a refund: `re_…` to `ref_…`, or to the operation that released."""
    match = _REFUND.fullmatch(text)
    if match is None:
        return None
    kind = next((kind for kind, letter in _RELEASES.items() if letter == match[3]), ids.REFUND)
    return f"{kind}_{match[1]}{match[2]}"


def fraud_warning_id(operation_id: str) -> str:
    """Return the early fraud warning of an operation (`efw_…` to `issfr_…`)."""
    return f"{FRAUD_WARNING}_{_rest(operation_id)}"


def operation_of_fraud_warning(text: str) -> str | None:
    """Return the operation of an early fraud warning (`issfr_…` to `efw_…`)."""
    match = _FRAUD_WARNING.fullmatch(text)
    return f"{ids.FRAUD_WARNING}_{match[1]}" if match else None


def balance_transaction_id(moved_by: str) -> str:
    """Return the balance transaction of an operation, or of a dispute's settlement line (`adj_…` to `txn_…`)."""
    return f"{BALANCE_TRANSACTION}_{_rest(moved_by)}"


def payment_of_balance_transaction(text: str) -> str | None:
    """Return the payment of a balance transaction (`txn_…` to `auth_…`)."""
    match = _BALANCE_TRANSACTION.fullmatch(text)
    return f"{ids.AUTHORIZATION}_{match[1]}" if match else None


def funds_transaction_id(kind: str, of: str, amount: int, at: datetime) -> str:
    """Return the balance transaction of what moved funds at a time (`transfer`, `tr_…` to `txn_…t`).

    `amount` is what the merchant's funds changed by. Of a transfer and its reversals, two merchants have one each.
    That of a disbursement ends with the microsecond, by which its entry is found.
    """
    letter = next(letter for letter, (name, _) in _OF_FUNDS.items() if name == kind)
    if letter in _RECEIVES and (amount > 0) is (letter == "t"):
        letter = _RECEIVES[letter]
    if kind in _OF_DISBURSEMENTS:
        digits = _NOT_OF_ID.sub("", of).replace("T", "").replace("Z", "")
        return f"{BALANCE_TRANSACTION}_{digits}{letter}{(at - _EPOCH) // timedelta(microseconds=1)}"
    return f"{BALANCE_TRANSACTION}_{_rest(of)}{letter}"


def time_of_disbursement_transaction(text: str) -> datetime | None:
    """Return when a disbursement moved funds, by its balance transaction, or None for any other."""
    match = _DISBURSEMENT_TRANSACTION.fullmatch(text)
    return _EPOCH + timedelta(microseconds=int(match[6])) if match else None


def changer_of_transaction(text: str) -> tuple[str, str] | None:
    """Return the kind and the ID of what moved funds, by its balance transaction, or None for any other."""
    if match := _DISBURSEMENT_TRANSACTION.fullmatch(text):
        day, time, microseconds, own, letter, _ = match.groups()
        return _OF_FUNDS[letter][0], f"{day}T{time}.{microseconds}Z-{own}"
    match = _FUNDS_TRANSACTION.fullmatch(text)
    if match is None or match[2] not in _OF_FUNDS or payment_of_balance_transaction(text) is not None:
        return None
    kind, prefix = _OF_FUNDS[match[2]]
    return (kind, f"{prefix}_{match[1]}") if prefix else None


def kind_of_source(text: str) -> str | None:
    """Return the kind of object that a balance transaction is of (`charge`), by its ID, or None for any other ID."""
    return _SOURCES.get(text.partition("_")[0])


def stripe_payout_id(payout_id: str) -> str:
    """Return a payout of a batch (`stl_…` to `po_…`)."""
    return f"{PAYOUT}_{_rest(payout_id)}"


def payout_of_stripe_payout(text: str) -> str | None:
    """Return the payout of a batch (`po_…` to `stl_…`)."""
    match = _PAYOUT.fullmatch(text)
    return f"{ids.PAYOUT}_{match[1]}" if match else None


def payout_transaction_id(batch: str, currency: str) -> str:
    """Return the balance transaction of a batch's payout in a currency (`2026-11-20.2` to `txn_20261120n2usd`)."""
    return f"{BALANCE_TRANSACTION}_{batch.replace('-', '').replace('.', 'n')}{currency.lower()}"


def payout_of_transaction(text: str) -> tuple[str, str] | None:
    """Return the batch and the currency (upper case) of a payout's balance transaction."""
    match = _PAYOUT_TRANSACTION.fullmatch(text)
    if match is None:
        return None
    year, month, day, number, currency = match.groups()
    return f"{year}-{month}-{day}{f'.{number}' if number else ''}", currency.upper()


def method_id(operation_id: str) -> str:
    """Return the payment method for the card that this operation on a payment named."""
    rest = _rest(operation_id)
    return f"{ids.METHOD}_{rest if len(rest) > ids.BODY_LENGTH else rest + NO_OWN}"


def payment_of_method(text: str) -> str | None:
    """Return the payment whose card this payment method is, or None, as for one that was created by itself."""
    match = _METHOD.fullmatch(text)
    return f"{ids.AUTHORIZATION}_{match[1]}" if match else None


def stripe_event_id(event_id: str, letter: str) -> str:
    """Return the ID of one of Stripe's events for our event."""
    return f"{event_id}{letter}"


def event_of_stripe_event(text: str) -> str | None:
    """Return our event behind one of Stripe's."""
    match = _EVENT.fullmatch(text)
    return match[1] if match else None


def stripe_request_id(request: str) -> str:
    """Return a request's ID in Stripe's form: ours without its hyphens, after `req_`."""
    return REQUEST_PREFIX + _NOT_OF_ID.sub("", request)


def _rest(text: str) -> str:
    return text.partition("_")[2]


def setup_attempt_id(setup_intent: str, operation_id: str) -> str:
    """Derive the attempt that an operation makes at a setup intent (`seti_…` to `setatt_…`)."""
    own = ids.derive(SETUP_ATTEMPT, operation_id, length=ids.SUFFIX_LENGTH)
    return f"{SETUP_ATTEMPT}_{_rest(setup_intent)}{own}"


def intent_of_setup_attempt(text: str) -> str | None:
    """Return the setup intent of an attempt (`setatt_…` to `seti_…`)."""
    match = _SETUP_ATTEMPT.fullmatch(text)
    return f"{SETUP_INTENT}_{match[1]}" if match else None


def transfer_reversal_id(transfer: str, operation_id: str) -> str:
    """Derive the reversal that an operation makes of a transfer (`tr_…` to `trr_…`)."""
    own = ids.derive(TRANSFER_REVERSAL, operation_id, length=ids.SUFFIX_LENGTH)
    return f"{TRANSFER_REVERSAL}_{_rest(transfer)}{own}"


def transfer_of_reversal(text: str) -> str | None:
    """Return the transfer of a reversal (`trr_…` to `tr_…`)."""
    match = _TRANSFER_REVERSAL.fullmatch(text)
    return f"{TRANSFER}_{match[1]}" if match else None


def payment_of_transfer(transfer: str) -> str:
    """Return the payment that the account gets for a transfer (`tr_…` to `py_…`)."""
    return f"{TRANSFER_PAYMENT}_{_rest(transfer)}"


def transfer_of_payment(text: str) -> str | None:
    """Return the transfer of an account's payment (`py_…` to `tr_…`)."""
    match = _TRANSFER_PAYMENT.fullmatch(text)
    return f"{TRANSFER}_{match[1]}" if match else None


def refund_of_reversal(reversal: str) -> str:
    """Return the refund of the account's payment that a reversal is (`trr_…` to `pyr_…`)."""
    return f"{TRANSFER_PAYMENT_REFUND}_{_rest(reversal)}"


def reversal_of_refund(text: str) -> str | None:
    """Return the reversal that a refund of an account's payment is (`pyr_…` to `trr_…`)."""
    match = _TRANSFER_PAYMENT_REFUND.fullmatch(text)
    return f"{TRANSFER_REVERSAL}_{match[1]}" if match else None


def transfer_by(operation_id: str) -> str:
    """Derive the transfer to a connected account that an operation makes (`cap_…` or `trf_…` to `tr_…`)."""
    return f"{TRANSFER}_{ids.derive('transfer of a charge', operation_id)}"


def fee_of_capture(capture_id: str) -> str:
    """Derive the application fee of a capture (`cap_…` to `fee_…`)."""
    return f"{APPLICATION_FEE}_{ids.derive('application fee', capture_id)}"


def fee_refund_id(fee: str, operation_id: str) -> str:
    """Derive the refund that an operation makes of an application fee (`fee_…` to `fr_…`)."""
    own = ids.derive(FEE_REFUND, operation_id, length=ids.SUFFIX_LENGTH)
    return f"{FEE_REFUND}_{_rest(fee)}{own}"


def fee_of_refund(text: str) -> str | None:
    """Return the application fee of a refund (`fr_…` to `fee_…`)."""
    match = _FEE_REFUND.fullmatch(text)
    return f"{APPLICATION_FEE}_{match[1]}" if match else None
