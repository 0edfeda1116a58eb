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


FOR_USERS = [
    *(page for page in PAGES if page.parent.name == "how-to"),
    *(ROOT / "README.md", ROOT / "docs" / "tutorial.md", ROOT / "docs" / "index.md", ROOT / "docs" / "glossary.md"),
    ROOT / "docs" / "reference" / "what-is-simulated.md",
]
WHAT_PER_1000_MAX = 2


def whats(page: str) -> tuple[int, int]:
    """Return how often a page says `what`, and its words. Titles do not count: neither its own nor those in links."""
    text = prose(re.sub(r"^#+ .*$", "", page, flags=re.MULTILINE))
    return len(re.findall(r"\bwhat\b", re.sub(r"\[[^\]]*\]", "", text), re.IGNORECASE)), len(text.split())


def test_things_have_names_on_users_pages() -> None:
    """`What is captured` and `what the bank does` are a habit that hides the noun: the amount, the answer.

    A page may have one, and 2 in 1,000 words.
    """
    counted = {page: whats(page.read_text()) for page in FOR_USERS}
    assert [
        f"{page.relative_to(ROOT)}: {found} in {words} words"
        for page, (found, words) in counted.items()
        if found > max(1, WHAT_PER_1000_MAX * words / 1000)
    ] == []


@pytest.mark.parametrize(
    "page, found",
    [
        ("What is captured is what counts.", 2),
        ("# What you see\n\nSee [what is simulated](a.md#what), whatever `what` is.", 0),
    ],
)
def test_the_habit_is_counted(page: str, found: int) -> None:
    assert whats(page)[0] == found


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
