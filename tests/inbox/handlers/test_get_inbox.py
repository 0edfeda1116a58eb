"""GET /sandbox/inbox: the inbox's URL and answer, and its webhooks, newest first."""

from datetime import timedelta

import pytest

from paysandbox.aws import runtime
from paysandbox.inbox import tables
from paysandbox.inbox.address import token_of
from paysandbox.inbox.inbox_table import get_switch, list_webhooks
from paysandbox.inbox.message import MAX_BODY_BYTES, RETENTION, SHOWN
from paysandbox.inbox.routes import GET_INBOX
from tests.inbox.handlers.conftest import Inbox
from tests.support.builders import build
from tests.support.clients.call import DOMAIN, Merchant, Reply, event, send, send_event
from tests.support.worlds.own_port import engine_at
from tests.support.worlds.table_snapshot import items_of
from tests.support.worlds.tables import WEBHOOKS


def bodies(reply: Reply) -> list[str]:
    assert reply.status == 200, reply.text
    return [webhook["body"] for webhook in reply.json["data"]]


def test_at_first_it_is_empty_and_answers_200(inbox: Inbox) -> None:
    url = f"https://{DOMAIN}/inbox/{token_of('demo')}"
    assert inbox.get().json == {"url": url, "answer": "200", "data": [], "next_cursor": None}
    assert items_of(WEBHOOKS["Inbox"]) == []


def test_the_url_of_the_generated_host_has_the_stage(inbox: Inbox) -> None:
    generated = {"domainName": "abc.execute-api.us-east-1.amazonaws.com", "stage": "live"}
    sent = event(GET_INBOX)
    sent["requestContext"] |= generated
    assert send_event(GET_INBOX, sent).json["url"].startswith(f"https://{generated['domainName']}/live/inbox/demo_")


@pytest.mark.parametrize("host", ["localhost:4566", "sandbox:4566", "192.0.2.7:4566"])
def test_locally_the_url_is_on_this_machine_for_any_host(
    inbox: Inbox, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine_at(4566, monkeypatch)
    reply = send(GET_INBOX, headers={"X-Forwarded-Host": host}, gateway="engine")
    assert reply.json["url"] == f"http://127.0.0.1:4566/inbox/{token_of('demo')}"


def test_merchants_have_different_urls_that_stay_the_same(inbox: Inbox) -> None:
    other = Inbox(build.OTHER_MERCHANT)
    urls = [one.get().json["url"] for one in (inbox, other, inbox)]
    assert urls[0] == urls[2] != urls[1]


def test_newest_first_page_by_page(inbox: Inbox) -> None:
    for number in range(5):
        inbox.receive(str(number).encode())
    first = inbox.get(limit="2")
    second = inbox.get(limit="2", cursor=first.json["next_cursor"])
    inbox.receive(b"later")
    third = inbox.get(limit="2", cursor=second.json["next_cursor"])
    assert [bodies(page) for page in (first, second, third)] == [["4", "3"], ["2", "1"], ["0"]]
    assert third.json["next_cursor"] is None


@pytest.mark.full
def test_a_full_last_page_has_no_next_one(inbox: Inbox) -> None:
    for _ in range(2):
        inbox.receive()
    assert inbox.get(limit="2").json["next_cursor"] is None


def test_a_page_of_large_webhooks_is_short(inbox: Inbox) -> None:
    """A query returns at most a megabyte, and a function's response has at most six."""
    for _ in range(20):
        inbox.receive(b"x" * MAX_BODY_BYTES)
    seen, cursor = 0, None
    while True:
        page = inbox.get(limit="100", cursor=cursor)
        assert len(page.text) < 2_000_000
        seen += len(bodies(page))
        cursor = page.json["next_cursor"]
        if cursor is None:
            break
    assert seen == 20


def test_other_merchants_do_not_see_it(inbox: Inbox) -> None:
    inbox.receive()
    assert bodies(Inbox(build.OTHER_MERCHANT).get()) == []


@pytest.mark.parametrize("cursor", ["", "x", "AAAA", "é", "0" * 200])
def test_other_cursors_are_refused(inbox: Inbox, cursor: str) -> None:
    inbox.receive()
    reply = inbox.get(cursor=cursor)
    assert (reply.code, reply.json["param"]) == ("cursor_invalid", "cursor")


def test_cursors_of_other_merchants_are_refused(inbox: Inbox) -> None:
    other = Inbox(build.OTHER_MERCHANT)
    for _ in range(2):
        other.receive()
    assert inbox.get(cursor=other.get(limit="1").json["next_cursor"]).code == "cursor_invalid"


@pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "101"}, {"limit": "x"}, {"status": "200"}])
def test_other_parameters_are_refused(inbox: Inbox, query: dict[str, str]) -> None:
    assert inbox.get(**query).code in {"parameter_invalid", "parameter_unknown"}


@pytest.mark.full
def test_an_inbox_holds_the_newest_hundred(inbox: Inbox) -> None:
    for number in range(SHOWN + 5):
        inbox.receive(str(number).encode())
    assert bodies(inbox.get(limit="100")) == [str(number) for number in reversed(range(5, SHOWN + 5))]
    assert len(inbox.stored()) == SHOWN


def test_webhooks_expire_after_a_day_of_wall_time(inbox: Inbox) -> None:
    inbox.receive()
    (item,) = inbox.stored()
    in_a_day = runtime.wall_now() + RETENTION
    assert abs(int(item["purge_at"]["N"]) - in_a_day.timestamp()) < 60
    # DynamoDB deletes it within days.
    table, switch = tables.inbox(), get_switch(tables.inbox(), "demo")
    for later, shown in ((timedelta(minutes=-5), 1), (timedelta(minutes=5), 0)):
        page, _ = list_webhooks(table, "demo", switch, limit=10, cursor=None, now=in_a_day + later)
        assert len(page) == shown


def test_the_switch_does_not_expire(inbox: Inbox) -> None:
    inbox.answers("500")
    inbox.receive()
    (switch,) = (item for item in items_of(WEBHOOKS["Inbox"]) if item["entry"]["S"] == "switch")
    assert "purge_at" not in switch


def test_it_needs_a_key(inbox: Inbox) -> None:
    assert Merchant()._send(GET_INBOX, api_key=None).code == "api_key_invalid"
