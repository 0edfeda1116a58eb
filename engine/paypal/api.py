"""PayPal's HTTP API as far as the sandbox uses it: tokens, payouts, their items, and the certificate of webhooks.

Source of the shapes: PayPal's "Payouts API" reference. Recipients and amounts with an effect of their own are those of
`paysandbox.disbursements.paypal.special_recipients`.
"""

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final, cast
from urllib.parse import parse_qs

from engine.paypal.account import SimulatedAccount
from engine.paypal.payouts import DatedStatus, Payout, Payouts
from paysandbox.disbursements.paypal.messages import (
    CERTIFICATES_PATH,
    ITEMS_PATH,
    PAYOUTS_PATH,
    TOKEN_PATH,
    amount_value,
    minor_units,
)
from paysandbox.disbursements.paypal.special_recipients import Trouble, item_statuses, special_recipient
from paysandbox.disbursements.paypal.statement import PAYPAL_STATEMENT, SIMULATOR_PATH
from paysandbox.disbursements.paypal.statuses import CURRENCIES, WHOLE_AMOUNTS
from paysandbox.disbursements.statement import Statement, StatementItem, write_statement

TOKEN_LASTS_S: Final = 32_400
FEE_MINOR_UNITS: Final = 25
"""PayPal's fee of an item, in minor units of its currency. One that failed is free."""

_DAY_S: Final = 86_400
_SCOPE: Final = "https://uri.paypal.com/services/payments/payouts"


@dataclass(frozen=True, kw_only=True)
class ApiRequest:
    """A request below the simulator's base URL. Header names are in lower case."""

    method: str
    path: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, kw_only=True)
