"""Pages of the reference, the explanations and the runbooks: links that arrive, and no phrases that are not English."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"

# The command line's words are the program's, and are checked there.
PAGES = [
    page
    for folder in ("reference", "explanation", "runbooks")
    for page in sorted((DOCS / folder).glob("*.md"))
    if page.name != "cli.md"
]

BANNED = re.compile(
    r"gone on with|tells of|is told|\bhears\b|\bmended\b|the one before|for this wish|otherwise than|what became of"
    r"|\banew\b|given back|\bwhoever\b|sent again what|by itself alone|who asks",
    re.IGNORECASE,
)

_CODE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)#:\s]*)#([\w-]+)\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_has_none_of_the_phrases_that_no_writer_in_payments_uses(page: Path) -> None:
    assert BANNED.findall(_CODE.sub("", page.read_text())) == []


@pytest.mark.parametrize("page", sorted(DOCS.glob("**/*.md")), ids=lambda page: page.name)
def test_a_link_to_a_section_leads_to_it(page: Path) -> None:
    for target, section in _LINK.findall(page.read_text()):
        linked = (page.parent / target).resolve() if target else page
        if linked.suffix == ".md":
            assert section in set(_sections(linked.read_text())), f"{target}#{section}"


def _sections(text: str) -> Iterator[str]:
    """The names by which GitHub links to the headings of a page, and those that the page gives itself."""
    yield from re.findall(r'<a id="([^"]+)"', text)
    for heading in re.findall(r"^#+ (.+)$", _CODE.sub("", text), re.MULTILINE):
        plain = re.sub(r"<[^>]+>|[`*]", "", heading).strip().lower()
        yield re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")


@pytest.mark.parametrize(
    "text, sections",
    [
        ("# Money\n\n## What a kill loses", {"money", "what-a-kill-loses"}),
        ("### `paysandbox listen`", {"paysandbox-listen"}),
        ('| <a id="port"></a>`port` |', {"port"}),
        ("```\n# a comment\n```", set[str]()),
    ],
)
def test_sections_are_those_of_headings(text: str, sections: set[str]) -> None:
    assert set(_sections(text)) == sections
