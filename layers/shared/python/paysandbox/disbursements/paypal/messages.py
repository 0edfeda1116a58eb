"""The bodies that PayPal gets and sends. Pure.

A disbursement is a batch of one item, and its body is the same each time, byte for byte. Of an answer only the fields
that are used are read: PayPal adds fields at any time.
"""

import json
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final, cast

from paysandbox.core.currency import MINOR_DIGITS
from paysandbox.disbursements.disbursement import Disbursement
from paysandbox.disbursements.paypal.statuses import (
    CURRENCIES,
    WHOLE_AMOUNTS,
    Refusal,
    refusal_of,
    update_of_batch,
    update_of_item,
)
from paysandbox.disbursements.rail import ProviderUpdate, Unknown
from paysandbox.disbursements.steps import Step

PAYOUTS_PATH: Final = "/v1/payments/payouts"
ITEMS_PATH: Final = "/v1/payments/payouts-item"
TOKEN_PATH: Final = "/v1/oauth2/token"  # noqa: S105 - a path
CERTIFICATES_PATH: Final = "/v1/notifications/certs"

OF_ANOTHER: Final = "answer_of_another"
"""Start of the reason if an answer is of another batch, or of another amount."""

Body = Mapping[str, Any]

_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_CODE: Final = re.compile(r"[A-Z][A-Z0-9_]{0,79}")
_ORIGINAL: Final = re.compile(rf"{PAYOUTS_PATH}/([A-Za-z0-9_-]{{1,64}})/?(?:[?#].*)?")
_SUBJECT: Final = "You have received a payment"


def refused_currency(disbursement: Disbursement) -> str | None:
    """Return the code of a refusal if PayPal cannot pay this amount, so that it is not sent, or None."""
    if disbursement.currency not in CURRENCIES:
        return "CURRENCY_NOT_SUPPORTED"
    if disbursement.currency in WHOLE_AMOUNTS and disbursement.amount % 10 ** MINOR_DIGITS[disbursement.currency]:
        return "CURRENCY_WITHOUT_DECIMALS"
    return None


def amount_value(amount: int, currency: str) -> str:
    """Return an amount in minor units as PayPal's decimal text: `12.50`, or `1250` for a currency without decimals."""
    digits = MINOR_DIGITS[currency]
    whole, rest = divmod(amount, 10**digits)
    return f"{whole}.{rest:0{digits}}" if digits and currency not in WHOLE_AMOUNTS else str(whole)


def minor_units(value: object, currency: str) -> int | None:
    """Return PayPal's decimal text in minor units, or None if it is not an amount of the currency."""
    try:
        amount = Decimal(str(value)).scaleb(MINOR_DIGITS[currency])
        return int(amount) if amount == amount.to_integral_value() and abs(amount) < 10**15 else None
    except (InvalidOperation, KeyError, ValueError, OverflowError):
        return None


def payout_body(disbursement: Disbursement) -> bytes:
    """Return the request that pays a disbursement: always the same bytes."""
    body = {
        "sender_batch_header": {"sender_batch_id": disbursement.batch_id, "email_subject": _SUBJECT},
        "items": [
            {
                "recipient_type": "EMAIL",
                "receiver": disbursement.email,
                "amount": {
                    "value": amount_value(disbursement.amount, disbursement.currency),
                    "currency": disbursement.currency,
                },
                "sender_item_id": disbursement.id,
            }
        ],
    }
    return json.dumps(body, separators=(",", ":"), sort_keys=True).encode()


def read_batch(body: Body | None, disbursement: Disbursement) -> ProviderUpdate | Unknown:
    """Return the update in an answer that shows a batch, with its item or without."""
    header = part(body, "batch_header")
    reference = id_in(header, "payout_batch_id")
    if reference is None:
        return Unknown(reason="answer_malformed")
    sender_batch_id = part(header, "sender_batch_header").get("sender_batch_id")
    if sender_batch_id is not None and sender_batch_id != disbursement.batch_id:
        return Unknown(reason=f"{OF_ANOTHER}_batch")
    items = (body or {}).get("items")
    if not isinstance(items, list) or not items:
        return update_of_batch(str(header.get("batch_status")), reference)
    for item in cast("list[Any]", items):
        if isinstance(item, Mapping) and part(cast("Body", item), "payout_item").get("sender_item_id") in (
            None,
            disbursement.id,
        ):
            return read_item(cast("Body", item), disbursement, reference)
    return Unknown(reason="answer_without_the_item")


