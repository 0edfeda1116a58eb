"""GET /llms-full.txt: the documentation as one text, for programs that read it."""

from paysandbox.http.native import Page, endpoint
from paysandbox.http.request import Call
from paysandbox.reference.routes import GET_LLMS_FULL_TXT
from reference.built import text


@endpoint(GET_LLMS_FULL_TXT)
def handler(call: Call[None, None]) -> Page:  # noqa: ARG001 - it is the same for everybody
    """A file that was made from the documentation when the function was built."""
    return text("llms-full.txt", GET_LLMS_FULL_TXT.media_types[0])
