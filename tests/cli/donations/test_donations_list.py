"""`paysandbox donations list`: requests, output, and whose key is used."""

import json

import pytest

from api_reference.examples import EXAMPLES
from cli.donations.list_donations import _complete_status
from paysandbox.donations import schemas
from tests.support.clients.program import KEY_FROM_STDIN, paysandbox
from tests.support.fakes.wire import Reply, served
from tests.support.worlds.donation_account import donation_account

PAGE = EXAMPLES["list_donations"].answers["last page"]
[GIVEN] = PAGE["data"]


@pytest.fixture(autouse=True)
def quiet_shell(monkeypatch):
    for name in ("PAYSANDBOX_BASE_URL", "PAYSANDBOX_API_KEY"):
        monkeypatch.delenv(name, raising=False)


def run(words, body=PAGE):
    with served(lambda _: Reply(body=body)) as wire:
        words = ["donations", "list", *words, "--base-url", wire.base_url, *KEY_FROM_STDIN]
        said = paysandbox(*words, piped="sk_test_donate-now_x\n")
    return said, wire.requests


def test_the_response_matches_the_contract():
    schemas.DonationList.model_validate_json(json.dumps(PAGE))


@pytest.mark.parametrize("words, query", [
    ([], {"limit": "20"}),
    (["--status", "failed", "--since", "2026-11-20T00:00:00Z", "--until", "2026-11-21T00:00:00Z", "--limit", "5"],
     {"status": "FAILED", "created_from": "2026-11-20T00:00:00.000000Z",
      "created_to": "2026-11-21T00:00:00.000000Z", "limit": "5"}),
    (["--all", "--cursor", "x"], {"limit": "100", "cursor": "x"}),
])  # fmt: skip
def test_requests(words, query):
    said, [request] = run(words)
    assert said.exit_code == 0, said.stderr
    assert (request.method, request.path, request.query) == ("GET", "/donations", query)


def test_output():
    assert json.loads(run(["--json"])[0].stdout) == PAGE
    shown = run([])[0].stdout
    expected = ("SUCCEEDED", "50.00 USD", "Ada Lovelace", GIVEN["donation_id"], GIVEN["payment_intent"])
    assert [text for text in expected if text not in shown] == []
    # A donation may have no intent yet.
    pending = {name: value for name, value in GIVEN.items() if name != "payment_intent"} | {"status": "PENDING"}
    assert "PENDING" in run([], {"data": [pending], "next_cursor": None})[0].stdout


def test_an_empty_page_says_so():
    said, _ = run([], {"data": [], "next_cursor": None})
    assert (said.exit_code, said.stdout, said.stderr) == (0, "", "No matching donations.\n")


@pytest.mark.parametrize("words, merchant", [([], "donate-now"), (["--merchant", "globex"], "globex")])
def test_whose_key_is_looked_up(words, merchant):
    with donation_account():
        said = paysandbox("donations", "list", *words, "--env", "dev")
    assert said.exit_code == 1
    assert merchant in said.stderr


def test_completion():
    assert _complete_status("re") == ["refunded"]
