"""Spans and moments, as a person writes and reads them."""

from datetime import UTC, datetime

import pytest

from cli.terminal.time_span import moment, span_s, span_words, written


@pytest.mark.parametrize(
    "text, seconds, words",
    [
        ("8d", 691_200, "8 days"),
        ("90m", 5_400, "1 hour 30 minutes"),
        ("1d12h", 129_600, "1 day 12 hours"),
        ("1d2h3m4s", 93_784, "1 day 2 hours 3 minutes 4 seconds"),
        ("24h", 86_400, "1 day"),
        ("61s", 61, "1 minute 1 second"),
        ("0s", 0, "0 seconds"),
        ("007d", 604_800, "7 days"),
    ],
)
def test_valid_spans(text: str, seconds: int, words: str) -> None:
    assert span_s(text) == seconds
    assert span_words(seconds) == words


@pytest.mark.parametrize(
    "text", ["", "8", "d", "-1d", "+1d", "1.5d", "1h1d", "1d 2h", "1w", "1D", "٣d", "1d\n", "9999999d", "1dd"]
)
def test_invalid_spans(text: str) -> None:
    assert span_s(text) is None


@pytest.mark.parametrize(
    "text", ["2026-12-01T00:00:00Z", "2026-12-01T01:00:00+01:00", "2026-12-01T00:00Z", "2026-11-30T19:00:00.0-05:00"]
)
def test_valid_times(text: str) -> None:
    assert moment(text) == datetime(2026, 12, 1, tzinfo=UTC)
    assert written(datetime.fromisoformat(text)) == "2026-12-01T00:00:00Z"


@pytest.mark.parametrize(
    "text", ["", "2026-12-01", "2026-12-01T00:00:00", "tomorrow", "1795167007", "2026-02-30T00:00Z"]
)
def test_invalid_times(text: str) -> None:
    assert moment(text) is None
