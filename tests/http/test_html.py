"""Content negotiation between HTML pages and JSON, and the escaping of text in a problem's page."""

import pytest

from cli.deploy.installation import ROOT
from paysandbox.core.errors import Code, problem
from paysandbox.http.html import MARK_SVG, prefers_html, problem_page

CHROME = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
SAFARI = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize(
    "accept, page",
    [
        ([CHROME], True),
        ([SAFARI], True),
        (["text/html"], True),
        (["TEXT/HTML"], True),
        (["text/*"], True),
        (["text/html;q=0.5, application/json;q=0.4"], True),
        (["application/xml", "text/html"], True),
        (["text/html, application/json;q=0"], True),
        ([], False),
        (["*/*"], False),
        ([""], False),
        (["application/json"], False),
        (["application/problem+json, text/html"], False),
        (["text/html, application/json"], False),
        (["text/html;q=0.4, application/json;q=0.5"], False),
        (["text/html;q=0.4, */*;q=0.5"], False),
        (["text/html;q=0"], False),
        (["text/html;q=0.001"], True),
        (["text/html;q=0.12, application/json;q=0.119"], True),
        (["text/html;q=0.12, application/json;q=0.120"], False),
        (["text/html;q=1., application/json;q=0.999"], True),
        (["text/html;q=0.0001"], False),
        (["text/html;q=nonsense"], False),
        (["text/html;q=nan"], False),
        (["application/xhtml+xml"], False),
    ],
)
def test_accept_headers_that_get_a_page(accept: list[str], page: bool) -> None:
    assert prefers_html(accept) is page


HOSTILE = "\"'><script>alert(1)</script>&amp;{service}"


def test_error_page_shows_the_problem() -> None:
    body = problem(
        Code.PARAMETER_INVALID, detail="Send a number.", request_id="r-1", param="card.cvc", base_url="/live"
    )
    page = problem_page(body, prefix="/live", nearby=["GET /payments"])
    for words in ("400", "parameter_invalid", "Send a number.", "r-1", "card.cvc", "GET /payments"):
        assert f">{words}<" in page, words
    assert 'href="/live/docs/errors/parameter_invalid"' in page
    assert 'href="/live/docs/pages.css"' in page


@pytest.mark.parametrize("name", ["detail", "request_id", "param", "code", "title", "status", "doc_url"])
def test_problem_texts_are_escaped(name: str) -> None:
    page = problem_page(problem(Code.RESOURCE_NOT_FOUND) | {name: HOSTILE}, nearby=[HOSTILE])
    assert "<script" not in page
    assert "\"'>" not in page
    assert page.count("&lt;script&gt;") >= 2


def test_the_mark_is_that_of_the_dashboard() -> None:
    assert (ROOT / "dashboard/public/icon.svg").read_text().strip() == MARK_SVG
