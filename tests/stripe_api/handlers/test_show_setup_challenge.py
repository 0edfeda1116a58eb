"""GET /authenticate/setup/{merchant}/{challenge_id}/{token}: the page of a setup intent's 3-D Secure challenge."""

import pytest

from tests.stripe_api.handlers.setup_intents.setups import SHOP, challenged, complete, page_of, place_of, show


def test_the_page_has_two_forms_until_it_is_answered() -> None:
    setup = challenged()
    page = show(page_of(setup))
    assert (page.status, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert page.text.count('<form method="post">') == 2
    for fact in ("demo", "visa, ending in 3184", "requires action"):
        assert f"<dd>{fact}</dd>" in page.text
    assert "form-action 'self' https://shop.example;" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "result, title", [("succeeded", "Authentication complete"), ("failed", "Authentication failed")]
)
def test_the_page_after_an_answer(result: str, title: str) -> None:
    setup = challenged()
    complete(page_of(setup), result)
    page = show(page_of(setup)).text
    assert f"<h1>{title}</h1>" in page
    assert "<form" not in page
    assert f'href="{SHOP}&amp;setup_intent={setup["id"]}' in page


def test_a_wrong_address_reveals_nothing() -> None:
    first, second = page_of(challenged()), page_of(challenged())
    wrong = [
        {"token": place_of(second)["token"]},
        {"token": ""},
        {"token": "ü" * 26},
        {"challenge_id": place_of(second)["challenge_id"]},
        {"challenge_id": "setatt_" + "z" * 36},
        {"challenge_id": "nonsense"},
        {"merchant": "globex"},
        {"merchant": "a#b"},
    ]
    replies = [show(first, accept="*/*", **place) for place in wrong]
    assert {reply.status for reply in replies} == {404}
    assert len({reply.json["detail"] for reply in replies}) == 1
