"""Reads what layers/stripe_js.py made when the function was built: the script of each train, and the frames' files."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from paysandbox.aws.runtime import settings_of
from paysandbox.aws.settings import ScriptSettings
from paysandbox.core.errors import Code, Refused
from paysandbox.http.html import CSS, HTML, JAVASCRIPT, PAGE_HEADERS
from paysandbox.http.native import Page
from reference.built import BUILT

_FOLDER: Final = BUILT / "stripe_js"
_FILE: Final = re.compile(r"[a-z0-9-]+\.(css|html|js)")
_TYPES: Final = {"css": CSS, "html": HTML, "js": JAVASCRIPT}

_START: Final = "(() => {\n"

_CALLED: Final = ("/v1/", "/c/pay/", "/authenticate/")
_SHOWN: Final = "script-src 'self'; style-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'"
_HOSTS: Final = "default-src 'self' https://api.stripe.com/v1/ https://hooks.stripe.com/authenticate/"


def train_script(train: str) -> Page:
    """The script of a train: that of all, with the train's line after its opening ones."""
    opening, start, rest = _text("script.js").partition(_START)
    return _page(f"{opening}{start}{_text(f'trains/{train}.js')}{rest}", JAVASCRIPT, PAGE_HEADERS)


def frame_file(name: str, prefix: str = "") -> Page:
    """A frame's page, or the script or style sheet of all frames. Raises Refused: resource_not_found.

    `prefix` is what paths of this API start with: the stage, if it is part of the address.
    """
    found = _FILE.fullmatch(name)
    if found is None:
        raise _not_found()
    headers = PAGE_HEADERS | {"Content-Security-Policy": _policy(prefix)}
    return _page(_text(f"frames/{name}"), _TYPES[found[1]], headers)


def _page(text: str, content_type: str, headers: Mapping[str, str]) -> Page:
    """What is the same for everybody, frames included: they get their data in messages."""
    max_age_s = settings_of(ScriptSettings).script_max_age_s
    return Page(text=text, content_type=content_type, max_age_s=max_age_s, headers=headers, tagged=True)


def _policy(prefix: str) -> str:
    """Return the policies of a frame, which shops' pages hold, so anybody may. No script or style stands in a page.

    A frame has the origin of the sandbox and calls it for a page of another one, so it may call these paths alone, as
    its script does (stripe_js/frames/requests.js). `'self'` takes no path, and behind a proxy only the browser knows
    the address. So the first policy names paths at any host, and the second names hosts. A request must match both (CSP
    Level 3, "Should request be blocked by Content Security Policy?"). Stripe's hosts are for a frame that was loaded
    from there: then a test fulfills all of them from the sandbox.
    """
    paths = " ".join(f"*:*{prefix}{path}" for path in _CALLED)
    return f"default-src 'none'; connect-src {paths}; {_SHOWN}; frame-ancestors *, {_HOSTS}"


@cache
def _text(path: str) -> str:
    file = Path(_FOLDER / path)
    if not file.is_file():
        raise _not_found()
    return file.read_text(encoding="utf-8")


def _not_found() -> Refused:
    return Refused(Code.RESOURCE_NOT_FOUND, "There is no such file of Stripe.js. /docs/reference/stripe-js lists all.")
