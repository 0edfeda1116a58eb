"""Markdown of the reports: paragraphs, list items and tables."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

WIDTH: Final = 115


def paragraph(text: str) -> Iterator[str]:
    """Wrap a paragraph into lines and add an empty one."""
    yield from textwrap.wrap(text, WIDTH, break_on_hyphens=False)
    yield ""


def point(text: str) -> Iterator[str]:
    """Wrap an item of a list."""
    yield from textwrap.wrap(f"- {text}", WIDTH, subsequent_indent="  ", break_on_hyphens=False)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Return a table with a first column of text and others of numbers, and an empty line."""
    yield f"| {' | '.join(head)} |"
    yield f"|---|{'---:|' * (len(head) - 1)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"
    yield ""


def ratio_cells(row: Mapping[str, Any]) -> str:
    """Return the cells `before | after | ratio | min – max` that compare two versions."""
    ratio = row["ratio"]
    return (
        f"{row['before']['median']:,.0f} | {row['after']['median']:,.0f} "
        f"| {ratio['median']:.2f} | {ratio['least']:.2f} – {ratio['most']:.2f} |"
    )
