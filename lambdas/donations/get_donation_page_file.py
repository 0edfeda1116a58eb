"""GET /donate/{file}: the script and the style sheet of the page for donors."""

from functools import cache
from pathlib import Path
from typing import Final

from paysandbox.core.errors import Code, Refused
from paysandbox.donations.routes import GET_DONATION_PAGE_FILE
from paysandbox.http.html import CSS, JAVASCRIPT, PAGE_HEADERS
from paysandbox.http.native import Page, endpoint
from paysandbox.http.request import Call

MAX_AGE_S: Final = 60

_FOLDER: Final = Path(__file__).parent / "page"
_TYPES: Final = {"donate.js": JAVASCRIPT, "donate.css": CSS}


@endpoint(GET_DONATION_PAGE_FILE)
def handler(call: Call[None, None]) -> Page:
    """A file of the function's own."""
    name = call.path.get("file", "")
    if name not in _TYPES:
        raise Refused(Code.RESOURCE_NOT_FOUND, "There is no such file. The page is at /donate.")
    return Page(text=_text(name), content_type=_TYPES[name], max_age_s=MAX_AGE_S, headers=PAGE_HEADERS, tagged=True)


@cache
def _text(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")
