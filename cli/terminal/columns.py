"""A table of short cells. It is never wrapped; on a terminal that is too narrow, ids are shortened and columns dropped.

In a pipe or a file every column is printed, and every cell whole.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import zip_longest
from typing import Final

from cli.terminal.console import Text, answers
from cli.terminal.output import stdout_is_terminal

GAP: Final = "  "
NARROWEST: Final = 72
"""The width that every table fits; a narrower terminal wraps it."""

# An id of the API: a prefix and many characters of which a few tell it from the others.
_ID: Final = re.compile(r"([a-z]{2,6}_)([A-Za-z0-9]{12,})")
_ID_ENDS: Final = 4


def columns(header: Sequence[str], rows: Sequence[Sequence[str | Text]], *, drop: Sequence[str] = ()) -> Text:
    """The rows under their header, one line each. `drop` names the columns to leave out first where space is short."""
    lines = [[Text(name, style="bold") for name in header]]
    lines += [[cell if isinstance(cell, Text) else Text(cell) for cell in row] for row in rows]
    if stdout_is_terminal():
        lines = _fitted(lines, [header.index(name) for name in drop], max(answers().width, NARROWEST))
    widths = _widths(lines)
    return Text.lines(_line(cells, widths) for cells in lines)


def _fitted(lines: list[list[Text]], drop: Sequence[int], width: int) -> list[list[Text]]:
    if _total(lines) > width:
        lines = [[shortened(cell) for cell in cells] for cells in lines]
    shown = list(range(max(map(len, lines))))
    for column in drop:
        if _total(_only(lines, shown)) <= width:
            break
        shown.remove(column)
    return _only(lines, shown)


def _only(lines: list[list[Text]], shown: Sequence[int]) -> list[list[Text]]:
    return [[cells[column] for column in shown if column < len(cells)] for cells in lines]


def shortened(cell: Text) -> Text:
    """The cell, with the middle of an ID left out."""
    match = _ID.fullmatch(cell.plain)
    return cell if match is None else Text(f"{match[1]}{match[2][:_ID_ENDS]}…{match[2][-_ID_ENDS:]}", cell.style)


def _widths(lines: Sequence[Sequence[Text]]) -> list[int]:
    return [max(cell.cell_len for cell in column) for column in zip_longest(*lines, fillvalue=Text())]


def _total(lines: Sequence[Sequence[Text]]) -> int:
    widths = _widths(lines)
    return sum(widths) + len(GAP) * (len(widths) - 1)


def _line(cells: Sequence[Text], widths: Sequence[int]) -> Text:
    padded = [cell + " " * (width - cell.cell_len) for cell, width in zip(cells, widths, strict=False)]
    line = Text(GAP).join(padded)
    line.rstrip()
    return line
