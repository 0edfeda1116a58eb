"""Keys that were issued elsewhere open nothing for web pages of other sites.

The sandbox accepts any such key (paysandbox/http/keys/first_seen.py), so the key is no proof of anything: every site
that is open in a browser of this machine could send one. Programs on this machine may. So may pages that it serves.
"""

import json
from typing import Final
from urllib.parse import urlsplit

from engine.wall.request import Request
from paysandbox.core.this_machine import is_this_machine
from paysandbox.http.keys.credential import credential_of, is_issued_elsewhere

WHY: Final = (
    "A web page of another site may not use a key that was issued elsewhere. Use a publishable key of the sandbox's "
    "own: `paysandbox keys create` makes one."
)


def is_refused(request: Request) -> bool:
    """Whether a request has such a key and comes from a page that this machine does not serve.

    A page cannot send the header without an `Origin` (Fetch standard: it needs a preflight).
    """
    if "origin" not in request.headers or _is_of_this_machine(request.headers["origin"]):
        return False
    key = credential_of(request.headers.get("authorization", ""))
    return key is not None and is_issued_elsewhere(key)


def refusal() -> bytes:
    """Return the body of the response, in Stripe's format."""
    return json.dumps({"error": {"type": "invalid_request_error", "message": WHY}}).encode()


def _is_of_this_machine(origin: str) -> bool:
    try:
        name = urlsplit(origin).hostname or ""
    except ValueError:
        return False
    return is_this_machine(name)
