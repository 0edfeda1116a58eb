"""GET /docs/errors/{code}: what a refusal means, and what to do about it."""

import pytest

from paysandbox.core.errors import Code
from paysandbox.payments.routes import GET_PAYMENT, LIST_PAYMENTS
from paysandbox.reference.routes import GET_ERROR_PAGE
from tests.support.clients.call import event, send, send_event


def test_every_code_has_a_page(subtests: pytest.Subtests) -> None:
    for code in Code:
        with subtests.test(str(code)):
            reply = send(GET_ERROR_PAGE, path={"code": str(code)})
            assert (reply.status, reply.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
            assert f"<title>{code} · " in reply.text


def test_problems_link_to_their_page() -> None:
    refused = send(GET_PAYMENT, path={"transaction_id": "x"}).json
    code = refused["doc_url"].partition(GET_ERROR_PAGE.path.partition("{")[0])[2]
    assert code == refused["code"]
    assert send(GET_ERROR_PAGE, path={"code": code}).status == 200


@pytest.mark.parametrize(
    "context, base_url",
    [
        (
            {"domainName": "a1b2.execute-api.eu-west-1.amazonaws.com"},
            "https://a1b2.execute-api.eu-west-1.amazonaws.com/live",
        ),
        ({"domainName": "pay.example.com"}, "https://pay.example.com"),
    ],
)
def test_page_is_at_the_address_that_was_called(context: dict[str, str], base_url: str) -> None:
    sent = event(LIST_PAYMENTS, query={"cursor": "x"})
    sent["requestContext"] |= context
    assert send_event(LIST_PAYMENTS, sent).json["doc_url"] == f"{base_url}/docs/errors/cursor_invalid"


@pytest.mark.parametrize("code", ["", "nonsense", "RATE_LIMITED", "rate-limited", "<script>"])
def test_unknown_code(code: str) -> None:
    reply = send(GET_ERROR_PAGE, path={"code": code})
    assert (reply.status, reply.code) == (404, "resource_not_found")
    assert "<script>" not in reply.text
