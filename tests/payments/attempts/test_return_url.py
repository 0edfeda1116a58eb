"""The URL to return to after a challenge: which URLs are accepted, and what they become in a header."""

import pytest

from paysandbox.payments.attempts.return_url import (
    MAX_LENGTH,
    fault_of,
    is_of_application,
    policy_source,
    with_parameters,
)

SHOP = "https://shop.example/return"


@pytest.mark.parametrize(
    "url",
    [
        SHOP,
        "http://localhost:3000",
        "http://127.0.0.1:8080/orders/7?step=2#pay",
        "http://[::1]:3000/return",
        "http://my_shop:3000/return",
        "HTTPS://Shop.Example/Return",
        "https://xn--bcher-kva.example/",
        SHOP + "?" + "a" * (MAX_LENGTH - len(SHOP) - 1),
    ],
)
def test_urls_that_are_accepted(url: str) -> None:
    assert fault_of(url) is None


@pytest.mark.parametrize(
    "url, said",
    [
        ("", "ASCII"),
        ("/return", "http or https"),
        ("//shop.example/return", "http or https"),
        ("shop.example", "http or https"),
        ("javascript:alert(1)", "http or https"),
        ("data:text/html,hello", "http or https"),
        ("ftp://shop.example/", "http or https"),
        ("myapp://return", "http or https"),
        ("https://", "host"),
        ("https:///return", "host"),
        ("https://:443/return", "host"),
        ("https://user@shop.example/", "user name"),
        ("https://user:secret@shop.example/", "user name"),
        ("https://shop.example\\@other.example/", "user name"),
        ("https://shop.example\\.other.example/", "host"),
        ("https://shop.example;form-action%20*/", "host"),
        ("https://shop.example,other.example/", "host"),
        ("https://shop.example'/", "host"),
        ("https://shop.example:/return", "host"),
        ("https://shop.example:0x50/", "not valid"),
        ("https://shop.example:70000/", "not valid"),
        ("https://[::1/", "not valid"),
        ("https://[::1]x/", "valid"),  # no valid host, or no valid URL, by the version of Python
        ("https://shop.example/a b", "ASCII"),
        ("https://shop.example/\r\nSet-Cookie: a=b", "ASCII"),
        ("https://shop.example/\tx", "ASCII"),
        ("https://bücher.example/", "ASCII"),
        (SHOP + "?" + "a" * (MAX_LENGTH - len(SHOP)), "at most 2,048"),
    ],
)
def test_urls_that_are_refused(url: str, said: str) -> None:
    assert said in (fault_of(url) or "")


@pytest.mark.parametrize(
    "url, is_one",
    [
        ("shop://", True),
        ("shop-app://paid?order=7#pay", True),
        ("com.example.shop:/paid", True),
        ("javascript:alert(1)", False),
        ("JavaScript://%0aalert(1)", False),
        ("vbscript://x", False),
        ("data:text/html,hello", False),
        ("data://text/html,hello", False),
        ("file:///etc/passwd", False),
        ("blob:https://shop.example/1", False),
        ("https://user:secret@shop.example/", False),
        ("shop:paid", False),
        ("shop:", False),
        ("/paid", False),
        ("//shop/paid", False),
        (" shop://paid", False),
        ("shop ://paid", False),
        ("shop://a b", False),
        ("shop://paid\n", False),
        ("shop://paid\x00", False),
        ("java\tscript://x", False),
        ("1shop://paid", False),
        ("shöp://paid", False),
    ],
)
def test_an_application_has_a_scheme_of_its_own(url: str, is_one: bool) -> None:
    assert is_of_application(url) is is_one


@pytest.mark.parametrize(
    "url, returned",
    [
        (SHOP, "https://shop.example/return?auth_id=auth_a&result=succeeded"),
        (SHOP + "?", "https://shop.example/return?auth_id=auth_a&result=succeeded"),
        (SHOP + "?order=7&x=%2F+", "https://shop.example/return?order=7&x=%2F+&auth_id=auth_a&result=succeeded"),
        (SHOP + "#pay?", "https://shop.example/return?auth_id=auth_a&result=succeeded#pay?"),
        ("http://localhost:3000", "http://localhost:3000?auth_id=auth_a&result=succeeded"),
    ],
)
def test_parameters_are_added_to_the_query(url: str, returned: str) -> None:
    assert with_parameters(url, {"auth_id": "auth_a", "result": "succeeded"}) == returned


@pytest.mark.parametrize(
    "url, source",
    [
        (SHOP, "https://shop.example"),
        ("http://localhost:3000/return", "http://localhost:3000"),
        ("HTTPS://Shop.Example/Return", "https://Shop.Example"),
        ("http://[::1]:3000/return", "http:"),
        ("http://my_shop:3000/return", "http:"),
    ],
)
def test_source_in_a_policy(url: str, source: str) -> None:
    assert policy_source(url) == source
