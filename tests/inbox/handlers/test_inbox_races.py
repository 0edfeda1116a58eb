"""Webhooks that arrive at once, and processes that die: each webhook is stored once, and none is kept too long."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.core.errors import Refused
from paysandbox.inbox import inbox_table, tables
from paysandbox.inbox.address import token_of
from tests.inbox.handlers.conftest import Inbox
from tests.support.worlds import crash
from tests.support.worlds.aws_transport import Killed, Wire

CALLERS = 8
ATTEMPTS = 5


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch, ledger: Ledger) -> int:
    """Let inboxes hold few webhooks."""
    monkeypatch.setattr(inbox_table, "SHOWN", 3)
    return 3


def test_webhooks_at_once_are_all_stored(inbox: Inbox, wire: Wire) -> None:
    token_of("demo")
    with wire.meeting(CALLERS, "UpdateItem"), ThreadPoolExecutor(CALLERS) as pool:
        replies = list(pool.map(lambda number: inbox.receive(str(number).encode()), range(CALLERS)))
    assert {reply.status for reply in replies} == {200}
    assert {webhook["body"] for webhook in inbox.shown()} == {str(number) for number in range(CALLERS)}


def test_a_switch_at_the_same_time_keeps_the_count(inbox: Inbox, wire: Wire) -> None:
    token_of("demo")
    acts: list[Callable[[], Any]] = [inbox.receive, inbox.receive, lambda: inbox.answers("500"), inbox.receive]
    with wire.meeting(len(acts), "UpdateItem"), ThreadPoolExecutor(len(acts)) as pool:
        done = [pool.submit(act) for act in acts]
    statuses = {future.result().status for future in done}
    assert statuses <= {200, 500}
    assert len(inbox.shown()) == 3
    # The status that is shown is the one that was sent.
    assert {webhook["status"] for webhook in inbox.shown()} <= statuses
    assert inbox.get().json["answer"] == "500"


def test_a_webhook_that_arrives_while_the_inbox_is_emptied_is_hidden_or_shown(inbox: Inbox, wire: Wire) -> None:
    token_of("demo")
    with wire.meeting(2, "UpdateItem"), ThreadPoolExecutor(2) as pool:
        done = [pool.submit(act) for act in (inbox.receive, inbox.empty)]
    assert [future.result().status for future in done] == [200, 200]
    assert len(inbox.shown()) <= 1
    inbox.empty()
    assert inbox.shown() == []


def test_a_late_writer_does_not_bring_back_what_left_the_inbox(inbox: Inbox, few: int) -> None:
    table = tables.inbox()
    late = inbox_table.take_number(table, "demo").received
    for number in range(few):
        inbox.receive(str(number).encode())
    (first, *_) = [inbox_table.webhook_from(item) for item in inbox.stored()]
    inbox_table.put_webhook(table, late, first)
    assert [webhook["body"] for webhook in inbox.shown()] == ["2", "1", "0"]


@pytest.mark.full
@pytest.mark.parametrize(
    "trouble",
    [
        crash.CONNECTION_GONE,
        crash.ANSWER_LOST,
        crash.EVERY_ANSWER_LOST,
        crash.THROTTLED,
        crash.FAILING,
        crash.KILLED_BEFORE,
        crash.KILLED_AFTER,
    ],
    ids=str,
)
def test_receiving_half_way_then_again(inbox: Inbox, few: int, wire: Wire, trouble: crash.Trouble) -> None:
    """The sender sends a webhook again that was not answered. At worst, both attempts are shown."""
    token_of("demo")
    for number in range(few + 1):
        inbox.receive(str(number).encode())
    with wire.record() as recorded:
        inbox.receive(b"recorded")
    for failure in crash.failures(recorded, trouble):
        body = str(failure).encode()
        with failure.happening(wire):
            status = _status(lambda body=body: inbox.receive(body))
        assert status in {200, 503, None}, failure
        attempts = [webhook["body"] for webhook in inbox.shown()].count(body.decode())
        assert attempts == 1 if status == 200 else attempts <= 1, failure
        if status != 200:
            assert inbox.receive(body).status == 200
        assert inbox.shown()[0]["body"] == body.decode(), failure
        assert len(inbox.shown()) <= few, failure


@pytest.mark.parametrize(
    "trouble", [crash.ANSWER_LOST, crash.THROTTLED, crash.KILLED_BEFORE, crash.KILLED_AFTER], ids=str
)
def test_emptying_half_way_then_again(inbox: Inbox, wire: Wire, trouble: crash.Trouble) -> None:
    token_of("demo")
    inbox.receive()
    with wire.record() as recorded:
        inbox.empty()
    for failure in crash.failures(recorded, trouble):
        for _ in range(2):
            inbox.receive()
        with failure.happening(wire):
            status = _status(inbox.empty)
        assert status in {200, 503, None}, failure
        # Once they are hidden, they stay so.
        assert len(inbox.shown()) in ({0} if status == 200 else {0, 2}), failure
        assert inbox.empty().status == 200
        assert (inbox.shown(), inbox.stored()) == ([], []), failure


class Leaving:
    """A DynamoDB client that leaves the first item of each batch unprocessed, a given number of times."""

    def __init__(self, client: Any, times: int) -> None:
        self._client, self._times, self.batches = client, times, 0

    def update_item(self, **request: Any) -> Any:
        return self._client.update_item(**request)

    def batch_write_item(self, RequestItems: dict[str, list[Any]]) -> Any:  # noqa: N803 - boto3's name
        self.batches += 1
        if self.batches > self._times:
            return self._client.batch_write_item(RequestItems=RequestItems)
        ((table, wanted),) = RequestItems.items()
        if len(wanted) > 1:
            self._client.batch_write_item(RequestItems={table: wanted[1:]})
        return {"UnprocessedItems": {table: wanted[:1]}}


@pytest.mark.parametrize("times, stored", [(2, 0), (99, 1)])
def test_webhooks_that_dynamodb_leaves_stay_hidden(inbox: Inbox, times: int, stored: int) -> None:
    for _ in range(2):
        inbox.receive()
    leaving: Any = Leaving(tables.inbox().client, times)
    table = inbox_table.InboxTable(leaving, tables.inbox().table)
    if times < ATTEMPTS:
        inbox_table.empty(table, inbox.merchant)
    else:
        with pytest.raises(Refused, match="service_unavailable"):
            inbox_table.empty(table, inbox.merchant)
    assert leaving.batches == min(times + 1, ATTEMPTS)
    assert (inbox.shown(), len(inbox.stored())) == ([], stored)


def _status(act: Callable[[], Any]) -> int | None:
    try:
        return act().status
    except Killed:
        return None