class ApiAnswer:
    """An answer. A `cut` one ends in the middle of its body."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    cut: bool = False


@dataclass(frozen=True, kw_only=True)
class PaypalApi:
    """The API of one simulated account. `base_url` is its own, `now` the sandbox's clock (seconds since 1970, UTC).

    An item is processed `outcome_after_s` after its batch was created.
    """

    account: SimulatedAccount
    payouts: Payouts
    base_url: str
    now: Callable[[], float]
    outcome_after_s: float = 1.5

    def answer(self, request: ApiRequest) -> ApiAnswer:
        """Answer a request."""
        path = request.path
        if request.method == "GET" and path.startswith(f"{CERTIFICATES_PATH}/"):
            return ApiAnswer(status=200, body=self.account.certificate.encode(), content_type="application/x-pem-file")
        if (request.method, path) == ("POST", TOKEN_PATH):
            return self._token(request)
        if not self._is_authorized(request):
            return _json(401, {"error": "invalid_token", "error_description": "Token signature verification failed"})
        if (request.method, path) == ("POST", PAYOUTS_PATH):
            return self._create(request)
        if request.method == "GET" and path.startswith(f"{PAYOUTS_PATH}/"):
            payout = self.payouts.batch(path.removeprefix(f"{PAYOUTS_PATH}/"))
            return _json(200, self._batch(payout)) if payout else _missing()
        if request.method == "GET" and path.startswith(f"{ITEMS_PATH}/"):
            payout = self.payouts.of_item(path.removeprefix(f"{ITEMS_PATH}/"))
            return _json(200, self.item(payout)) if payout else _missing()
        if request.method == "GET" and path.startswith(f"{SIMULATOR_PATH}/"):
            return self._statement(path.removeprefix(f"{SIMULATOR_PATH}/"))
        if request.method == "POST" and path.startswith(f"{ITEMS_PATH}/") and path.endswith("/cancel"):
            return self._cancel(path.removeprefix(f"{ITEMS_PATH}/").removesuffix("/cancel"))
        return _missing()

    def item(self, payout: Payout, status: DatedStatus | None = None) -> dict[str, Any]:
        """Return an item as reads and webhooks show it: as it is now, or as it was with a status."""
        current = status or payout.at(self.now())
        amount = payout.item["amount"]
        shown: dict[str, Any] = {
            "payout_item_id": payout.item_id,
            "transaction_status": current.status if current else "PENDING",
            "payout_item_fee": {
                "currency": amount["currency"],
                "value": amount_value(_fee(current), amount["currency"]),
            },
            "payout_batch_id": payout.batch_id,
            "sender_batch_id": payout.sender_batch_id,
            "payout_item": {**payout.item, "recipient_wallet": "PAYPAL"},
            "links": [self._link("self", f"{ITEMS_PATH}/{payout.item_id}")],
        }
        if current:
            shown["transaction_id"] = hashlib.sha256(payout.item_id.encode()).hexdigest()[:17].upper()
            shown["time_processed"] = _time(current.at)
            if current.code:
                shown["errors"] = {"name": current.code, "message": "Simulated.", "details": [], "links": []}
        return shown

    def token(self) -> str:
        """Return a token that is valid from now on."""
        content = f"{int(time.time()) + TOKEN_LASTS_S}.{secrets.token_hex(8)}"
        return f"A21AA{content}.{self._mac(content)}"

    # --- requests -----------------------------------------------------------------------------------------------------

    def _token(self, request: ApiRequest) -> ApiAnswer:
        expected = base64.b64encode(f"{self.account.client_id}:{self.account.client_secret}".encode()).decode()
        given = request.headers.get("authorization", "")
        if not hmac.compare_digest(given.encode(), f"Basic {expected}".encode()):
            return _json(401, {"error": "invalid_client", "error_description": "Client Authentication failed"})
        if parse_qs(request.body.decode("latin-1")).get("grant_type") != ["client_credentials"]:
            return _json(400, {"error": "unsupported_grant_type", "error_description": "unsupported grant_type"})
        return _json(
            200,
            {
                "scope": _SCOPE,
                "access_token": self.token(),
                "token_type": "Bearer",
                "app_id": "APP-SANDBOX",
                "expires_in": TOKEN_LASTS_S,
            },
        )

    def _create(self, request: ApiRequest) -> ApiAnswer:
        try:
            body: Any = json.loads(request.body)
        except ValueError:
            return _error(400, "MALFORMED_REQUEST_ERROR", "The body is not JSON.")
        faults = _faults(body)
        if faults:
            return _error(400, "VALIDATION_ERROR", "Invalid request - see details.", faults)
        sender_batch_id: str = body["sender_batch_header"]["sender_batch_id"]
        item = body["items"][0]
        amount = minor_units(item["amount"]["value"], item["amount"]["currency"]) or 0
        row = special_recipient(item["receiver"], amount)
        trouble = row.trouble if row else None
        if trouble and trouble.times and self.payouts.count_request(sender_batch_id) > trouble.times:
            trouble = None
        if trouble and not trouble.pays:
            return _troubled(trouble)
        payout, is_new = self.payouts.create(
            sender_batch_id, body, self._dated(item["receiver"], amount), now=self.now()
        )
        if trouble and trouble.cut:
            return ApiAnswer(status=201, body=json.dumps(self._created(payout)).encode(), cut=True)
        if trouble:
            return _troubled(trouble)
        if not is_new:
            link = self._link("self", f"{PAYOUTS_PATH}/{payout.batch_id}")
            issue = "Batch with given sender_batch_id already exists"
            detail = {"field": "SENDER_BATCH_ID", "location": "body", "issue": issue, "link": [link]}
            return _error(400, "USER_BUSINESS_ERROR", "User business error.", [detail])
        return _json(201, self._created(payout))

    def _cancel(self, item_id: str) -> ApiAnswer:
        payout = self.payouts.of_item(item_id)
        if payout is None:
            return _missing()
        canceled = self.payouts.cancel(item_id, now=self.now())
        if canceled is not None:
            return _json(200, self.item(canceled, canceled.statuses[-1]))
        current = payout.at(self.now())
        name = "ITEM_ALREADY_CANCELLED" if current and current.status == "RETURNED" else "ITEM_INCORRECT_STATUS"
        return _error(400, name, "Only an unclaimed item can be canceled.")

    def _statement(self, text: str) -> ApiAnswer:
        """Return the statement of a day (UTC), in the sandbox's own format: PayPal's API has none."""
        try:
            day = date.fromisoformat(text)
        except ValueError:
            return _error(400, "VALIDATION_ERROR", "The day is not a date such as 2026-11-22.")
        start = datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()
        items = tuple(self._statement_item(payout) for payout in self.payouts.of_day(start, start + _DAY_S))
        made_at = datetime.fromtimestamp(self.now(), UTC)
        made = Statement(format=PAYPAL_STATEMENT, day=day, made_at=made_at, items=items)
        text = "".join(write_statement(made))
        return ApiAnswer(status=200, body=text.encode(), content_type="text/csv; charset=utf-8")

    def _statement_item(self, payout: Payout) -> StatementItem:
        current, amount = payout.at(self.now()), payout.item["amount"]
        return StatementItem(
            reference=payout.batch_id,
            batch_id=payout.sender_batch_id,
            item_reference=payout.item_id,
            disbursement_id=str(payout.item.get("sender_item_id", "")),
            status=current.status if current else "PENDING",
            amount=minor_units(amount["value"], amount["currency"]) or 0,
            currency=amount["currency"],
            fee=minor_units(amount_value(FEE_MINOR_UNITS, amount["currency"]), amount["currency"]),
            created_at=datetime.fromtimestamp(payout.created_at, UTC),
            processed_at=datetime.fromtimestamp(current.at, UTC) if current else None,
        )

    # --- answers ------------------------------------------------------------------------------------------------------

    def _dated(self, email: str, amount: int) -> list[DatedStatus]:
        processed_at = self.now() + self.outcome_after_s
        return [
            DatedStatus(at=processed_at + planned.after.total_seconds(), status=planned.status, code=planned.code)
            for planned in item_statuses(email, amount)
            if planned.status != "PENDING"
        ]

    def _created(self, payout: Payout) -> dict[str, Any]:
        header = {
            "payout_batch_id": payout.batch_id,
            "batch_status": "PENDING",
            "sender_batch_header": payout.body["sender_batch_header"],
        }
        return {"batch_header": header, "links": [self._link("self", f"{PAYOUTS_PATH}/{payout.batch_id}")]}

    def _batch(self, payout: Payout) -> dict[str, Any]:
        current, amount = payout.at(self.now()), payout.item["amount"]
        header = {
            "payout_batch_id": payout.batch_id,
            "batch_status": "SUCCESS" if current else "PROCESSING",
            "time_created": _time(payout.created_at),
            "sender_batch_header": payout.body["sender_batch_header"],
            "funding_source": "BALANCE",
            "amount": amount,
            "fees": {"currency": amount["currency"], "value": amount_value(_fee(current), amount["currency"])},
        }
        return {
            "batch_header": header,
            "items": [self.item(payout)],
            "links": [self._link("self", f"{PAYOUTS_PATH}/{payout.batch_id}")],
        }

    def _link(self, rel: str, path: str) -> dict[str, str]:
        return {"href": f"{self.base_url}{path}", "rel": rel, "method": "GET", "encType": "application/json"}

    def _is_authorized(self, request: ApiRequest) -> bool:
        token = request.headers.get("authorization", "").removeprefix("Bearer A21AA")
        content, _, mac = token.rpartition(".")
        expires_at = content.partition(".")[0]
        if not hmac.compare_digest(mac.encode(), self._mac(content).encode()):
            return False
        return expires_at.isdigit() and int(expires_at) > time.time()

    def _mac(self, content: str) -> str:
        return hmac.new(self.account.client_secret.encode(), content.encode(), hashlib.sha256).hexdigest()


def _fee(status: DatedStatus | None) -> int:
    return 0 if status is not None and status.status == "FAILED" else FEE_MINOR_UNITS


def _faults(body: Any) -> list[dict[str, str]]:
    """Return the faults of a request in PayPal's form. The simulator takes one item a batch, as the sandbox sends."""
    header = _object(body, "sender_batch_header")
    items: Any = cast("dict[str, Any]", body).get("items") if isinstance(body, dict) else None
    item = _object({"item": items[0]}, "item") if isinstance(items, list) and items else {}
    amount = _object(item, "amount")
    currency, value = str(amount.get("currency")), str(amount.get("value"))
    units = minor_units(value, currency)
    is_whole = "." not in value or currency not in WHOLE_AMOUNTS
    checks = {
        "sender_batch_header.sender_batch_id": 0 < len(str(header.get("sender_batch_id") or "")) <= 256,
        "items": isinstance(items, list) and len(cast("list[Any]", items)) == 1,
        "items[0].receiver": "@" in str(item.get("receiver")),
        "items[0].sender_item_id": len(str(item.get("sender_item_id") or "")) <= 63,
        "items[0].amount.currency": currency in CURRENCIES,
        "items[0].amount.value": units is not None and units > 0 and is_whole,
    }
    return [{"field": name, "location": "body", "issue": "Invalid value"} for name, fine in checks.items() if not fine]


def _object(body: Any, name: str) -> dict[str, Any]:
    found = cast("dict[str, Any]", body).get(name) if isinstance(body, dict) else None
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def _troubled(trouble: Trouble) -> ApiAnswer:
    answer = _error(trouble.status, trouble.name, "Simulated.")
    if trouble.retry_after_s is None:
        return answer
    headers = {"Retry-After": str(trouble.retry_after_s)}
    return ApiAnswer(status=answer.status, body=answer.body, headers=headers)


def _missing() -> ApiAnswer:
    return _error(404, "INVALID_RESOURCE_ID", "Requested resource ID was not found.")


def _error(status: int, name: str, message: str, details: list[Any] | None = None) -> ApiAnswer:
    body = {"name": name, "message": message, "debug_id": secrets.token_hex(7), "details": details or [], "links": []}
    return _json(status, body)


def _json(status: int, body: Mapping[str, Any]) -> ApiAnswer:
    return ApiAnswer(status=status, body=json.dumps(body).encode())


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
