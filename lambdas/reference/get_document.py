"""GET /openapi.json: this API as an OpenAPI 3.1 document."""

from functools import cache
from pathlib import Path

from paysandbox.routes.reference import GET_DOCUMENT
from paysandbox.runtime.http import Page, endpoint
from paysandbox.runtime.request import Call


@endpoint(GET_DOCUMENT)
def handler(call: Call) -> Page:  # noqa: ARG001 - it is the same for everybody
    """A file that was made from the routes when the function was built."""
    return Page(_document(), GET_DOCUMENT.media_types[0])


@cache
def _document() -> str:
    return (Path(__file__).parent / ".built" / "openapi.json").read_text(encoding="utf-8")
