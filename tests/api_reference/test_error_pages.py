"""Pages about refusals, and the advice that they are made from."""

from html.parser import HTMLParser

import pytest

from api_reference.error_pages import error_list, error_page
from paysandbox.core.errors import PROBLEMS, Code
from paysandbox.reference.error_docs import ERROR_DOCS, example


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


def test_every_code_has_a_cause_and_a_remedy() -> None:
    assert set(ERROR_DOCS) == set(Code)


def test_causes_and_remedies_are_sentences(subtests: pytest.Subtests) -> None:
    for code in Code:
        with subtests.test(str(code)):
            advice = ERROR_DOCS[code]
            for words in (advice.means, advice.do):
                assert words[0].isupper()
                assert words.endswith(".")
                assert "|" not in words, "it stands in a table too"
            assert advice.detail == "" or advice.detail.endswith(".")


def test_page_of_a_code_has_cause_remedy_and_retry(subtests: pytest.Subtests) -> None:
    for code in Code:
        with subtests.test(str(code)):
            page = Read(error_page(code))
            assert page.open == []
            plain = [
                words.replace("`", "") for words in (ERROR_DOCS[code].means, ERROR_DOCS[code].do, PROBLEMS[code].title)
            ]
            for words in (str(code), str(PROBLEMS[code].status), *plain, example(code)["detail"]):
                assert words in page.words
            assert "`" not in page.words


def test_list_links_to_every_page() -> None:
    page = Read(error_list())
    assert page.open == []
    assert page.links == [f"errors/{code}" for code in Code]
