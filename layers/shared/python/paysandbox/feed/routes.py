"""The route of the feed. Its function may only query the feed's table, and its requests are not logged."""

from typing import Final

from paysandbox.aws.resources import FEED, Grant
from paysandbox.core.errors import Code
from paysandbox.feed import schemas as contract
from paysandbox.http.route import Access, Route

READ_FEED: Final = "read_feed"

GET_FEED: Final = Route(
    name="get_feed",
    group="feed",
    function=READ_FEED,
    method="GET",
    path="/feed",
    summary="Follow requests, events and delivery attempts as they happen",
    access=Access.API_KEY,
    query=contract.ReadFeed,
    answer=contract.Feed,
    grants=(Grant(FEED, ("Query",)),),
    refusals=(Code.CURSOR_INVALID,),
)

ROUTES: Final = (GET_FEED,)
