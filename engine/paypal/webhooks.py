"""The simulator's webhooks: one for each status of an item, signed as PayPal signs them.

They are sent in the order of the statuses. One that is not accepted is sent again, ever more rarely, then given up:
the sandbox asks for what no webhook reported.
"""

import asyncio
import base64
import contextlib
import http.client
import json
import time
import uuid
import zlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, cast
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from engine.paypal.account import SimulatedAccount
from engine.paypal.api import PaypalApi
from engine.paypal.payouts import Payout
from paysandbox.disbursements.paypal.messages import CERTIFICATES_PATH

TIMEOUT_S: Final = 15.0
# The sandbox's clock may be moved, so the next time is not waited for in one piece.
_POLL_S: Final = 2.0
_AT_ONCE: Final = 20
_TRIES_MAX: Final = 8
_FIRST_PAUSE_S: Final = 2.0

_EVENTS: Final[Mapping[str, str]] = {
    "SUCCESS": "SUCCEEDED",
    "ONHOLD": "HELD",
    "REVERSED": "RETURNED",
}
"""Names of events that differ from the item's status."""


class Webhooks:
    """Sends the webhooks of an API to a URL. `log` gets a line for each that was given up."""

    def __init__(self, api: PaypalApi, url: str, log: Callable[[str], None]) -> None:
        self._api = api
        self._url = url
        self._log = log
        self._failed: dict[str, tuple[int, float]] = {}
        self._changed = asyncio.Event()

    def notice(self) -> None:
        """Say that a payout was created or changed."""
        self._changed.set()

    async def run(self) -> None:
        """Send webhooks until canceled."""
        while True:
            self._changed.clear()
            try:
                await asyncio.to_thread(self.send_due)
                next_at = await asyncio.to_thread(self._api.payouts.next_at)
            except Exception as error:  # noqa: BLE001 - the next round may succeed
                self._log(f"paypal: {type(error).__name__}: {error}")
                next_at = self._api.now()
            pause = None if next_at is None else min(max(next_at - self._api.now(), 0.1), _POLL_S)
            # Not wait_for, which in Python 3.11 loses a cancellation that comes together with the event.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._changed.wait()

    def send_due(self) -> None:
        """Send the webhooks of all statuses that were reached, each payout's next one first."""
        for payout in self._api.payouts.to_report(now=self._api.now(), limit=_AT_ONCE):
            tries, not_before = self._failed.get(payout.batch_id, (0, 0.0))
            if time.monotonic() < not_before:
                continue
            if self._send(payout):
                self._failed.pop(payout.batch_id, None)
            elif tries + 1 < _TRIES_MAX:
                self._failed[payout.batch_id] = (tries + 1, time.monotonic() + _FIRST_PAUSE_S * 2**tries)
                continue
            else:
                self._failed.pop(payout.batch_id, None)
                self._log(f"paypal: gave up the webhook of item {payout.item_id}")
            self._api.payouts.report(payout)

    def _send(self, payout: Payout) -> bool:
        body = event_body(self._api, payout)
        headers = {"Content-Type": "application/json", **signed_headers(self._api.account, self._api.base_url, body)}
        target = urlsplit(self._url)
        connection = http.client.HTTPConnection(target.hostname or "", target.port, timeout=TIMEOUT_S)
        try:
            connection.request("POST", target.path, body=body, headers=headers)
            return 200 <= connection.getresponse().status < 300
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def event_body(api: PaypalApi, payout: Payout) -> bytes:
    """Return the webhook of the payout's next status."""
    status = payout.statuses[payout.reported]
    event: dict[str, Any] = {
        # The same each time, as PayPal's is.
        "id": f"WH-{uuid.uuid5(uuid.NAMESPACE_OID, f'{payout.item_id}/{payout.reported}').hex.upper()}",
        "event_version": "1.0",
        "create_time": datetime.fromtimestamp(status.at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "resource_type": "payouts_item",
        "event_type": f"PAYMENT.PAYOUTS-ITEM.{_EVENTS.get(status.status, status.status)}",
        "summary": f"Payout item is {status.status.lower()}.",
        "resource": api.item(payout, status),
    }
    return json.dumps(event).encode()


def signed_headers(
    account: SimulatedAccount, base_url: str, body: bytes, *, sent_at: datetime | None = None
) -> dict[str, str]:
    """Return the headers with PayPal's signature of a body."""
    sent_id, at = str(uuid.uuid4()), (sent_at or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ")
    key = cast("RSAPrivateKey", load_pem_private_key(account.private_key.encode(), None))
    text = f"{sent_id}|{at}|{account.webhook_id}|{zlib.crc32(body)}"
    return {
        "PAYPAL-TRANSMISSION-ID": sent_id,
        "PAYPAL-TRANSMISSION-TIME": at,
        "PAYPAL-TRANSMISSION-SIG": base64.b64encode(key.sign(text.encode(), PKCS1v15(), SHA256())).decode(),
        "PAYPAL-CERT-URL": f"{base_url}{CERTIFICATES_PATH}/CERT-sandbox",
        "PAYPAL-AUTH-ALGO": "SHA256withRSA",
    }
