"""GET /oauth/authorize: the page on which an account is connected to a platform."""

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from paysandbox.stripe_api.routes import SHOW_OAUTH_PAGE
from tests.stripe_api.handlers.oauth.authorized import APPLICATION, exchange
from tests.support.clients.call import Reply, send
from tests.support.clients.stripe_merchant import done

LINK = {"client_id": APPLICATION, "redirect_uri": "https://shop.example/connected?tenant=7", "state": "a&b"}


def show(**query: Any) -> Reply:
    return send(SHOW_OAUTH_PAGE, query=LINK | query)


def links(page: Reply) -> list[dict[str, list[str]]]:
    urls = [unescape(url) for url in re.findall('<a href="([^"]*)"', page.text)]
    assert all(url.startswith("https://shop.example/connected?tenant=7&") for url in urls)
    return [parse_qs(urlsplit(url).query) for url in urls]


def test_it_links_to_the_platform_with_a_code_that_works() -> None:
    page = show(scope="read_write")
    assert (page.status, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    connect, _ = links(page)
    assert (connect["scope"], connect["state"], connect["tenant"]) == (["read_write"], ["a&b"], ["7"])
    assert done(exchange(*connect["code"]))["scope"] == "read_write"


def test_it_links_to_the_platform_without_access() -> None:
    _, deny = links(show())
    assert deny == {
        "tenant": ["7"],
        "error": ["access_denied"],
        "error_description": ["The user denied your request"],
        "state": ["a&b"],
    }


def test_each_page_has_a_code_of_its_own() -> None:
    first, second = (links(show())[0]["code"] for _ in range(2))
    assert first != second


def test_what_a_link_of_stripes_may_also_have() -> None:
    others = {"response_type": "code", "stripe_landing": "login", "stripe_user[email]": "jenny@example.com"}
    assert show(**others).status == 200


def test_a_page_neither_redirects_nor_is_framed_nor_runs_anything() -> None:
    page = show(state='"><script>alert(1)</script>')
    assert "<script>" not in page.text
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "Location" not in page.headers


@pytest.mark.parametrize(
    "query, code, param",
    [
        ({"client_id": ""}, "parameter_invalid", "client_id"),
        ({"redirect_uri": ""}, "url_not_allowed", "redirect_uri"),
        ({"redirect_uri": "javascript:alert(1)"}, "url_not_allowed", "redirect_uri"),
        ({"redirect_uri": "https://a@shop.example"}, "url_not_allowed", "redirect_uri"),
        ({"client_id": "acct_1"}, "parameter_invalid", "client_id"),
        ({"client_id": "ca_32D88BD1qLklliziD7gYQvctJIhWBSQ7"}, "parameter_invalid", "client_id"),
        (
            {"client_id": f"{APPLICATION[:-1]}{'a' if APPLICATION[-1] != 'a' else 'b'}"},
            "parameter_invalid",
            "client_id",
        ),
        ({"client_id": APPLICATION[:-1]}, "parameter_invalid", "client_id"),
        ({"scope": "all"}, "parameter_invalid", "scope"),
        ({"response_type": "token"}, "parameter_invalid", "response_type"),
        ({"state": "x" * 501}, "parameter_invalid", "state"),
    ],
)
def test_what_is_refused(query: dict[str, str], code: str, param: str) -> None:
    reply = show(**query)
    assert (reply.status, reply.json["code"], reply.json["param"]) == (400, code, param)


@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
def test_what_it_needs(name: str) -> None:
    reply = send(SHOW_OAUTH_PAGE, query={other: value for other, value in LINK.items() if other != name})
    assert (reply.status, reply.json["code"], reply.json["param"]) == (400, "parameter_missing", name)


def test_an_application_that_is_not_the_sandboxs_is_refused_in_stripes_words() -> None:
    reply = show(client_id=f"ca_{'a' * 26}")
    assert reply.json["detail"] == "No application matches the supplied client identifier"
    assert "shop.example" not in reply.text
