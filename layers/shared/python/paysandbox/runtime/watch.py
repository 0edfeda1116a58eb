"""What we see of a request afterwards: one JSON log line, with its metrics embedded in it (EMF). Never a body.

One line carries both, so that a request costs one print.
"""

import traceback
from functools import cache
from typing import Any

from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.metrics import Metrics, MetricUnit

from paysandbox.domain.card import without_card_numbers


@cache
def _logger() -> Logger:
    return Logger(location=None, use_rfc3339=True)


@cache
def _metrics() -> Metrics:
    return Metrics()


class _ColdStart:
    first = True


def cold_start() -> bool:
    """Whether this is the first request of this execution environment."""
    first, _ColdStart.first = _ColdStart.first, False
    return first


def request_line(fields: dict[str, Any], count: str | None, *, failed: bool) -> None:
    """Log one request: its facts, and one count of the metric `count`. A failure of ours is an ERROR."""
    embedded: dict[str, Any] = {}
    if count is not None:
        metrics = _metrics()
        metrics.add_metric(name=count, unit=MetricUnit.Count, value=1)
        embedded |= metrics.serialize_metric_set()
        metrics.clear_metrics()
        del embedded["service"]  # the logger says it
    line = _logger().error if failed else _logger().info
    line("request", extra=embedded | fields)


def unexpected(error: BaseException) -> dict[str, str]:
    """An exception as log fields: where and what, with anything that looks like a card number masked."""
    frames = "".join(traceback.format_exception(error))
    return {"error": type(error).__name__, "exception": without_card_numbers(frames)}
