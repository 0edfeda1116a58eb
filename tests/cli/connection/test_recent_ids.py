"""Completion of IDs: those of what was made last, by the sandbox on this machine, and none if it does not answer."""

import pytest
from typer import Context

from cli.connection import recent_ids
from cli.main import whole_program
from tests.support.fakes.wire import Reply, served

DISBURSEMENT = "20261122T114703.123456Z-abcdefghij"
LISTS = {
    "/payments": [
        {"auth_id": "auth_a", "status": "approved", "amount": 1250, "currency": "USD"},
        {"auth_id": "auth_b", "status": "declined", "amount": 500, "currency": "JPY"},
    ],
    "/v1/api/payment": [
        {"payment_id": DISBURSEMENT, "status": "paid", "amount": 1250, "currency": "USD", "customer_id": "unixuser1"},
    ],
    "/disputes": [{"dispute_id": "du_a", "status": "needs_response", "amount": 1250, "currency": "USD"}],
    "/events": [{"event_id": "evt_a", "type": "payment_captured", "created_at": "2030-01-07T09:00:00.000000Z"}],
    "/webhooks/endpoints": [{"endpoint_id": "we_a", "url": "http://localhost:3000/hook"}],
}  # fmt: skip


@pytest.fixture
def wire(monkeypatch):
    """Serve the lists, and have the shell's variables name them."""
    with served(lambda request: Reply(body={"data": LISTS[request.path], "next_cursor": None})) as wire:
        monkeypatch.setenv("PAYSANDBOX_BASE_URL", wire.base_url)
        monkeypatch.setenv("PAYSANDBOX_API_KEY", "sk_test_demo_a")
        yield wire


def typed(**params):
    context = Context(whole_program())
    context.params = params
    return context


@pytest.mark.parametrize("complete, incomplete, offered", [
    ("payment", "", [("auth_a", "approved  12.50 USD"), ("auth_b", "declined  500 JPY")]),
    ("payment", "auth_b", [("auth_b", "declined  500 JPY")]),
    ("payment", "cap_", []),
    ("disbursement", "2026", [(DISBURSEMENT, "paid  12.50 USD  unixuser1")]),
    ("dispute", "du_", [("du_a", "needs_response  12.50 USD")]),
    ("event", "", [("evt_a", "payment_captured  2030-01-07T09:00:00.000000Z")]),
    ("endpoint", "we", [("we_a", "http://localhost:3000/hook")]),
    ("object", "du", [("du_a", "needs_response  12.50 USD")]),
])  # fmt: skip
def test_recent_ids_are_offered(wire, complete, incomplete, offered):
    assert getattr(recent_ids, f"complete_{complete}")(typed(), incomplete) == offered
    [request] = wire.requests
    assert request.headers["x-api-key"] == "sk_test_demo_a"
    assert request.query == ({} if complete == "endpoint" else {"limit": "20"})


def test_everything_that_can_be_simulated_is_offered(wire):
    assert [name for name, _ in recent_ids.complete_object(typed(), "")] == ["auth_a", "auth_b", "du_a", DISBURSEMENT]


def test_nothing_is_asked_beyond_this_machine(wire, monkeypatch):
    assert recent_ids.complete_payment(typed(env="dev"), "") == []
    monkeypatch.setenv("PAYSANDBOX_BASE_URL", "https://api.example.com")
    assert recent_ids.complete_payment(typed(), "") == []
    assert wire.requests == []


@pytest.mark.parametrize("reply", [Reply(401, {"code": "api_key_invalid"}), Reply(500, {})])
def test_without_a_list_there_are_no_ids(reply, monkeypatch):
    with served(lambda _: reply) as wire:
        monkeypatch.setenv("PAYSANDBOX_BASE_URL", wire.base_url)
        monkeypatch.setenv("PAYSANDBOX_API_KEY", "sk_test_demo_a")
        assert recent_ids.complete_payment(typed(), "") == []
    assert recent_ids.complete_payment(typed(), "") == []  # nobody listens any more


def test_without_a_sandbox_there_are_no_ids(monkeypatch, tmp_path):
    monkeypatch.setenv("PAYSANDBOX_HOME", str(tmp_path))
    assert recent_ids.complete_payment(typed(), "") == []
