"""The request log's table, from the settings of this function."""

from functools import cache

from paysandbox.aws import runtime
from paysandbox.aws.settings import RequestLogSettings, SamplingSettings
from paysandbox.request_log.table import RequestLog


def sample_percent() -> int:
    """Return the share of the successful requests that is stored, in percent."""
    return runtime.settings_of(SamplingSettings).request_log_sample_percent


@cache
def request_log() -> RequestLog:
    """Return the request log's table."""
    return RequestLog(runtime.dynamodb(), runtime.settings_of(RequestLogSettings).request_log_table)
