"""GET /openapi.json: this API as an OpenAPI 3.1 document."""

from functools import cache

from paysandbox.http.native import Page, endpoint
from paysandbox.http.request import Call
from paysandbox.reference.routes import GET_DOCUMENT
from reference.built import BUILT, decompressed


@endpoint(GET_DOCUMENT)
def handler(call: Call[None, None]) -> Page:  # noqa: ARG001 - it is the same for everybody
    """A file that was made from the routes when the function was built."""
    return Page(text=_document(), content_type=GET_DOCUMENT.media_types[0])


@cache
def _document() -> str:
    return decompressed(BUILT / "openapi.json")
