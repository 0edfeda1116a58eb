"""Metrics as text: in Prometheus' format, or as OpenMetrics. Pure.

The rules are those of Prometheus, "Exposition formats" (text format 0.0.4), and of the OpenMetrics specification 1.0.0,
"Text format". The two differ in the names of counters, in escaping, and in the last line.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

TEXT: Final = "text/plain"
OPENMETRICS: Final = "application/openmetrics-text"
"""The media types of the two."""

CONTENT_TYPES: Final[Mapping[str, str]] = {
    TEXT: f"{TEXT}; version=0.0.4; charset=utf-8",
    OPENMETRICS: f"{OPENMETRICS}; version=1.0.0; charset=utf-8",
}

Kind = Literal["counter", "gauge", "histogram", "info"]
Labels = Sequence[tuple[str, str]]
"""Names and values, in the order in which they are written."""

_SUFFIXES: Final[Mapping[Kind, str]] = {"counter": "_total", "info": "_info"}
"""What the samples of a kind end with. In text format, the name of the metric does so too."""


@dataclass(frozen=True)
class Sample:
    """A value. `suffix` is what follows the name of its metric: `_bucket` of a histogram."""

    value: float
    labels: Labels = ()
    suffix: str = ""


@dataclass(frozen=True)
class Family:
    """A metric with all of its samples. `name` ends with its unit, and has no suffix of its kind: no `_total`."""

    name: str
    kind: Kind
    text: str
    samples: Sequence[Sample]


def exposition(families: Iterable[Family], media_type: str = TEXT) -> bytes:
    """Return the document of these metrics."""
    lines = [line for family in families for line in _lines(family, is_open=media_type == OPENMETRICS)]
    if media_type == OPENMETRICS:
        lines.append("# EOF")
    return "".join(f"{line}\n" for line in lines).encode()


def _lines(family: Family, *, is_open: bool) -> Iterator[str]:
    suffix = _SUFFIXES.get(family.kind, "")
    name = family.name if is_open else family.name + suffix
    # Text format has no information metrics: they are gauges of 1.
    kind = "gauge" if family.kind == "info" and not is_open else family.kind
    yield f"# HELP {name} {_escaped(family.text, quotes=is_open)}"
    yield f"# TYPE {name} {kind}"
    for sample in family.samples:
        labels = ",".join(f'{label}="{_escaped(value, quotes=True)}"' for label, value in sample.labels)
        shown = f"{{{labels}}}" if labels else ""
        yield f"{family.name}{suffix or sample.suffix}{shown} {sample.value}"


def _escaped(text: str, *, quotes: bool) -> str:
    text = text.replace("\\", "\\\\").replace("\n", "\\n")
    return text.replace('"', '\\"') if quotes else text
