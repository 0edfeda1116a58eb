"""GET /feed: requests, events and delivery attempts as they happen."""

from paysandbox.aws import runtime
from paysandbox.feed.read import read_newest_page, read_older_page, read_page
from paysandbox.feed.routes import GET_FEED
from paysandbox.feed.schemas import MAX_ENTRIES, NEWEST, ReadFeed, render_entry
from paysandbox.feed.tables import feed
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call


@endpoint(GET_FEED, prepare=feed)
def handler(call: Call[None, ReadFeed]) -> Answer:
    """One query for each hour that is read: one or two for a client that follows the feed, at most 26 going back."""
    query, now = call.query, runtime.wall_now()
    if query.after is not None:
        page = read_page(feed(), call.merchant, query.after, limit=query.limit or MAX_ENTRIES, wall_now=now)
    elif query.before is not None:
        page = read_older_page(feed(), call.merchant, query.before, limit=query.limit or NEWEST, wall_now=now)
    else:
        page = read_newest_page(feed(), call.merchant, limit=query.limit or NEWEST, wall_now=now)
    body = {
        "data": [render_entry(entry) for entry in page.entries],
        "next_cursor": page.next_cursor,
        "previous_cursor": page.previous_cursor,
        "has_more": page.has_more,
    }
    return Answer(body, outcome="listed", tag=page.tag)
