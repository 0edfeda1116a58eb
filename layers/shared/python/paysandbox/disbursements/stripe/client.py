"""Requests to Stripe's API with the platform's secret key, which are not repeated here.

Every fault that does not say what became of a request is Unknown. The key and the base URL are those of the account
that accepts donations (`donations/stripe_secrets.py`): an environment has one Stripe account.
"""

from collections.abc import Mapping
from typing import Any, Final, cast
from urllib.parse import quote, urlencode

from paysandbox.aws import runtime, telemetry
from paysandbox.aws.settings import StripeAccountSettings
from paysandbox.disbursements.disbursement import Disbursement
from paysandbox.disbursements.rail import Unknown
from paysandbox.disbursements.stripe.messages import (
    ACCOUNTS_PATH,
    PAYOUTS_PATH,
    TRANSFERS_PATH,
    Body,
    Form,
    Refusal,
    Request,
    idempotency_key,
    is_of,
    is_of_idempotency,
    payout_form,
    payouts_query,
    refusal_of,
    transfer_form,
    transfers_query,
)
from paysandbox.donations.stripe_secrets import secret_key
from paysandbox.http import outbound
from paysandbox.http.outbound import JsonAnswer, NoAnswerError

Answer = Body | Refusal | Unknown

_UNAUTHORIZED: Final = 401
_FORBIDDEN: Final = 403
_BUSY: Final = (409, 429)
"""Another request has the same key, or there are too many."""
_BUSY_FOR_S: Final = 60
_PAGES_MAX: Final = 50


def create_transfer(disbursement: Disbursement) -> Answer:
    """POST the transfer. It is sent under the first key only. Raises Refused(stripe_not_configured)."""
    key = idempotency_key(disbursement, Request.TRANSFER, 0)
    return _asked("POST", TRANSFERS_PATH, transfer_form(disbursement), key=key)


def create_payout(disbursement: Disbursement, period: int) -> Answer:
    """POST the payout, on behalf of the account, under the key of a period. Raises Refused(stripe_not_configured)."""
    key = idempotency_key(disbursement, Request.PAYOUT, period)
    return _asked("POST", PAYOUTS_PATH, payout_form(disbursement), key=key, account=disbursement.stripe_account)


def reverse_transfer(disbursement: Disbursement, transfer: Body, period: int) -> Answer:
    """POST the reversal of all that is left of a transfer. Raises Refused(stripe_not_configured)."""
    key = idempotency_key(disbursement, Request.REVERSAL, period)
    return _asked("POST", f"{_of(TRANSFERS_PATH, transfer['id'])}/reversals", {}, key=key)


def read_transfer(transfer: str) -> Answer:
    """GET a transfer. Raises Refused(stripe_not_configured)."""
    return _asked("GET", _of(TRANSFERS_PATH, transfer))


def read_payout(disbursement: Disbursement, payout: str) -> Answer:
    """GET a payout of the account. Raises Refused(stripe_not_configured)."""
    return _asked("GET", _of(PAYOUTS_PATH, payout), account=disbursement.stripe_account)


def read_account(disbursement: Disbursement) -> Answer:
    """GET the account. Raises Refused(stripe_not_configured)."""
    return _asked("GET", _of(ACCOUNTS_PATH, disbursement.stripe_account or ""))


def find_transfer(disbursement: Disbursement) -> Answer | None:
    """GET the transfers of the disbursement's group, and return its own, or None. Raises Refused as the others do."""
    return _found(disbursement, TRANSFERS_PATH, transfers_query(disbursement))


def find_payout(disbursement: Disbursement, transfer: Body) -> Answer | None:
    """GET the account's payouts since the transfer, and return the disbursement's, or None. Raises Refused likewise."""
    return _found(disbursement, PAYOUTS_PATH, payouts_query(transfer), account=disbursement.stripe_account)


def misconfigured(reason: str) -> None:
    """Log that the account or its key has to be put right, without the key."""
    telemetry.disbursement("Stripe refuses the account", {"error": reason}, failed=True)


def _found(disbursement: Disbursement, path: str, query: Form, *, account: str | None = None) -> Answer | None:
    """Return the object of a list that was made for a disbursement, page by page, or None if there is none."""
    after: dict[str, str] = {}
    for _ in range(_PAGES_MAX):
        page = _asked("GET", f"{path}?{urlencode({**query, **after})}", account=account)
        if isinstance(page, Unknown | Refusal):
            return page
        entries = page.get("data")
        if not isinstance(entries, list):
            return Unknown(reason="answer_malformed: no list")
        listed = [cast("Body", entry) for entry in cast("list[Any]", entries) if isinstance(entry, Mapping)]
        found = next((entry for entry in listed if is_of(entry, disbursement)), None)
        if found is not None or not page.get("has_more") or not listed:
            return found
        after = {"starting_after": str(listed[-1].get("id"))}
    return Unknown(reason="list_too_long")


def _asked(
    method: str, path: str, form: Form | None = None, *, key: str | None = None, account: str | None = None
) -> Answer:
    """Send a request. If Stripe refuses the secret key and it has been rotated, send it again with the new one."""
    secret = secret_key()
    headers = {"Accept": "application/json"}
    if form is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    if key is not None:
        headers["Idempotency-Key"] = key
    if account is not None:
        headers["Stripe-Account"] = account
    url = runtime.settings_of(StripeAccountSettings).stripe_api_base + path
    body = urlencode(form).encode() if form is not None else None
    try:
        for _ in range(2):
            sent = {**headers, "Authorization": f"Bearer {secret.value()}"}
            answer = outbound.request(method, url, headers=sent, body=body)
            if answer.status != _UNAUTHORIZED:
                return _read(answer)
            if not secret.has_changed():
                break
    except NoAnswerError as error:
        return Unknown(reason=f"no_answer: {error}")
    misconfigured("credentials_refused")
    return Unknown(reason="credentials_refused")


def _read(answer: JsonAnswer) -> Answer:
    status, body = answer.status, answer.body
    if 200 <= status < 300:
        return body if body is not None and ("id" in body or "data" in body) else Unknown(reason="answer_malformed")
    if status in _BUSY:
        return Unknown(reason=f"busy ({status})", retry_after_s=answer.retry_after_s or _BUSY_FOR_S)
    if status >= 500:
        return Unknown(reason=f"failing ({status})", retry_after_s=answer.retry_after_s)
    if status < 400:
        return Unknown(reason=f"answer_unexpected ({status})")
    refusal = refusal_of(status, body)
    if is_of_idempotency(body) or (status == _FORBIDDEN and refusal.code != "ACCOUNT_INVALID"):
        misconfigured(refusal.code)
        return Unknown(reason=f"refused: {refusal.code} ({status})")
    return refusal


def _of(path: str, name: object) -> str:
    return f"{path}/{quote(str(name), safe='')}"
