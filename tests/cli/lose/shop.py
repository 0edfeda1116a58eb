"""A shop with one order of 37.50 USD, in versions with a bug each. Its books are a file: what a state command prints.

python shop.py VERSION

Once they say that the order is paid, or has failed, it does nothing. A run of `paysandbox lose` starts it eight times
or more, half of them for an order that is done, so a module that only a payment needs is imported there.
"""

from __future__ import annotations

import os
import signal
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

BOOKS = f"{os.environ['PAYSANDBOX_TMP']}/orders.json"
FAULT_FREE = os.environ["PAYSANDBOX_RUN"].endswith("fault-free")
API_KEY = os.environ["PAYSANDBOX_API_KEY"]


def call(method: str, path: str, key: str | None = None, body: Any = None, api_key: str = API_KEY) -> Any:
    """Send a request to the API. Raises OSError or ValueError without a whole answer of 200."""
    import json
    from http.client import HTTPConnection, HTTPException

    headers = {"X-Api-Key": api_key, "Content-Type": "application/json"}
    headers |= {"X-Idempotency-Key": key} if key else {}
    content = None if body is None else json.dumps(body).encode()
    connection = HTTPConnection(os.environ["PAYSANDBOX_BASE_URL"].removeprefix("http://"), timeout=5)
    try:
        connection.request(method, path, content, headers)
        return json.load(connection.getresponse())
    except HTTPException as error:
        raise OSError("the answer is not whole") from error


def random_name() -> str:
    """Return what no other run has."""
    return os.urandom(8).hex()


def do_at_first(version: str) -> int | None:
    """Do what a version does before it charges. Returns the exit code if it ends by that."""
    match version:
        case "fails":
            return 4
        case "idle":
            return 0
        case "interrupts" if not FAULT_FREE:
            os.kill(os.getppid(), signal.SIGTERM)
            time.sleep(30)
        case "silent" if not FAULT_FREE:
            return 0
        case "sleeps":
            time.sleep(30)
        case "sleeps-in-cells" if not FAULT_FREE:
            time.sleep(30)
        case "stray" if not FAULT_FREE:
            call("GET", "/payments")
        case "differs":
            call("GET", f"/payments/{random_name()}")
        case "other-key":
            call("GET", "/payments", api_key="sk_test_other")
    return None


def charge(version: str, reference: str) -> int:
    """Charge the order, and return the amount that was paid."""
    if version == "asks" and (made := call("GET", "/payments")["data"]):
        return made[0]["captured"]
    key = "order-1" if version in {"order-key", "refunds", "stray", "silent"} else random_name()
    body = {"amount": 3750, "reference": reference}
    paid = call("POST", "/payments/authorize", key, body)
    if version == "refunds":
        call("POST", "/payments/refund", "refund", {"auth_id": paid["auth_id"], "amount": 1000})
    return paid["captured"]


def pay(version: str) -> int:
    """Charge the order unless the books say that it is paid or has failed. Returns the exit code."""
    if os.access(BOOKS, os.F_OK):
        return 0
    ended = do_at_first(version)
    if ended is not None:
        return ended
    references = {"new-reference": random_name(), "run-reference": f"order-{os.environ['PAYSANDBOX_RUN']}"}
    reference = references.get(version, "order-1")
    try:
        paid = charge(version, reference) + (100 if version == "boasts" else 0)
    except (OSError, ValueError):
        if version != "believes":
            return 1
        paid = 0
    write_books({"reference": reference, "currency": "usd", "paid": paid, "refunded": 1000 * (version == "refunds")})
    return 0


def write_books(order: dict[str, Any]) -> None:
    """Note what the order has paid."""
    import json
    from pathlib import Path

    Path(BOOKS).write_text(json.dumps({"orders": [order]}))


if __name__ == "__main__":
    sys.exit(pay(sys.argv[1]))
