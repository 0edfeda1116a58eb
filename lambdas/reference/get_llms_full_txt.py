"""GET /llms-full.txt: the documentation as one text, for programs that read it."""

from paysandbox.http.native import Page, endpoint
from paysandbox.http.request import Call
from paysandbox.reference.one_text import one_text
from paysandbox.reference.routes import GET_LLMS_FULL_TXT
from reference.built import read


@endpoint(GET_LLMS_FULL_TXT)
def handler(call: Call[None, None]) -> Page:  # noqa: ARG001 - it is the same for everybody
    """The pages that were made from the documentation when the function was built, one after the other."""
    whole = one_text(read("llms.txt"), read)
    return Page(text=whole, content_type=GET_LLMS_FULL_TXT.media_types[0], tagged=True)
