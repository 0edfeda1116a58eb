"""Horizontal bar charts as SVG, readable in light and dark mode, with a line at the target."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

_LABEL: Final = 330
_BAR: Final = 380
_WIDTH: Final = _LABEL + _BAR + 110
_ROW: Final = 26


@dataclass(frozen=True, slots=True)
class Bar:
    """A value with its spread, and whether it is the sandbox's."""

    name: str
    value: float
    least: float
    most: float
    ours: bool = False


def bars(title: str, unit: str, rows: Sequence[Bar], *, target: float | None = None) -> str:
    """Return the chart. Thin lines show the spread, and a dashed line the target."""
    widest = max(*(bar.most for bar in rows), target or 0.0, 1e-9)
    height = 40 + _ROW * len(rows)
    view = f'viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{escape(title)}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {view} font-family="sans-serif" font-size="12">',
        f'<rect width="{_WIDTH}" height="{height}" fill="#fff"/>',
        f'<text x="8" y="20" font-size="14" fill="#222">{escape(title)} ({escape(unit)})</text>',
    ]
    for number, bar in enumerate(rows):
        y = 34 + _ROW * number
        end, least, most = (_LABEL + _BAR * value / widest for value in (bar.value, bar.least, bar.most))
        colour = "#2563a8" if bar.ours else "#9aa5b1"
        lines += [
            f'<text x="{_LABEL - 8}" y="{y + 14}" text-anchor="end" fill="#222">{escape(bar.name)}</text>',
            f'<rect x="{_LABEL}" y="{y + 2}" width="{end - _LABEL:.1f}" height="16" fill="{colour}"/>',
            f'<path d="M{least:.1f} {y + 10}H{most:.1f}" stroke="#222"/>',
            f'<text x="{most + 6:.1f}" y="{y + 14}" fill="#222">{bar.value:,.4g}</text>',
        ]
    if target is not None:
        x = _LABEL + _BAR * target / widest
        lines.append(f'<path d="M{x:.1f} 30V{height - 6}" stroke="#b42318" stroke-dasharray="4 3"/>')
    return "\n".join([*lines, "</svg>"]) + "\n"
