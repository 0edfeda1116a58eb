"""GET /docs/{asset}: a page of the documentation, or a script, style sheet or document that pages load."""

from functools import cache
from pathlib import Path
from typing import Final

from paysandbox.http.html import CSS, JAVASCRIPT, MARKDOWN
from paysandbox.http.native import Page, endpoint
from paysandbox.http.request import Call
from paysandbox.reference.routes import GET_DOCS_ASSET, JSON, PLAIN
from reference.built import PAGE_HEADERS, decompressed, page

MAX_AGE_S: Final = 3_600

# Where each lies, and what it is. Whatever else is asked for is a page or nothing.
ASSETS: Final = {
    "pages.css": ("pages", CSS),
    "pages.js": ("pages", JAVASCRIPT),
    "explorer.js": ("pages", JAVASCRIPT),
    "search.json": (".built/docs", JSON),
    "SKILL.md": (".built/docs", MARKDOWN),
    "openapi-v1.json": (".built", JSON),
    "minisearch.js": (".built", JAVASCRIPT),
    "minisearch.LICENSE.txt": (".built", PLAIN),
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
        return page(name, slashed=call.request.slashed)
    folder, content_type = ASSETS[name]
    return Page(text=text_of(folder, name), content_type=content_type, max_age_s=MAX_AGE_S, headers=PAGE_HEADERS)


@cache
def text_of(folder: str, name: str) -> str:
    """Return the text of an asset. It is read once."""
    file = Path(__file__).parent / folder / name
    return file.read_text(encoding="utf-8") if file.is_file() else decompressed(file)
