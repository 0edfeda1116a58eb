"""PATCH /sandbox/inbox: choose the answer to later webhooks."""

from typing import Any

import pytest

from paysandbox.inbox.routes import UPDATE_INBOX
from tests.inbox.handlers.conftest import Inbox
from tests.support.builders import build
from tests.support.clients.call import send
from tests.support.worlds.own_port import engine_at


@pytest.mark.parametrize("answer", ["200", "500", "410"])
def test_the_answer_is_kept(inbox: Inbox, answer: str) -> None:
    reply = inbox.answers(answer)
    assert reply.json == {"url": inbox.get().json["url"], "answer": answer}
    assert inbox.answers(answer).json == reply.json
    assert inbox.get().json["answer"] == answer


def test_each_merchant_has_its_own(inbox: Inbox) -> None:
    inbox.answers("500")
    assert Inbox(build.OTHER_MERCHANT).receive().status == 200


def test_hang_is_available_locally(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    engine_at(4566, monkeypatch)
    assert inbox.answers("hang").json["answer"] == "hang"


def test_hang_is_refused_on_aws(inbox: Inbox) -> None:
    reply = inbox.answers("hang")
    assert (reply.status, reply.code, reply.json["param"]) == (400, "parameter_invalid", "answer")
    assert "local" in reply.json["detail"]
    assert inbox.get().json["answer"] == "200"


@pytest.mark.parametrize(
    "body", [{}, {"answer": 200}, {"answer": "201"}, {"answer": None}, {"answer": "200", "delay": 1}, [], "x"]
)
def test_other_bodies_are_refused(inbox: Inbox, body: Any) -> None:
    assert send(UPDATE_INBOX, body=body).status == 400
    assert inbox.get().json["answer"] == "200"
