"""What a text may name. Pure.

auth_…, pi_…, req_…, 2026-11-20    an object, by its ID in either API
/v1/payment_intents/pi_…/capture   the objects that a path or an address names
ada@example.com                    an e-mail address
4242                               the last four digits of a card
order-2001                         a merchant's reference, a value of metadata, or an idempotency key
Ada Lovelace                       the beginning of each word of a name
"""

import re
from typing import Final
from urllib.parse import unquote, urlsplit

from paysandbox.core.record import record

MAX_TEXT: Final = 500
"""Characters of a text. The longest idempotency key has 255."""

MAX_NAMES: Final = 20
"""Parts of a path that may be IDs."""

_ID: Final = re.compile(r"[A-Za-z0-9_.=@+-]{1,64}")
_EMAIL: Final = re.compile(r"[^\s@/]+@[^\s@/]+")
_LAST4: Final = re.compile(r"[0-9]{4}")


@record(kw_only=True)
class SearchText:
    """A text, without spaces around it, and what it may be. `names` are the IDs that it may be or contain."""

    text: str
    names: tuple[str, ...] = ()
    path: str | None = None
    email: str | None = None
    last4: str | None = None


def read_search(typed: str) -> SearchText:
    """Return what a text that somebody typed or pasted may name."""
    text = typed.strip()
    path = _path(text)
    parts = dict.fromkeys(path.split("/") if path is not None else (text,))
    return SearchText(
        text=text,
        names=tuple(part for part in parts if _ID.fullmatch(part))[:MAX_NAMES],
        path=path,
        email=text if _EMAIL.fullmatch(text) else None,
        last4=text if _LAST4.fullmatch(text) else None,
    )


def _path(text: str) -> str | None:
    """Return the path of a request or of an address, or None for a text that is neither.

    A request may have its method before its path (`GET /payments`). Links of the dashboard have the ID in their query.
    """
    method, _, rest = text.partition(" ")
    if method.isalpha() and method.isupper() and rest.startswith("/"):
        text = rest
    if " " in text or not (text.startswith("/") or "://" in text):
        return None
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    return unquote(parts.path) or None
