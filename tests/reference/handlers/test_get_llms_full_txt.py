"""GET /llms-full.txt: the documentation as one text, for programs that read it."""

from paysandbox.reference.routes import GET_LLMS_FULL_TXT
from tests.support.clients.call import send


def test_the_documentation_is_text() -> None:
    reply = send(GET_LLMS_FULL_TXT)
    assert (reply.status, reply.headers["Content-Type"]) == (200, "text/plain; charset=utf-8")
    assert "Page: docs/how-to/lose-answers.md\n" in reply.text
    assert "Page: docs/runbooks/outage.md\n" not in reply.text
