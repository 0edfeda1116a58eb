"""GET /docs/{asset}: a script or style sheet of the pages."""

from functools import cache
from pathlib import Path
from typing import Final

from paysandbox.core.errors import Code, Refused
from paysandbox.http.native import Page, endpoint
from paysandbox.http.request import Call
from paysandbox.reference.pages import HEADERS
from paysandbox.reference.routes import CSS, GET_DOCS_ASSET, JAVASCRIPT, PLAIN

MAX_AGE_S: Final = 3_600

# Where each lies, and what it is. Nothing else of the folder can be asked for.
ASSETS: Final = {
    "docs.js": ("pages", JAVASCRIPT),
    "pages.css": ("pages", CSS),
    "swagger-ui-bundle.js": (".built", JAVASCRIPT),
    "swagger-ui.css": (".built", CSS),
    "swagger-ui-bundle.js.LICENSE.txt": (".built", PLAIN),
    "LICENSE": (".built", PLAIN),
    "NOTICE": (".built", PLAIN),
}


@endpoint(GET_DOCS_ASSET)
def handler(call: Call[None, None]) -> Page:
    """A file of the function's own."""
    name = call.path.get("asset", "")
    if name not in ASSETS:
        raise Refused(Code.RESOURCE_NOT_FOUND, "There is no such script or style sheet.")
    folder, content_type = ASSETS[name]
    return Page(text=_text(folder, name), content_type=content_type, max_age_s=MAX_AGE_S, headers=HEADERS)


@cache
def _text(folder: str, name: str) -> str:
    return (Path(__file__).parent / folder / name).read_text(encoding="utf-8")
