"""GET /authenticate/{challenge_id}/{token}: the page of a 3-D Secure challenge."""

import re

import pytest

from paysandbox.payments.routes import SHOW_CHALLENGE
from tests.support.clients.call import Merchant, send
from tests.support.clients.challenges import challenged, complete, place_of, show, url_of

SHOP = "https://shop.example/orders/7"
FORMS = re.compile(r'<form method="post"><button[^>]*name="result" value="(\w+)">([^<]+)</button></form>')


def test_the_page_has_a_form_for_each_way_to_end(demo: Merchant) -> None:
    reply = show(url_of(challenged(demo, amount=12_50)))

    assert (reply.status, reply.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert FORMS.findall(reply.text) == [
        ("succeeded", "Complete authentication"),
        ("failed", "Fail authentication"),
    ]
    for fact in (demo.name, "12.50 USD", "visa, ending in 3220", "requires action"):
        assert f"<dd>{fact}</dd>" in reply.text
    assert "<script" not in reply.text
    assert '<html lang="en">' in reply.text
    assert "Return to the merchant" not in reply.text


@pytest.mark.parametrize(
    "return_url, form_action",
    [
        (None, "'self'"),
        (SHOP, "'self' https://shop.example"),
        ("http://localhost:3000/done?a=b", "'self' http://localhost:3000"),
        ("http://[::1]:3000/", "'self' http:"),
    ],
)
def test_the_form_may_lead_to_the_merchant_only(return_url: str | None, form_action: str, demo: Merchant) -> None:
    body = {} if return_url is None else {"return_url": return_url}
    headers = show(url_of(challenged(demo, **body))).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))

    assert policy["form-action"] == form_action
    assert (policy["default-src"], policy["frame-ancestors"], policy["base-uri"]) == ("'none'", "'self'", "'none'")
    assert "script-src" not in policy
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "result, title",
    [
        ("succeeded", "Authentication complete"),
        ("failed", "Authentication failed"),
        ("D", "Confirm in your bank's app"),
    ],
)
def test_the_page_after_an_answer(result: str, title: str, demo: Merchant) -> None:
    url = url_of(challenged(demo, return_url=SHOP))
    complete(url, result)
    page = show(url).text

    assert f"<h1>{title}</h1>" in page
    assert bool(FORMS.findall(page)) is (result == "D"), "only an open challenge has forms"
    assert ('href="https://shop.example/orders/7?auth_id=auth_' in page) is (result != "D")


def test_the_page_of_a_voided_payment(demo: Merchant) -> None:
    answer = challenged(demo)
    demo.void(answer["auth_id"])
    page = show(url_of(answer)).text
    assert "This payment has ended" in page
    assert FORMS.findall(page) == []


def test_a_wrong_address_reveals_nothing(demo: Merchant) -> None:
    first, second = (place_of(url_of(challenged(demo))) for _ in range(2))
    approved = demo.authorized()
    wrong = [
        first | {"token": second["token"]},
        first | {"token": ""},
        first | {"token": first["token"][:-1]},
        first | {"token": "ü" * 26},
        first | {"challenge_id": "auth_" + "z" * 26},
        first | {"challenge_id": "nonsense"},
        {"challenge_id": approved, "token": first["token"]},
    ]
    replies = [send(SHOW_CHALLENGE, path=path) for path in wrong]
    assert {reply.status for reply in replies} == {404}
    assert len({reply.json["detail"] for reply in replies}) == 1
