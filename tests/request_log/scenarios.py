"""Each route's requests with their calls, and those that it refuses (`tests/support/builders/scenario.py`)."""

from collections.abc import Callable

from paysandbox.aws.schema import INDEX_SHARDS
from paysandbox.core.errors import Code
from paysandbox.request_log import tables as request_log_table
from paysandbox.request_log.routes import GET_REQUEST, LIST_REQUESTS
from paysandbox.request_log.table import put_records
from tests.support.builders import build
from tests.support.builders.scenario import (
    Parts,
    Refusal,
    Scenario,
    sending,
)
from tests.support.clients.call import Merchant
from tests.support.worlds.handlers import Clock


def _kept_requests(ask: Parts) -> Callable[[Merchant, Clock], Parts]:
    """Put two requests of `demo` into the log."""

    def given(demo: Merchant, clock: Clock) -> Parts:
        put_records(request_log_table.request_log(), [build.request_record(number) for number in (1, 2)])
        return ask

    return given


SCENARIOS = (
    Scenario("kept", GET_REQUEST, ("GetItem",), _kept_requests({"path": {"request_id": "request-1"}})),
    Scenario(
        "a page",
        LIST_REQUESTS,
        ("Query",) * INDEX_SHARDS + ("BatchGetItem",),
        _kept_requests({"query": {"failed": "true"}}),
    ),
)


REFUSALS = (
    Refusal(GET_REQUEST, Code.RESOURCE_NOT_FOUND, lambda *_: {"path": {"request_id": "request-of-nobody"}}),
    Refusal(LIST_REQUESTS, Code.CURSOR_INVALID, sending(query={"cursor": "x"}), "cursor"),
    Refusal(LIST_REQUESTS, Code.PARAMETER_INVALID, sending(query={"order": "oldest"}), "order"),
)
