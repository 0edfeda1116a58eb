"""The request log, as this function was told of it."""

from functools import cache

from paysandbox.aws import runtime
from paysandbox.aws.settings import RequestLogSettings
from paysandbox.request_log.table import RequestLog


@cache
def request_log() -> RequestLog:
    """The request log."""
    return RequestLog(runtime.dynamodb(), runtime.settings_of(RequestLogSettings).request_log_table)
