"""A table of short cells, as wide as it needs to be: never wrapped or cut, so that what is piped is whole."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import Final

from cli.terminal.console import Text

_GAP: Final = "  "


def columns(header: Sequence[str], rows: Sequence[Sequence[str | Text]]) -> Text:
    """The rows under their header, one line each, cells padded to the widest of their column."""
    lines = [[Text(name, style="bold") for name in header]]
    lines += [[cell if isinstance(cell, Text) else Text(cell) for cell in row] for row in rows]
    widths = [max(cell.cell_len for cell in column) for column in zip_longest(*lines, fillvalue=Text())]
    return Text.lines(_line(cells, widths) for cells in lines)


def _line(cells: Sequence[Text], widths: Sequence[int]) -> Text:
    padded = [cell + " " * (width - cell.cell_len) for cell, width in zip(cells, widths, strict=False)]
    line = Text(_GAP).join(padded)
    line.rstrip()
    return line
