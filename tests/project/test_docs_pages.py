"""The pages of the docs: their words, their links, and the index. No private dialect, and few what-clauses."""

import re
from pathlib import Path

import pytest

from tests.support.blocks import PAGES, ROOT
from tests.support.prose import broken_links, prose

BANNED = {
    "as to": "about, on, or name the thing",
    "for this wish": "for this request",
    "gone on with": "resumed",
    "hears": "receives",
    "is told": "is notified, receives",
    "mended": "fixed",
    "otherwise than": "differently from, unlike",
    "tells of": "reports, describes",
    "the one before": "the previous one",
}
"""Phrases, and how to put them instead."""

WHAT_PER_1000_WORDS = 4.0
WHAT_ALWAYS_ALLOWED = 2
"""A noun is clearer than a what-clause. A question or a heading may need one."""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_banned_phrase(page: Path) -> None:
    text = prose(page.read_text())
    assert {
        phrase: better for phrase, better in BANNED.items() if re.search(rf"\b{phrase}\b", text, re.IGNORECASE)
    } == {}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_few_what_clauses(page: Path) -> None:
    text = prose(page.read_text())
    clauses = re.findall(r".{30}\bwhat\b.{30}", text, re.IGNORECASE)
    allowed = max(WHAT_ALWAYS_ALLOWED, WHAT_PER_1000_WORDS * len(text.split()) / 1000)
    assert len(clauses) <= allowed, clauses


@pytest.mark.full
@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_and_anchors_resolve(page: Path) -> None:
    assert list(broken_links(page)) == []


def test_index_links_to_every_page() -> None:
    index = ROOT / "docs" / "index.md"
    linked = {(index.parent / target).resolve() for target in re.findall(r"\]\(([^)#]+\.md)\)", index.read_text())}
    assert linked >= {page for page in PAGES if page != index and page.is_relative_to(index.parent)}
