"""GET /requests/{request_id}: a request and how it was answered."""

from paysandbox.contract.request_log import render_request
from paysandbox.domain.request_record import KEPT, is_request_id
from paysandbox.errors import Code, Refused
from paysandbox.routes.request_log import GET_REQUEST
from paysandbox.runtime.http import Answer, endpoint
from paysandbox.runtime.request import Call
from paysandbox.runtime.request_log_table import request_log
from paysandbox.table.request_log import get_record


@endpoint(GET_REQUEST, prepare=request_log)
def handler(call: Call) -> Answer:
    """One read."""
    asked = call.path.get("request_id", "")
    record = get_record(request_log(), call.merchant, asked) if is_request_id(asked) else None
    if record is None:
        raise Refused(
            Code.RESOURCE_NOT_FOUND,
            "No request of this merchant has that id. Requests appear some seconds after their answer, and stay for"
            f" {KEPT.days} days.",
        )
    return Answer(render_request(record), outcome="shown")
