"""GET /postman.json: this API as a collection for Postman, Bruno and Insomnia."""

from functools import cache
from pathlib import Path

from paysandbox.http.native import Page, endpoint
from paysandbox.http.request import Call
from paysandbox.reference.routes import GET_POSTMAN_COLLECTION


@endpoint(GET_POSTMAN_COLLECTION)
def handler(call: Call[None, None]) -> Page:  # noqa: ARG001 - it is the same for everybody
    """A file that was made from the routes when the function was built."""
    return Page(text=_collection(), content_type=GET_POSTMAN_COLLECTION.media_types[0])


@cache
def _collection() -> str:
    return (Path(__file__).parent / ".built" / "postman.json").read_text(encoding="utf-8")
