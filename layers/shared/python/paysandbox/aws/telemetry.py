# pyright: standard
"""Structured logs with embedded metrics (EMF). Request bodies are logged only masked.

A request writes a single JSON line for both its log entry and its metrics.
"""

import json
import time
import traceback
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final, cast

from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.logging.formatter import RESERVED_LOG_ATTRS, LambdaPowertoolsFormatter
from aws_lambda_powertools.metrics import Metrics, MetricUnit, SchemaValidationError

from paysandbox.core.cards.card_numbers import without_card_numbers
from paysandbox.core.metrics import DIMENSION, UNKNOWN, Metric
from paysandbox.core.once import once

# Characters that log readers, including the local engine's, treat as line ends, but that JSON does not escape.
_LINE_ENDS: Final = {ord(end): f"\\u{ord(end):04x}" for end in "\u0085\u2028\u2029"}


_encode: Final = json.JSONEncoder(default=str, separators=(",", ":"), ensure_ascii=False).encode


_OF_EVERY_RECORD: Final = frozenset(RESERVED_LOG_ATTRS)


def _one_line(fields: Any) -> str:
    line = _encode(fields)
    return line if line.isascii() else line.translate(_LINE_ENDS)


class LineFormatter(LambdaPowertoolsFormatter):
    """Writes the lines that Powertools' formatter would write, in less than half of its time.

    It does not look for what our calls never have: an exception, arguments, a message in JSON.
    """

    def format(self, record: Any) -> str:
        """Format a record as a line of JSON: the keys of the logger, then the fields of the call."""
        fields = {name: field for name, field in vars(record).items() if name not in _OF_EVERY_RECORD}
        return self.line(record.levelname, record.msg, record.created, fields)

    def line(self, level: str, message: str, at: float, fields: dict[str, Any]) -> str:
        """Format a line that was logged `at` this time (Unix seconds)."""
        timestamp = datetime.fromtimestamp(at, tz=UTC).isoformat(timespec="milliseconds")
        line = self.get_current_keys() | {"level": level, "message": message, "timestamp": timestamp} | fields
        line["xray_trace_id"] = self._get_latest_trace_id()
        shown: Any = {name: field for name, field in line.items() if field is not None}
        return self.serialize(shown)


@once
def _logger() -> Logger:
    return Logger(location=None, logger_formatter=LineFormatter(json_serializer=_one_line))


class _ColdStart:
    first = True


def cold_start() -> bool:
    """Whether this is the first request of this execution environment."""
    first, _ColdStart.first = _ColdStart.first, False
    return first


def set_route(route: str) -> None:
    """Add the route to all later log lines, because a function may serve several routes."""
    _logger().append_keys(route=route)


def request_line(fields: dict[str, Any], counts: Mapping[str, int], *, failed: bool) -> None:
    """Log one request, with the values of the metrics that it counts for. Failures have level ERROR.

    The line is printed, as Powertools prints metrics: passing it through `logging` takes as long as formatting it. So
    the logger's level does not count: the request log, the feed and the alarms are made of these lines.

    A metric that cannot be serialized (for example, without a namespace) is omitted: by then money has moved, and the
    response must not be lost because of a metric.
    """
    embedded: dict[str, Any] = {}
    if counts:
        try:
            embedded = _embedded(counts)
        except SchemaValidationError as error:
            fields = fields | {"metrics_error": type(error).__name__}
    formatter = cast("LineFormatter", _logger().registered_formatter)
    line = formatter.line("ERROR" if failed else "INFO", "request", time.time(), embedded | fields)
    # In one piece: a stream without a buffer would write the line and its end apart.
    print(f"{line}\n", end="", flush=True)  # noqa: T201 - a line of the log


def unexpected(error: BaseException) -> dict[str, str]:
    """Format an exception and its stack trace as log fields, with card numbers masked."""
    frames = "".join(traceback.format_exception(error))
    return {"error": type(error).__name__, "exception": without_card_numbers(frames)}


def raised_at(error: BaseException) -> list[str]:
    """Return the modules and lines through which an exception came, the last the one that raised it. No texts."""
    frames = traceback.walk_tb((error.__cause__ or error).__traceback__)
    return [f"{frame.f_globals.get('__name__')}:{line}" for frame, line in frames]


def dropped_lines(count: int, error: BaseException) -> None:
    """Log and count log lines that could not be parsed."""
    embedded = _counted(count, Metric.LINES_DROPPED)
    _logger().warning("lines dropped", extra=embedded | {"error": type(error).__name__})


def dead_lettered(facts: dict[str, Any], reason: str) -> None:
    """Log that a worker sent something to a dead-letter queue.

    The alarm uses the queue's own SQS metric, so there is no custom metric for it, which would be billed.
    """
    _logger().error("sent to dead-letter queue", extra=facts | {"error": reason})


def message_failed(message_id: str, error: BaseException) -> None:
    """Log that processing a queue message failed. It returns to the queue."""
    _logger().error("message failed", extra={"message_id": message_id} | unexpected(error))


