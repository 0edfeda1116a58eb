"""GET /docs/errors: a page of all refusals."""

from paysandbox.core.errors import Code
from paysandbox.reference.routes import LIST_ERROR_PAGES
from tests.support.clients.call import send


def test_every_code_is_listed() -> None:
    reply = send(LIST_ERROR_PAGES)
    assert (reply.status, reply.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert all(f'errors/{code}"' in reply.text for code in Code)
