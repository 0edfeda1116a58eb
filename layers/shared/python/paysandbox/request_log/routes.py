"""The routes of the request log, which holds the requests of the last seven days."""

from typing import Final

from paysandbox.aws.resources import REQUEST_LOG, Grant
from paysandbox.aws.schema import REQUESTS_BY_MERCHANT
from paysandbox.aws.settings import SamplingSettings
from paysandbox.core.errors import Code
from paysandbox.http.route import Access, Route
from paysandbox.request_log import schemas as contract

# Functions that several routes with the same permissions share.
READ_REQUESTS: Final = "read_requests"

LIST_REQUESTS: Final = Route(
    name="list_requests",
    group="request_log",
    function=READ_REQUESTS,
    method="GET",
    path="/requests",
    summary="List the requests of the last seven days",
    access=Access.API_KEY,
    query=contract.ListRequests,
    answer=contract.LoggedRequestList,
    grants=(Grant(REQUEST_LOG, ("BatchGetItem",)), Grant(REQUEST_LOG, ("Query",), REQUESTS_BY_MERCHANT)),
    refusals=(Code.CURSOR_INVALID,),
)

GET_REQUEST: Final = Route(
    name="get_request",
    group="request_log",
    function=READ_REQUESTS,
    method="GET",
    path="/requests/{request_id}",
    summary="Get a request and its response status by its Request-Id",
    access=Access.API_KEY,
    answer=contract.LoggedRequest,
    grants=(Grant(REQUEST_LOG, ("GetItem",)),),
    needs=(SamplingSettings,),
    refusals=(Code.RESOURCE_NOT_FOUND,),
)

ROUTES: Final = (LIST_REQUESTS, GET_REQUEST)
