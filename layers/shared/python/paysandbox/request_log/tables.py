"""The request log, as this function was told of it."""

from functools import cache

from paysandbox.aws import effects
from paysandbox.aws.settings import RequestLogSettings
from paysandbox.request_log.table import RequestLog


@cache
def request_log() -> RequestLog:
    """The request log."""
    return RequestLog(effects.dynamodb(), effects.need(RequestLogSettings).request_log_table)
