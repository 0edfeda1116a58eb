"""GET /sandbox/inbox: return the inbox with a page of its webhooks."""

from paysandbox.aws.runtime import wall_now
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call
from paysandbox.inbox import tables
from paysandbox.inbox.address import inbox_url
from paysandbox.inbox.answers import render_inbox
from paysandbox.inbox.inbox_table import get_switch, list_webhooks
from paysandbox.inbox.requests import ListInbox
from paysandbox.inbox.routes import GET_INBOX


@endpoint(GET_INBOX, prepare=tables.inbox)
def handler(call: Call[None, ListInbox]) -> Answer:
    """Read the switch, then query one page."""
    inbox, query = tables.inbox(), call.query
    switch = get_switch(inbox, call.merchant)
    page, next_cursor = list_webhooks(
        inbox, call.merchant, switch, limit=query.limit, cursor=query.cursor, now=wall_now()
    )
    url = inbox_url(call.merchant, call.request.base_url)
    return Answer(render_inbox(url, switch.answer, page, next_cursor), outcome="listed")
