"""The pages of the docs: their words, their links, and the index. No private dialect."""

import re

import pytest

from tests.support.tools.blocks import PAGES, ROOT
from tests.support.tools.prose import broken_links, prose

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


def test_no_banned_phrase() -> None:
    found = [
        f"{page.relative_to(ROOT)}: {phrase!r}, better: {better}"
        for page in PAGES
        for phrase, better in BANNED.items()
        if re.search(rf"\b{phrase}\b", prose(page.read_text()), re.IGNORECASE)
    ]
    assert found == []


def test_a_decision_has_two_paragraphs() -> None:
    """What was decided and why, then what it costs."""
    decisions = (ROOT / "docs" / "decisions.md").read_text().split("\n### ")[1:]
    texts = [re.split(r"\n\n(?=## )", decision)[0].strip().split("\n\n") for decision in decisions]
    assert [title for title, *paragraphs in texts if len(paragraphs) != 2] == []


@pytest.mark.full
def test_links_and_anchors_resolve() -> None:
    assert [f"{page.relative_to(ROOT)}: {link}" for page in PAGES for link in broken_links(page)] == []


def test_index_links_to_every_page() -> None:
    index = ROOT / "docs" / "index.md"
    linked = {(index.parent / target).resolve() for target in re.findall(r"\]\(([^)#]+\.md)\)", index.read_text())}
    assert linked >= {page for page in PAGES if page != index and page.is_relative_to(index.parent)}
