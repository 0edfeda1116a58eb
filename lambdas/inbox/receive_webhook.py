"""POST /inbox/{token}: store a webhook in a merchant's inbox, and answer as the merchant's switch says."""

from typing import Final

from paysandbox.http.native import Page, endpoint
from paysandbox.http.request import Call
from paysandbox.inbox import tables
from paysandbox.inbox.address import merchant_of_token
from paysandbox.inbox.message import HANG, HANG_HEADER, InboxAnswer
from paysandbox.inbox.receive import receive
from paysandbox.inbox.routes import RECEIVE_WEBHOOK
from paysandbox.webhooks import tables as webhook_tables
from paysandbox.webhooks.endpoints.secrets import master

# For a sender that waits for as long as the guard in front of the local engine holds the response back.
_NOT_ANSWERED: Final = 504


def prepare() -> None:
    """Initialize the tables' client, and read the secret."""
    tables.inbox()
    webhook_tables.endpoints()
    master()


@endpoint(RECEIVE_WEBHOOK, prepare=prepare)
def handler(call: Call[None, None]) -> Page:
    """Check the token without a read, then read the endpoints, and count and store the webhook."""
    merchant = merchant_of_token(call.path.get("token", ""))
    answer = receive(merchant, call.request.raw, call.request_id, call.now)
    return Page(
        text="Received.\n",
        content_type=RECEIVE_WEBHOOK.media_types[0],
        status=_NOT_ANSWERED if answer.status is None else answer.status,
        headers={HANG_HEADER: HANG} if answer is InboxAnswer.HANG else {},
        outcome="received",
    )
