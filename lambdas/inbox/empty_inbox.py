"""DELETE /sandbox/inbox: delete the webhooks in the inbox."""

from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call
from paysandbox.inbox import tables
from paysandbox.inbox.address import inbox_url
from paysandbox.inbox.answers import render_switch
from paysandbox.inbox.inbox_table import empty
from paysandbox.inbox.routes import EMPTY_INBOX


@endpoint(EMPTY_INBOX, prepare=tables.inbox)
def handler(call: Call[None, None]) -> Answer:
    """Hide all webhooks in one update, then delete them. The answer of the inbox stays as it is."""
    answer = empty(tables.inbox(), call.merchant)
    return Answer(render_switch(inbox_url(call.merchant, call.request.base_url), answer), outcome="emptied")
