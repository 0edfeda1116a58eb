"""PATCH /sandbox/inbox: choose how the inbox answers webhooks."""

from paysandbox.aws import runtime
from paysandbox.core.errors import Code, Refused
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call
from paysandbox.inbox import tables
from paysandbox.inbox.address import inbox_url
from paysandbox.inbox.answers import render_switch
from paysandbox.inbox.inbox_table import set_answer
from paysandbox.inbox.message import InboxAnswer
from paysandbox.inbox.requests import UpdateInbox
from paysandbox.inbox.routes import UPDATE_INBOX


@endpoint(UPDATE_INBOX, prepare=tables.inbox)
def handler(call: Call[UpdateInbox, None]) -> Answer:
    """Make one update."""
    answer = InboxAnswer(call.body.answer)
    # A function that waits is paid for, so requests are held only by the guard in front of the local engine.
    if answer is InboxAnswer.HANG and runtime.engine_port() is None:
        raise Refused(Code.PARAMETER_INVALID, "hang is available in the local sandbox only.", "answer")
    set_answer(tables.inbox(), call.merchant, answer)
    return Answer(render_switch(inbox_url(call.merchant, call.request.base_url), answer), outcome="changed")
