"""Routes of the inbox: the public one that receives webhooks, and the merchant's own."""

from typing import Final

from paysandbox.aws.resources import ENDPOINTS, INBOX, READ_WEBHOOK_SECRET, Grant
from paysandbox.core.errors import Code
from paysandbox.http.route import Access, BodyFormat, Route
from paysandbox.inbox import requests, schemas

INBOX_PATH: Final = "/inbox/{token}"
_OWN: Final = "/sandbox/inbox"

# The function that the merchant's routes share.
MANAGE_INBOX: Final = "manage_inbox"

RECEIVE_WEBHOOK: Final = Route(
    name="receive_webhook",
    group="inbox",
    method="POST",
    path=INBOX_PATH,
    summary="Receive a webhook in a merchant's inbox",
    access=Access.PUBLIC,
    answer=None,
    media_types=("text/plain; charset=utf-8",),
    path_examples={"token": "demo_7t3kq5mz2xvhb4rdlwfn6pyjae7t3kq5"},
    body_format=BodyFormat.RAW,
    grants=(
        Grant(ENDPOINTS, ("GetItem",)),
        Grant(INBOX, ("DeleteItem", "PutItem", "UpdateItem")),
        READ_WEBHOOK_SECRET,
    ),
    refusals=(Code.REQUEST_INVALID, Code.RESOURCE_NOT_FOUND, Code.BODY_TOO_LARGE),
)

GET_INBOX: Final = Route(
    name="get_inbox",
    group="inbox",
    function=MANAGE_INBOX,
    method="GET",
    path=_OWN,
    summary="Get the URL of your inbox, and the webhooks that it received",
    access=Access.API_KEY,
    query=requests.ListInbox,
    answer=schemas.Inbox,
    grants=(Grant(INBOX, ("GetItem", "Query")), READ_WEBHOOK_SECRET),
    refusals=(Code.CURSOR_INVALID,),
)

UPDATE_INBOX: Final = Route(
    name="update_inbox",
    group="inbox",
    function=MANAGE_INBOX,
    method="PATCH",
    path=_OWN,
    summary="Choose how your inbox answers webhooks",
    access=Access.API_KEY,
    body=requests.UpdateInbox,
    answer=schemas.InboxSwitch,
    grants=(Grant(INBOX, ("UpdateItem",)), READ_WEBHOOK_SECRET),
)

EMPTY_INBOX: Final = Route(
    name="empty_inbox",
    group="inbox",
    function=MANAGE_INBOX,
    method="DELETE",
    path=_OWN,
    summary="Delete the webhooks in your inbox",
    access=Access.API_KEY,
    answer=schemas.InboxSwitch,
    grants=(Grant(INBOX, ("BatchWriteItem", "UpdateItem")), READ_WEBHOOK_SECRET),
)

ROUTES: Final = (RECEIVE_WEBHOOK, GET_INBOX, UPDATE_INBOX, EMPTY_INBOX)