def read_item(item: Body | None, disbursement: Disbursement, reference: str | None = None) -> ProviderUpdate | Unknown:
    """Return the update in an item, as answers and webhooks show it."""
    if item is None:
        return Unknown(reason="answer_malformed")
    if not _is_the_item(item, disbursement):
        return Unknown(reason=f"{OF_ANOTHER}_amount")
    code = part(item, "errors").get("name")
    fee = part(item, "payout_item_fee")
    return update_of_item(
        str(item.get("transaction_status")),
        disbursement.status,
        reference=reference or id_in(item, "payout_batch_id"),
        item_reference=id_in(item, "payout_item_id"),
        code=code if isinstance(code, str) and _CODE.fullmatch(code) else None,
        provider_fee=_fee(fee, disbursement.currency),
    )


def read_canceled(item: Body | None, disbursement: Disbursement) -> ProviderUpdate | Unknown:
    """Return the update in the answer to a cancellation, which shows the item as returned."""
    update = read_item(item, disbursement)
    if isinstance(update, ProviderUpdate) and update.step is Step.RETURN:
        return ProviderUpdate(
            step=Step.CANCEL,
            reference=update.reference,
            item_reference=update.item_reference,
            code=update.code,
            provider_fee=update.provider_fee,
        )
    return update


def read_refusal(status: int, body: Body | None, *, is_first: bool) -> tuple[ProviderUpdate | Unknown, Refusal]:
    """Return the update in a refusal of a batch, and what kind of refusal it is.

    Only a refusal of the first request says that nothing was paid: an earlier one without an answer may have paid. One
    that is about the batch's ID may be of a repeated request.
    """
    name = str((body or {}).get("name"))
    kind = refusal_of(name) if _CODE.fullmatch(name) else Refusal.UNKNOWN
    if kind is Refusal.NOT_PAID and is_first and 400 <= status < 500 and not _is_about_the_id(body):
        return ProviderUpdate(step=Step.FAIL, code=name), kind
    reason = name.lower() if _CODE.fullmatch(name) else "answer_malformed" if body is None else "answer_unexpected"
    return Unknown(reason=f"{reason} ({status})"), kind


def original_batch(body: Body | None) -> str | None:
    """Return the ID of the original that the refusal of a repeated batch links to, or None if it links to none.

    Only the ID is taken: the link itself is never followed.
    """
    if (body or {}).get("name") != "USER_BUSINESS_ERROR" or not _is_about_the_id(body):
        return None
    for href in _links(body):
        found = _ORIGINAL.search(href)
        if found:
            return found[1]
    return None


def error_name(body: Body | None) -> str | None:
    """Return the name of an error body, or None if it has none."""
    name = (body or {}).get("name")
    return name if isinstance(name, str) and _CODE.fullmatch(name) else None


def id_in(body: Body | None, name: str) -> str | None:
    """Return an ID of PayPal's in a field, or None if there is no well-formed one."""
    value = (body or {}).get(name)
    return value if isinstance(value, str) and _ID.fullmatch(value) else None


def part(body: Body | None, name: str) -> Body:
    """Return an object in a field, or an empty one."""
    value = (body or {}).get(name)
    return cast("Body", value) if isinstance(value, Mapping) else {}


def _is_the_item(item: Body, disbursement: Disbursement) -> bool:
    amount = part(part(item, "payout_item"), "amount")
    if not amount:
        return True
    currency = amount.get("currency")
    return currency == disbursement.currency and minor_units(amount.get("value"), disbursement.currency) == (
        disbursement.amount
    )


def _fee(fee: Body, currency: str) -> int | None:
    found = minor_units(fee.get("value"), currency) if fee.get("currency") == currency else None
    return found if found is not None and found >= 0 else None


def _is_about_the_id(body: Body | None) -> bool:
    return any("sender_batch_id" in f"{detail.get('field')} {detail.get('issue')}".lower() for detail in _details(body))


def _details(body: Body | None) -> list[Body]:
    details = (body or {}).get("details")
    if not isinstance(details, list):
        return []
    return [cast("Body", detail) for detail in cast("list[Any]", details) if isinstance(detail, Mapping)]


def _links(body: Body | None) -> list[str]:
    """Return the links of an error: PayPal puts them into `links`, or into `link` of a detail."""
    holders: list[Body] = [{"links": (body or {}).get("links")}, *_details(body)]
    links: list[Any] = []
    for holder in holders:
        for name in ("links", "link"):
            found = holder.get(name)
            links += cast("list[Any]", found) if isinstance(found, list) else [found]
    hrefs = [cast("Body", link).get("href") for link in links if isinstance(link, Mapping)]
    return [href for href in hrefs if isinstance(href, str)]
