"""What is sent to Stripe for a disbursement, and what its answers say. Pure.

A disbursement is a transfer from the platform to the customer's connected account, and a payout from there to the
account's bank. Both have the disbursement's `batch_id` in their metadata, and the transfer has its ID as its
`transfer_group`.

Source: Stripe, "Transfers", "Transfer Reversals", "Payouts" and "Accounts" (API reference), "Idempotent requests" and
"Error codes".
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, cast

from paysandbox.core.record import record
from paysandbox.core.stripe_amounts import from_ledger, from_stripe
from paysandbox.disbursements.disbursement import Disbursement
from paysandbox.disbursements.rail import ProviderUpdate
from paysandbox.disbursements.steps import Step

Body = Mapping[str, Any]
Form = Mapping[str, str]

ENTRY: Final = "disbursement"
"""The entry of the metadata with the `batch_id`."""

KEY_LASTS: Final = timedelta(hours=23)
"""How long the same idempotency key is sent again. Stripe may forget a key after 24 hours."""

TRANSFERS_PATH: Final = "/v1/transfers"
PAYOUTS_PATH: Final = "/v1/payouts"
ACCOUNTS_PATH: Final = "/v1/accounts"
PAGE: Final = "100"
"""Objects in a page of a list, the most that Stripe returns."""

OF_ANOTHER: Final = "of_another"
_CLOCKS_DIFFER_BY_S: Final = 60
"""A payout is looked for from so long before its transfer on."""

_CODE: Final = re.compile("[^A-Z0-9_]")
_CODE_LENGTH: Final = 40


class Request(StrEnum):
    """What is requested of Stripe, each with an idempotency key of its own."""

    TRANSFER = "transfer"
    PAYOUT = "payout"
    REVERSAL = "reversal"


class Standing(StrEnum):
    """What an account that is not paid out to waits for."""

    RECIPIENT = "recipient"
    """The recipient has to send something, such as a bank account."""
    REVIEW = "review"
    """Stripe verifies it, or the money is not available yet."""
    NOTHING = "nothing"
    """It will not be paid out to."""


@record(kw_only=True)
class Refusal:
    """Stripe has refused a request, so it has no effect. `code` is the reason, as an upper-case name."""

    code: str


def key_period(disbursement: Disbursement, now: datetime) -> int:
    """Return which of a disbursement's idempotency keys is the current one, counted from 0, at a time (UTC)."""
    return max((now - (disbursement.sent_at or disbursement.created_at)) // KEY_LASTS, 0)


def idempotency_key(disbursement: Disbursement, request: Request, period: int) -> str:
    """Return the key of a request. The same request has the same key within a period."""
    return f"{disbursement.batch_id}-{request}-{period}"


def refused_amount(disbursement: Disbursement) -> str | None:
    """Return the code of an amount that Stripe has no units for, or None. Nothing needs to be sent then."""
    amount, currency = disbursement.amount, disbursement.currency
    return None if from_stripe(from_ledger(amount, currency), currency) == amount else "AMOUNT_NOT_WHOLE"


def transfer_form(disbursement: Disbursement) -> Form:
    """Return the body of the request that creates the transfer."""
    return {
        **_amount(disbursement),
        "destination": disbursement.stripe_account or "",
        "transfer_group": disbursement.id,
        f"metadata[{ENTRY}]": disbursement.batch_id,
    }


def payout_form(disbursement: Disbursement) -> Form:
    """Return the body of the request that creates the payout, on behalf of the account."""
    return {**_amount(disbursement), f"metadata[{ENTRY}]": disbursement.batch_id}


def transfers_query(disbursement: Disbursement) -> Form:
    """Return the query for the transfers of a disbursement."""
    return {"transfer_group": disbursement.id, "limit": PAGE}


def payouts_query(transfer: Body) -> Form:
    """Return the query for an account's payouts since a transfer. Stripe has no filter for their metadata.

    The time is that of Stripe's own clock.
    """
    return {"created[gte]": str(int(transfer.get("created") or 0) - _CLOCKS_DIFFER_BY_S), "limit": PAGE}


def is_of(found: Body, disbursement: Disbursement) -> bool:
    """Whether a transfer or payout was made for a disbursement."""
    return batch_id_in(found) == disbursement.batch_id


def batch_id_in(found: Body) -> str | None:
    """Return the `batch_id` in the metadata of a transfer or payout, or None if it is of no disbursement."""
    batch_id: Any = _part(found, "metadata").get(ENTRY)
    return batch_id if isinstance(batch_id, str) else None


def refusal_of(status: int, body: Body | None) -> Refusal:
    """Return the refusal that an answer with a status from 400 to 499 is."""
    error = _part(body or {}, "error")
    name = error.get("code") or error.get("type") or f"refused_{status}"
    return Refusal(code=as_code(name))


def is_of_idempotency(body: Body | None) -> bool:
    """Whether an answer says that the idempotency key was used with another request. The request has no effect."""
    return _part(body or {}, "error").get("type") == "idempotency_error"


def as_code(name: object) -> str:
    """Return one of Stripe's reasons as a code of a disbursement: `account_closed` is `ACCOUNT_CLOSED`."""
    return _CODE.sub("_", str(name).upper())[:_CODE_LENGTH]


def is_reversed(transfer: Body) -> bool:
    """Whether all of a transfer was taken back."""
    return transfer.get("reversed") is True


def status_of(payout: Body) -> str:
    """Return the status of a payout."""
    return str(payout.get("status"))


def failure_of(payout: Body) -> str:
    """Return the code of a payout that has failed or was canceled."""
    return as_code(payout.get("failure_code") or f"payout_{status_of(payout)}")


def standing_of(account: Body, refusal: Refusal) -> tuple[Standing, str]:
    """Return what an account waits for that was not paid out to, and the reason as a code."""
    if account.get("payouts_enabled") is True:
        return (Standing.REVIEW if refusal.code in _NOT_YET else Standing.NOTHING), refusal.code
    reason = str(_part(account, "requirements").get("disabled_reason") or "")
    code = as_code(reason) if reason else refusal.code
    if reason.startswith("rejected.") or reason == "listed":
        return Standing.NOTHING, code
    return (Standing.REVIEW if reason in _REVIEWS else Standing.RECIPIENT), code


def update_of(
    transfer: Body, payout: Body | None = None, step: Step | None = None, code: str | None = None
) -> ProviderUpdate:
    """Return an update about a transfer and its payout. While there is no payout, the transfer is also the item."""
    return ProviderUpdate(
        step=step, code=code, reference=str(transfer["id"]), item_reference=str((payout or transfer)["id"])
    )


_NOT_YET: Final = frozenset({"BALANCE_INSUFFICIENT", "PAYOUTS_LIMIT_EXCEEDED"})
"""Refusals of a payout that time ends: what was transferred is not available yet, or too much was paid out today."""

_REVIEWS: Final = frozenset({"under_review", "requirements.pending_verification", "pending.review"})
"""Why Stripe has disabled an account that it looks at ("The Account object", `requirements.disabled_reason`)."""


def _amount(disbursement: Disbursement) -> Form:
    units = from_ledger(disbursement.amount, disbursement.currency)
    return {"amount": str(units), "currency": disbursement.currency.lower()}


def _part(body: Body, name: str) -> Body:
    found: Any = body.get(name)
    return cast("Body", found) if isinstance(found, Mapping) else {}
