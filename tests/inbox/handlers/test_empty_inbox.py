"""DELETE /sandbox/inbox: delete the webhooks of a merchant's inbox."""

import pytest

from paysandbox.inbox.message import SHOWN
from tests.inbox.handlers.conftest import Inbox
from tests.support.builders import build
from tests.support.worlds.table_snapshot import items_of
from tests.support.worlds.tables import WEBHOOKS


def test_all_webhooks_are_deleted(inbox: Inbox) -> None:
    for _ in range(30):
        inbox.receive()
    reply = inbox.empty()
    assert reply.json == {"url": inbox.get().json["url"], "answer": "200"}
    assert (inbox.shown(), inbox.stored()) == ([], [])


def test_later_webhooks_are_shown(inbox: Inbox) -> None:
    inbox.receive(b"before")
    inbox.empty()
    inbox.receive(b"after")
    assert [webhook["body"] for webhook in inbox.shown()] == ["after"]


def test_the_answer_stays(inbox: Inbox) -> None:
    inbox.answers("500")
    assert inbox.empty().json["answer"] == "500"
    assert inbox.receive().status == 500


def test_other_inboxes_keep_theirs(inbox: Inbox) -> None:
    other = Inbox(build.OTHER_MERCHANT)
    other.receive()
    inbox.empty()
    assert len(other.shown()) == 1


def test_an_empty_inbox_can_be_emptied(inbox: Inbox) -> None:
    assert inbox.empty().status == 200
    inbox.receive()
    assert [inbox.empty().status for _ in range(2)] == [200, 200]
    assert inbox.shown() == []


@pytest.mark.full
def test_a_full_inbox_is_emptied_whole(inbox: Inbox) -> None:
    for _ in range(SHOWN + 3):
        inbox.receive()
    inbox.empty()
    assert inbox.stored() == []
    assert [item["entry"]["S"] for item in items_of(WEBHOOKS["Inbox"])] == ["switch"]