def attempted(facts: dict[str, Any]) -> None:
    """Log one delivery attempt. A receiver's failure is not an error of the sandbox, so the level is INFO."""
    _logger().info("delivery attempt", extra=facts)


def event_stored(facts: dict[str, Any]) -> None:
    """Log one event after it was stored. The feed is made from this line."""
    _logger().info("event", extra=facts)


def late_feed_entries(count: int) -> None:
    """Log and count entries of the feed that were written so late that a reader may have missed them.

    A metric that cannot be serialized is omitted: the entries are written.
    """
    embedded: dict[str, Any] = {}
    with suppress(SchemaValidationError):
        embedded = _counted(count, Metric.FEED_ENTRIES_LATE)
    _logger().error("late feed entries", extra=embedded | {"late": count})


def wait_failed(payment_id: str, error: BaseException) -> None:
    """Log that a request could not wait for the result of a disbursement, which was accepted all the same."""
    _logger().warning("not waited", extra={"transaction_id": payment_id} | unexpected(error))


def swept(what: str, facts: dict[str, Any]) -> None:
    """Log the result of a sweep that changed something."""
    _logger().info(what, extra=facts)


def unreadable(payment_id: str, error: BaseException) -> None:
    """Log that an item could not be parsed, so that an operator can look at it."""
    _logger().error("unreadable payment", extra={"transaction_id": payment_id, "error": type(error).__name__})


def donation(
    what: str, facts: dict[str, Any], count: Metric | None = None, number: int = 1, *, failed: bool = False
) -> None:
    """Log and count what a worker did with a donation. `failed` logs an ERROR, for an operator to look at.

    `facts` are IDs and statuses, without personal data of the donor.
    """
    line = _logger().error if failed else _logger().info
    line(what, extra=(_counted(number, count) if count else {}) | facts)


def disbursement(what: str, facts: dict[str, Any], count: Metric | None = None, *, failed: bool = False) -> None:
    """Log and count what became of a disbursement. `failed` logs an ERROR, for an operator to look at.

    `facts` are IDs and statuses, without personal data of the recipient. A metric that cannot be serialized is omitted:
    by then the provider may have paid, and its answer must not be lost because of a metric.
    """
    embedded: dict[str, Any] = {}
    if count:
        with suppress(SchemaValidationError):
            embedded = _counted(1, count)
    line = _logger().error if failed else _logger().info
    line(what, extra=embedded | facts)


def disputes(counts: Mapping[Metric, int]) -> None:
    """Log and count what became of disputes. A stream is read at least once, so a batch may be counted again.

    A metric that cannot be serialized is omitted: the events are published, and must not be published again for it.
    """
    _count_each("disputes", counts)


def disbursements(counts: Mapping[Metric, int]) -> None:
    """Log and count what became of disbursements, as `disputes` does."""
    _count_each("disbursements", counts)


def _count_each(what: str, counts: Mapping[Metric, int]) -> None:
    for metric, number in counts.items():
        with suppress(SchemaValidationError):
            _logger().info(what, extra=_counted(number, metric))


def settlement_failed(facts: dict[str, Any], reason: str) -> None:
    """Log that a settlement run failed. The alarm uses the metric of Step Functions."""
    _logger().error("settlement failed", extra=facts | {"error": reason})


def probed(facts: dict[str, Any], *, ok: bool) -> None:
    """Log and count one probe run. A failed run logs an ERROR and counts 0."""
    line = _logger().info if ok else _logger().error
    line("probe", extra=_counted(int(ok), Metric.PROBE_OK) | facts)


def probe_not_counted(facts: dict[str, Any]) -> None:
    """Log one probe run that says nothing about the API: its domain leads elsewhere, or nowhere."""
    _logger().warning("probe not counted", extra=facts)


def _counted(value: int, *names: str) -> dict[str, Any]:
    """Format one value of one or more metrics as log fields."""
    if not UNKNOWN.isdisjoint(names):
        names = (*names, Metric.OUTCOMES_UNKNOWN)
    return _embedded(dict.fromkeys(names, value))


def _embedded(counts: Mapping[str, int]) -> dict[str, Any]:
    """Format the values of metrics as log fields (CloudWatch embedded metric format).

    Uses wall-clock time, because CloudWatch rejects timestamps in the future.
    """
    block = _block((*counts,))
    values = {name: [float(value)] for name, value in counts.items()}
    return block | {"_aws": {**block["_aws"], "Timestamp": int(time.time() * 1000)}} | values


@cache
def _block(names: tuple[str, ...]) -> dict[str, Any]:
    """Build the metrics' fields with Powertools. Cached, because only time and value differ between calls."""
    metrics = Metrics()
    for name in names:
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=0)
    try:
        embedded: dict[str, Any] = {**metrics.serialize_metric_set()}
    finally:
        metrics.clear_metrics()
    del embedded["service"]  # the logger adds it
    # Powertools uses the function's group as the dimension, which would make one metric per group.
    for directive in embedded["_aws"]["CloudWatchMetrics"]:
        directive["Dimensions"] = [[*DIMENSION]]
    return {**embedded, **DIMENSION}
