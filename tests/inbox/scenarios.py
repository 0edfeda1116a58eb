"""Each route's requests with their calls, and those that it refuses (`tests/support/builders/scenario.py`)."""

from collections.abc import Callable

from paysandbox.core.errors import Code
from paysandbox.inbox import tables as inbox_tables
from paysandbox.inbox.address import token_of
from paysandbox.inbox.inbox_table import take_number
from paysandbox.inbox.message import SHOWN
from paysandbox.inbox.routes import EMPTY_INBOX, GET_INBOX, RECEIVE_WEBHOOK, UPDATE_INBOX
from tests.support.builders import build
from tests.support.builders.scenario import (
    Parts,
    Refusal,
    Scenario,
    sending,
    with_key,
)
from tests.support.clients.call import Merchant, send
from tests.support.worlds.handlers import Clock


# Keyword parts of a request, for the table's one-line entries.
def _webhook() -> Parts:
    return {"path": {"token": token_of(build.MERCHANT)}, "body": "{}"}


def _received(parts: Parts) -> Callable[[Merchant, Clock], Parts]:
    """Return a step that puts a webhook into the merchant's inbox, then sends a request with these parts."""

    def given(demo: Merchant, clock: Clock) -> Parts:
        send(RECEIVE_WEBHOOK, **_webhook())
        return parts

    return given


def _as_many_webhooks_as_are_shown(demo: Merchant, _: Clock) -> Parts:
    for _number in range(SHOWN):
        take_number(inbox_tables.inbox(), demo.name)
    return _webhook()


SCENARIOS = (
    # Inboxes: one write counts a webhook and returns how to answer it.
    Scenario("a webhook", RECEIVE_WEBHOOK, ("GetItem", "UpdateItem", "PutItem"), lambda *_: _webhook()),
    Scenario(
        "that replaces the oldest",
        RECEIVE_WEBHOOK,
        ("GetItem", "UpdateItem", "DeleteItem", "PutItem"),
        _as_many_webhooks_as_are_shown,
    ),
    Scenario("empty", GET_INBOX, ("GetItem",), lambda *_: {}, outcome="listed"),
    Scenario("with a webhook", GET_INBOX, ("GetItem", "Query"), _received({}), outcome="listed"),
    Scenario("another answer", UPDATE_INBOX, ("UpdateItem",), lambda *_: with_key({"answer": "500"})),
    Scenario("already empty", EMPTY_INBOX, ("UpdateItem",), lambda *_: {}),
    Scenario("with a webhook", EMPTY_INBOX, ("UpdateItem", "BatchWriteItem"), _received({})),
)


REFUSALS = (Refusal(GET_INBOX, Code.CURSOR_INVALID, sending(query={"cursor": "x"}), "cursor"),)
