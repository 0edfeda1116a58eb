# pyright: standard
"""What we see of a request afterwards: one JSON log line, with its metrics embedded in it (EMF). A body only masked.

One line carries both, so that a request costs one print.
"""

import json
import time
import traceback
from functools import cache
from typing import Any, Final

from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.metrics import Metrics, MetricUnit, SchemaValidationError

from paysandbox.core.card_numbers import without_card_numbers
from paysandbox.core.metrics import DIMENSION, Metric

# Where readers of logs, the local engine's among them, see the end of a line, and JSON allows it within one.
_LINE_ENDS: Final = {ord(end): f"\\u{ord(end):04x}" for end in "\u0085\u2028\u2029"}


_encode: Final = json.JSONEncoder(default=str, separators=(",", ":"), ensure_ascii=False).encode


@cache
def _logger() -> Logger:
    # Without the deserializer Powertools would try to read each message as JSON, and fail at the price of an exception.
    return Logger(location=None, use_rfc3339=True, utc=True, json_serializer=_one_line, json_deserializer=str)


def _one_line(fields: Any) -> str:
    line = _encode(fields)
    return line if line.isascii() else line.translate(_LINE_ENDS)


class _ColdStart:
    first = True


def cold_start() -> bool:
    """Whether this is the first request of this execution environment."""
    first, _ColdStart.first = _ColdStart.first, False
    return first


def of_route(route: str) -> None:
    """Have every line from now on say which route it is of: a function may answer several."""
    _logger().append_keys(route=route)


def request_line(fields: dict[str, Any], count: str | None, *, failed: bool) -> None:
    """Log one request: its facts, and one count of the metric `count`. A failure of ours is an ERROR.

    A count that cannot be written (no namespace, say) is left out: the money has moved by then, and its answer must
    not be lost for a metric.
    """
    embedded: dict[str, Any] = {}
    if count is not None:
        try:
            embedded = _counted(count, 1)
        except SchemaValidationError as error:
            fields = fields | {"metrics_error": type(error).__name__}
    line = _logger().error if failed else _logger().info
    line("request", extra=embedded | fields)


def unexpected(error: BaseException) -> dict[str, str]:
    """An exception as log fields: where and what, with anything that looks like a card number masked."""
    frames = "".join(traceback.format_exception(error))
    return {"error": type(error).__name__, "exception": without_card_numbers(frames)}


def dropped_lines(count: int, error: BaseException) -> None:
    """Log and count the lines of a log that could not be read."""
    embedded = _counted(Metric.LINES_DROPPED, count)
    _logger().warning("lines dropped", extra=embedded | {"error": type(error).__name__})


def dead_lettered(facts: dict[str, Any], reason: str) -> None:
    """Log that a worker gave up on something, and where it was put. SQS counts them, and an alarm rings on its count.

    So this is no count of ours: an eleventh would be paid for, and would say the same.
    """
    _logger().error("parked", extra=facts | {"error": reason})


def message_failed(message_id: str, error: BaseException) -> None:
    """Log that a message of a queue could not be worked on; it comes again."""
    _logger().error("message failed", extra={"message_id": message_id} | unexpected(error))


def attempted(facts: dict[str, Any]) -> None:
    """Log one attempt to deliver an event. A receiver's failure is none of ours, and so no error."""
    _logger().info("attempt", extra=facts)


def swept(what: str, facts: dict[str, Any]) -> None:
    """Log what a sweep has done, where it did something."""
    _logger().info(what, extra=facts)


def unreadable(payment_id: str, error: BaseException) -> None:
    """Log that an item is none that this code writes, so that a person looks at it."""
    _logger().error("unreadable", extra={"transaction_id": payment_id, "error": type(error).__name__})


def donation(
    what: str, facts: dict[str, Any], count: Metric | None = None, number: int = 1, *, failed: bool = False
) -> None:
    """Log what a worker did with a donation, and count it. What a person must look at is an ERROR.

    The facts are ids and states: nothing of who donates.
    """
    line = _logger().error if failed else _logger().info
    line(what, extra=(_counted(count, number) if count else {}) | facts)


def settlement_failed(facts: dict[str, Any], reason: str) -> None:
    """Log that a settlement's run ended early. Step Functions counts it, and an alarm rings on its count."""
    _logger().error("settlement failed", extra=facts | {"error": reason})


def probed(facts: dict[str, Any], *, ok: bool) -> None:
    """Log and count one run of the probe. A failed one is an ERROR, and counts 0."""
    line = _logger().info if ok else _logger().error
    line("probe", extra=_counted(Metric.PROBE_OK, int(ok)) | facts)


def _counted(name: str, value: int) -> dict[str, Any]:
    """One count as log fields (CloudWatch embedded metric format), of wall time: CloudWatch takes none of next week."""
    block = _block(name)
    return block | {"_aws": {**block["_aws"], "Timestamp": int(time.time() * 1000)}, name: [float(value)]}


@cache
def _block(name: str) -> dict[str, Any]:
    """The fields of a count, as Powertools makes them: of one count only the time and the value ever differ."""
    metrics = Metrics()
    metrics.add_metric(name=name, unit=MetricUnit.Count, value=0)
    try:
        embedded: dict[str, Any] = {**metrics.serialize_metric_set()}
    finally:
        metrics.clear_metrics()
    del embedded["service"]  # the logger says it
    # Powertools' dimension is the function's group, which would make a metric of each group's.
    for directive in embedded["_aws"]["CloudWatchMetrics"]:
        directive["Dimensions"] = [[*DIMENSION]]
    return {**embedded, **DIMENSION}
