"""The request log, as this function was told of it."""

from functools import cache

from paysandbox.runtime import effects
from paysandbox.settings import RequestLogSettings
from paysandbox.table.request_log import RequestLog


@cache
def request_log() -> RequestLog:
    """The request log."""
    return RequestLog(effects.dynamodb(), effects.need(RequestLogSettings).request_log_table)
