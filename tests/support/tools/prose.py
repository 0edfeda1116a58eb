"""Extract prose, inline code, headings and links from Markdown pages."""

import re
from collections.abc import Iterator
from pathlib import Path

_FENCE = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`([^`]+)`")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_LINKED = re.compile(r"\[((?:[^\[\]]|\[[^\]]*\])+)\]\(([^)\s]+\.md)\)")
_LINK = re.compile(r"\]\(([^)\s]+)\)")


def without_blocks(page: str) -> str:
    """Return the page without its fenced blocks."""
    return _FENCE.sub("", page)


def prose(page: str) -> str:
    """Return the text without code and link targets, on one line, since a phrase may span two lines."""
    text = _LINK.sub("]", _INLINE.sub("·", without_blocks(page)))
    return " ".join(text.split())


def inline_code(page: str) -> Iterator[str]:
    """Iterate over all spans of inline code. A span may contain line breaks, which are replaced by spaces."""
    for span in _INLINE.findall(without_blocks(page)):
        yield " ".join(span.split())


def anchors(page: str) -> set[str]:
    """Return the fragments of a page: those that GitHub generates from headings, and explicit anchors."""
    text = without_blocks(page)
    found: set[str] = set(re.findall(r'<a id="([^"]+)">', text))
    for heading in _HEADING.findall(text):
        plain = re.sub(r"<[^>]+>|\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "")
        slug = re.sub(r"[^\w\- ]", "", plain.strip().lower()).replace(" ", "-")
        # A repeated heading gets a number.
        number = 0
        while (name := f"{slug}-{number}" if number else slug) in found:
            number += 1
        found.add(name)
    return found


def broken_links(file: Path) -> Iterator[str]:
    """Iterate over a page's relative links whose file or heading does not exist."""
    for target in _LINK.findall(without_blocks(file.read_text())):
        path, _, fragment = target.partition("#")
        if ":" in path:
            continue
        there = (file.parent / path).resolve() if path else file
        if not there.exists() or (fragment and fragment not in anchors(there.read_text())):
            yield target


_PHRASE_MIN = 3
"""Words of a link that is a phrase. Shorter ones are names, such as `Stripe.js`."""


def phrases_about_a_part(file: Path) -> Iterator[str]:
    """Iterate over the phrases that link to a page without a section, and have no word of its title or path."""
    for linked, target in _LINKED.findall(without_blocks(file.read_text())):
        phrase = " ".join(linked.split())
        if ":" in target or len(phrase.split()) < _PHRASE_MIN:
            continue
        there = (file.parent / target).resolve()
        title = there.read_text().partition("\n")[0]
        about = _stems(f"{title} {there.parent.name} {there.stem}")
        if not about & _stems(phrase):
            yield phrase


_PARTICLES = frozenset({"a", "an", "and", "for", "in", "of", "on", "the", "to", "with"})


def _stems(phrase: str) -> set[str]:
    """Return the beginnings of the words, so that `report` and `reports` are one."""
    return {word[:5] for word in re.findall(r"[a-z0-9]+", phrase.lower()) if word not in _PARTICLES}
