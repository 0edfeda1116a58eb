"""Authorized requests to PayPal's Payouts API. Every fault that does not say what became of a payment is Unknown."""

from typing import Final
from urllib.parse import quote

from paysandbox.aws import runtime, telemetry
from paysandbox.aws.settings import PaypalSettings
from paysandbox.disbursements.paypal.credentials import paypal_account
from paysandbox.disbursements.paypal.messages import ITEMS_PATH, PAYOUTS_PATH
from paysandbox.disbursements.paypal.token import TokenRefusedError, access_token
from paysandbox.disbursements.rail import Unknown
from paysandbox.disbursements.store.disbursements_table import DisbursementsTable
from paysandbox.http import outbound
from paysandbox.http.outbound import JsonAnswer, NoAnswerError

_UNAUTHORIZED: Final = 401


def create_batch(table: DisbursementsTable, body: bytes) -> JsonAnswer | Unknown:
    """POST a batch. Raises Refused(paypal_not_configured); nothing was sent then."""
    return _authorized(table, "POST", PAYOUTS_PATH, body)


def read_batch(table: DisbursementsTable, batch_id: str) -> JsonAnswer | Unknown:
    """GET a batch with its items. Raises Refused(paypal_not_configured)."""
    return _authorized(table, "GET", f"{PAYOUTS_PATH}/{quote(batch_id, safe='')}?page_size=10")


def cancel_item(table: DisbursementsTable, item_id: str) -> JsonAnswer | Unknown:
    """POST the cancellation of an unclaimed item. Raises Refused(paypal_not_configured)."""
    return _authorized(table, "POST", f"{ITEMS_PATH}/{quote(item_id, safe='')}/cancel", b"")


def misconfigured(reason: str) -> None:
    """Log that the account or its credentials have to be put right, without any of them."""
    telemetry.disbursement("PayPal refuses the account", {"error": reason}, failed=True)


def _authorized(table: DisbursementsTable, method: str, path: str, body: bytes | None = None) -> JsonAnswer | Unknown:
    """Send a request with the shared token. A refused token is renewed once, and rotated credentials are read again."""
    account = paypal_account()
    refused: str | None = None
    try:
        for _ in range(2):
            try:
                token = access_token(table, account.credentials(), refused=refused)
            except TokenRefusedError:
                if not account.has_changed():
                    break
                token = access_token(table, account.credentials(), refused=refused)
            answer = _send(method, path, token, body)
            if answer.status != _UNAUTHORIZED:
                return _answered(answer)
            refused = token
    except NoAnswerError as error:
        return Unknown(reason=f"no_answer: {error}")
    except TokenRefusedError:
        pass
    misconfigured("credentials_refused")
    return Unknown(reason="credentials_refused")


def _send(method: str, path: str, token: str, body: bytes | None) -> JsonAnswer:
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json", "Content-Type": "application/json"}
    url = runtime.settings_of(PaypalSettings).paypal_api_base + path
    return outbound.request(method, url, headers=headers, body=body)


def _answered(answer: JsonAnswer) -> JsonAnswer | Unknown:
    """Return an answer that may say what became of a payment, or Unknown: PayPal is busy, failing or elsewhere."""
    if answer.status == 429:
        return Unknown(reason="rate_limited (429)", retry_after_s=answer.retry_after_s)
    if answer.status >= 500:
        return Unknown(reason=f"failing ({answer.status})", retry_after_s=answer.retry_after_s)
    if answer.status < 200 or 300 <= answer.status < 400:
        return Unknown(reason=f"answer_unexpected ({answer.status})")
    return answer
