"""Reads what layers/stripe_js.py made when the function was built: the script of each train, and the frames' files."""

import re
from functools import cache
from pathlib import Path
from typing import Final

from paysandbox.core.errors import Code, Refused
from paysandbox.http.html import CSS, HTML, JAVASCRIPT, PAGE_HEADERS
from paysandbox.http.native import Page
from reference.built import BUILT

MAX_AGE_S: Final = 60

_FOLDER: Final = BUILT / "stripe_js"
_FILE: Final = re.compile(r"[a-z0-9-]+\.(css|html|js)")
_TYPES: Final = {"css": CSS, "html": HTML, "js": JAVASCRIPT}

# Shops' pages hold the frames, so anybody may. A frame loads and calls nothing but its own host, and Stripe's own hosts
# if it was loaded from there: then a test fulfills all of them from the sandbox. No script or style stands in a page.
_FRAME_HEADERS: Final = PAGE_HEADERS | {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; "
        "connect-src 'self' https://api.stripe.com https://hooks.stripe.com; frame-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors *"
    )
}


def train_script(train: str) -> Page:
    """The script of a train."""
    return Page(text=_text(f"{train}.js"), content_type=JAVASCRIPT, max_age_s=MAX_AGE_S, headers=PAGE_HEADERS)


def frame_file(name: str) -> Page:
    """A frame's page, or the script or style sheet of all frames. Raises Refused: resource_not_found."""
    found = _FILE.fullmatch(name)
    if found is None:
        raise _not_found()
    content_type = _TYPES[found[1]]
    return Page(text=_text(f"frames/{name}"), content_type=content_type, max_age_s=MAX_AGE_S, headers=_FRAME_HEADERS)


@cache
def _text(path: str) -> str:
    file = Path(_FOLDER / path)
    if not file.is_file():
        raise _not_found()
    return file.read_text(encoding="utf-8")


def _not_found() -> Refused:
    return Refused(Code.RESOURCE_NOT_FOUND, "There is no such file of Stripe.js. /docs/reference/stripe-js lists all.")
