"""GET /requests/{request_id}: a request and its response."""

from typing import Final

from paysandbox.core.errors import Code, Refused
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call
from paysandbox.request_log.request_record import RETENTION, is_request_id, native_request_id
from paysandbox.request_log.routes import GET_REQUEST
from paysandbox.request_log.schemas import render_request
from paysandbox.request_log.table import get_record
from paysandbox.request_log.tables import request_log, sample_percent

WHOLE: Final = 100


@endpoint(GET_REQUEST, prepare=request_log)
def handler(call: Call[None, None]) -> Answer:
    """One read."""
    request_id = native_request_id(call.path.get("request_id", ""))
    record = get_record(request_log(), call.merchant, request_id) if is_request_id(request_id) else None
    if record is None:
        raise Refused(
            Code.RESOURCE_NOT_FOUND,
            "This merchant has no request with this id. Requests appear within seconds and are kept for "
            f"{RETENTION.days} days.{_sampling_note(sample_percent())}",
        )
    return Answer(render_request(record), outcome="shown")


def _sampling_note(percent: int) -> str:
    if percent == WHOLE:
        return ""
    return f" The request log stores {percent}% of successful requests, and all others."
