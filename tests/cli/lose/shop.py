"""A shop with one order of 37.50 USD, in versions with a bug each. Its books are a file.

python shop.py pay VERSION | python shop.py books
"""

import json
import os
import secrets
import signal
import sys
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

BOOKS = Path(os.environ["PAYSANDBOX_TMP"]) / "books.json"
FAULT_FREE = os.environ["PAYSANDBOX_RUN"].endswith("fault-free")
API_KEY = os.environ["PAYSANDBOX_API_KEY"]


def call(method: str, path: str, key: str | None = None, body: Any = None, api_key: str = API_KEY) -> Any:
    """Send a request to the API. Raises an exception without a whole answer of 200."""
    headers = {"X-Api-Key": api_key, "Content-Type": "application/json"}
    headers |= {"X-Idempotency-Key": key} if key else {}
    content = None if body is None else json.dumps(body).encode()
    connection = HTTPConnection(os.environ["PAYSANDBOX_BASE_URL"].removeprefix("http://"), timeout=5)
    connection.request(method, path, content, headers)
    return json.load(connection.getresponse())


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
            call("GET", f"/payments/{secrets.token_hex(8)}")
        case "other-key":
            call("GET", "/payments", api_key="sk_test_other")
    return None


def charge(version: str, reference: str) -> int:
    """Charge the order, and return the amount that was paid."""
    if version == "asks" and (made := call("GET", "/payments")["data"]):
        return made[0]["captured"]
    key = "order-1" if version in {"order-key", "refunds", "stray", "silent"} else secrets.token_hex(8)
    body = {"amount": 3750, "reference": reference}
    paid = call("POST", "/payments/authorize", key, body)
    if version == "refunds":
        call("POST", "/payments/refund", "refund", {"auth_id": paid["auth_id"], "amount": 1000})
    return paid["captured"]


def pay(version: str) -> int:
    """Charge the order unless the books say that it is paid or has failed. Returns the exit code."""
    references = {"new-reference": secrets.token_hex(8), "run-reference": f"order-{os.environ['PAYSANDBOX_RUN']}"}
    reference = references.get(version, "order-1")
    books = read_books() or {"paid": 0, "failed": False, "reference": reference, "version": version}
    if books["paid"] or books["failed"]:
        return 0
    ended = do_at_first(version)
    if ended is not None:
        return ended
    try:
        books["paid"] = charge(version, books["reference"]) + (100 if version == "boasts" else 0)
    except (OSError, ValueError, HTTPException):
        if version != "believes":
            return 1
        books["failed"] = True
    BOOKS.write_text(json.dumps(books))
    return 0


def read_books() -> Any:
    """Return the books, or None before the first payment."""
    return json.loads(BOOKS.read_text()) if BOOKS.exists() else None


def main() -> int:
    """Do what the arguments say."""
    if sys.argv[1] == "pay":
        return pay(sys.argv[2])
    books = read_books()
    refunded = 1000 if books and books["version"] == "refunds" else 0
    paid = {"paid": books["paid"], "refunded": refunded} if books else {}
    orders = [{"reference": books["reference"], "currency": "usd", **paid}] if books else []
    sys.stdout.write(json.dumps({"orders": orders}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
