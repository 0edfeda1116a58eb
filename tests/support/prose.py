"""Pages of Markdown as text: their prose, their inline code, their headings and links."""

import re
from collections.abc import Iterator
from pathlib import Path

_FENCE = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`([^`]+)`")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)")


def without_blocks(page: str) -> str:
    """The page without its fenced blocks."""
    return _FENCE.sub("", page)


def prose(page: str) -> str:
    """What is left without code and the targets of links, on one line: a phrase may be broken across two."""
    text = _LINK.sub("]", _INLINE.sub("·", without_blocks(page)))
    return " ".join(text.split())


def inline_code(page: str) -> Iterator[str]:
    """Every span of inline code. A span may be broken across lines."""
    for span in _INLINE.findall(without_blocks(page)):
        yield " ".join(span.split())


def anchors(page: str) -> set[str]:
    """The fragments that lead into a page, as GitHub makes them from headings, and those that are written out."""
    text = without_blocks(page)
    found: set[str] = set(re.findall(r'<a id="([^"]+)">', text))
    for heading in _HEADING.findall(text):
        plain = re.sub(r"<[^>]+>|\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "")
        slug = re.sub(r"[^\w\- ]", "", plain.strip().lower()).replace(" ", "-")
        # A heading that is repeated gets a number.
        number = 0
        while (name := f"{slug}-{number}" if number else slug) in found:
            number += 1
        found.add(name)
    return found


def broken_links(file: Path) -> Iterator[str]:
    """The relative links of a page that lead to no file, or to no heading of it."""
    for target in _LINK.findall(without_blocks(file.read_text())):
        path, _, fragment = target.partition("#")
        if ":" in path:
            continue
        there = (file.parent / path).resolve() if path else file
        if not there.exists() or (fragment and fragment not in anchors(there.read_text())):
            yield target
