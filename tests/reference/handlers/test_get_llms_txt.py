"""GET /llms.txt: the pages of the documentation, as a list for programs that read it."""

import re

import pytest

from paysandbox.reference.routes import GET_DOCS_ASSET, GET_DOCS_PAGE, GET_LLMS_TXT
from tests.support.clients.call import send


def test_the_list_is_text() -> None:
    reply = send(GET_LLMS_TXT)
    assert (reply.status, reply.headers["Content-Type"]) == (200, "text/plain; charset=utf-8")
    assert reply.text.startswith("# ")


@pytest.mark.full
def test_every_page_of_the_list_is_served_as_markdown() -> None:
    listed = re.findall(r"\(docs/([^()]+\.md)\)", send(GET_LLMS_TXT).text)
    assert len(listed) > 40
    for name in listed:
        folder, slash, page = name.partition("/")
        reply = (
            send(GET_DOCS_PAGE, path={"asset": folder, "page": page})
            if slash
            else send(GET_DOCS_ASSET, path={"asset": name})
        )
        assert (reply.status, reply.headers["Content-Type"]) == (200, "text/markdown; charset=utf-8"), name
        assert reply.text.startswith(("# ", "---\n")), name


def test_an_unchanged_list_is_a_304() -> None:
    tag = send(GET_LLMS_TXT).headers["ETag"]
    assert send(GET_LLMS_TXT, headers={"If-None-Match": tag}).status == 304
