"""Pages about refusals, and the advice that they are made from."""

import re
from html.parser import HTMLParser
from urllib.parse import urljoin

import pytest

from paysandbox.core.errors import PROBLEMS, Code
from paysandbox.reference.error_docs import ERROR_DOCS, example
from paysandbox.reference.pages import error_list, error_page


class Read(HTMLParser):
    """What a page links to, and its words."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.words = ""
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [value for name, value in attrs if name in {"href", "src"} and value]
        if tag not in {"meta", "link", "wbr"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


def test_every_code_has_advice() -> None:
    assert set(ERROR_DOCS) == set(Code)


@pytest.mark.parametrize("code", Code)
def test_advice_is_sentences(code: Code) -> None:
    advice = ERROR_DOCS[code]
    for words in (advice.means, advice.do):
        assert words[0].isupper()
        assert words.endswith(".")
        assert "|" not in words, "it stands in a table too"
    assert advice.detail == "" or advice.detail.endswith(".")


@pytest.mark.parametrize("code", Code)
def test_a_codes_page_says_what_a_developer_came_for(code: Code) -> None:
    page = Read(error_page(code))
    assert page.open == []
    plain = [words.replace("`", "") for words in (ERROR_DOCS[code].means, ERROR_DOCS[code].do, PROBLEMS[code].title)]
    for words in (str(code), str(PROBLEMS[code].status), *plain, example(code)["detail"]):
        assert words in page.words
    assert "`" not in page.words


def leads_to(page: str, address: str) -> set[str]:
    """What a page that was found at an address links to."""
    return {urljoin(f"https://host/live{address}", link) for link in Read(page).links if link != "data:,"}


EVERYWHERE = {f"https://host/live/{path}" for path in ("docs", "docs/errors", "openapi.json", "docs/pages.css")}


@pytest.mark.parametrize("slashed", [False, True])
def test_the_list_leads_to_every_page(slashed: bool) -> None:
    page = error_list(slashed=slashed)
    assert Read(page).open == []
    assert leads_to(page, "/docs/errors" + "/" * slashed) == EVERYWHERE | {
        f"https://host/live/docs/errors/{code}" for code in Code
    }


@pytest.mark.parametrize("slashed", [False, True])
def test_a_codes_page_leads_everywhere(slashed: bool) -> None:
    page = error_page(Code.RATE_LIMITED, slashed=slashed)
    assert leads_to(page, "/docs/errors/rate_limited" + "/" * slashed) == EVERYWHERE


@pytest.mark.parametrize("page", [error_list(), error_page(Code.RATE_LIMITED)], ids=["list", "one"])
def test_nothing_is_loaded_from_elsewhere(page: str) -> None:
    for link in Read(page).links:
        assert link == "data:," or re.fullmatch(r"[\w./-]+", link), link
        assert not link.startswith("/"), "under a stage the root is not ours"
