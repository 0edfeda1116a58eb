"""Metrics of requests, computed from their log lines. Pure; the arithmetic is that of `GET /metrics`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from paysandbox.metrics.figures import (
    BankResponse,
    Figures,
    RequestFigures,
    RequestSample,
    Traffic,
    by_route,
    by_status_and_code,
    figures,
)


@dataclass(frozen=True)
class LineFigures:
    """The metrics of the lines of a span, in all and by route. `failures` is the number by status and code."""

    span_s: int
    every: Figures
    routes: tuple[RequestFigures, ...]
    failures: Mapping[tuple[int, str], int]


def line_figures(lines: Iterable[tuple[int, Mapping[str, Any]]], *, span_s: int) -> LineFigures:
    """Return the metrics of requests' lines, each with its time in milliseconds. Rates are over the whole span.

    A response of the bank is a request with the outcome `approved` or `declined` that is no replay: authorizations
    through the native API. Lines of requests to the Stripe-compatible API do not have an approval.
    """
    found = list(lines)
    requests = [_sample(at_ms, line) for at_ms, line in found]
    responses = [
        BankResponse(at_ms, line["outcome"] == "approved")
        for at_ms, line in found
        if line.get("outcome") in ("approved", "declined") and not _is_replay(line) and _status(line) < 400
    ]
    return LineFigures(
        span_s=span_s,
        every=figures(Traffic(requests=requests, bank_responses=responses), span_s),
        routes=by_route(requests, span_s),
        failures=by_status_and_code(requests),
    )


def _sample(at_ms: int, line: Mapping[str, Any]) -> RequestSample:
    duration_ms, code = line.get("duration_ms"), line.get("code")
    return RequestSample(
        at_ms=at_ms,
        route=str(line.get("route", "-")),
        status=_status(line),
        duration_ms=float(duration_ms) if isinstance(duration_ms, (int, float)) else None,
        code=None if code is None else str(code),
        declined=line.get("outcome") == "declined",
        replayed=_is_replay(line),
        cold_start=line.get("cold_start") is True,
    )


def _status(line: Mapping[str, Any]) -> int:
    status = line.get("status")
    return status if isinstance(status, int) else 0


def _is_replay(line: Mapping[str, Any]) -> bool:
    return line.get("replayed") is True
