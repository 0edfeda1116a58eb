"""GET /: what this is, and where to read on."""

import pytest

from api_reference.routes import ROUTES
from paysandbox import TITLE, VERSION
from paysandbox.reference.routes import GET_WELCOME
from tests.support.call import event, send, send_event


def test_it_says_what_it_is() -> None:
    welcome = send(GET_WELCOME).json
    assert (welcome["service"], welcome["version"]) == (TITLE, VERSION)


def test_its_links_are_routes_that_need_no_key() -> None:
    public = {route.path for route in ROUTES if route.method == "GET" and route.access == "public"}
    assert set(send(GET_WELCOME).json["links"].values()) <= public


@pytest.mark.parametrize(
    "host, prefix", [("127.0.0.1", ""), ("pay.example.com", ""), ("abc.execute-api.us-east-1.amazonaws.com", "/live")]
)
def test_links_are_of_the_address_that_was_asked(host: str, prefix: str) -> None:
    sent = event(GET_WELCOME)
    sent["requestContext"]["domainName"] = host
    assert send_event(GET_WELCOME, sent).json["links"]["docs"] == f"{prefix}/docs"
