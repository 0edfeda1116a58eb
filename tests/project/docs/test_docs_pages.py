"""The pages of the docs: their words, their links, and the index. No private dialect."""

import re
from pathlib import Path

import pytest

from tests.support.tools.blocks import PAGES, ROOT
from tests.support.tools.prose import broken_links, phrases_about_a_part, prose

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


def test_a_phrase_that_leads_to_a_whole_page_is_about_it() -> None:
    """A phrase that names a part of a page leads to that section, so that a section that is gone is noticed."""
    assert [f"{page.relative_to(ROOT)}: {phrase}" for page in PAGES for phrase in phrases_about_a_part(page)] == []


def test_a_phrase_about_a_part_of_a_page_is_found(tmp_path: Path) -> None:
    (tmp_path / "security.md").write_text("# Security model\n\nLimits of public routes")
    page = tmp_path / "page.md"
    page.write_text("See [the limits of public\nroutes](security.md), and [the model of security](security.md).")
    assert [*phrases_about_a_part(page)] == ["the limits of public routes"]


def test_index_links_to_every_page() -> None:
    index = ROOT / "docs" / "index.md"
    linked = {(index.parent / target).resolve() for target in re.findall(r"\]\(([^)#]+\.md)\)", index.read_text())}
    assert linked >= {page for page in PAGES if page != index and page.is_relative_to(index.parent)}
