"""`paysandbox balance` on the wire: requests, output, exit codes, and what to do next."""

import json

import pytest

from cli.balance.balance import Type
from paysandbox.balance import schemas
from paysandbox.balance.requests import TransactionType
from tests.support.clients.program import KEY_FROM_STDIN, paysandbox
from tests.support.fakes.wire import Reply, served

ACCOUNT = "acct_mzxw6ytboi2gk3tb"
AT = "2026-11-20T08:47:59.232275Z"
CUTOFF = "2026-11-21T00:00:00.000000Z"
BALANCE = {
    "data": [
        {"currency": "EUR", "pending": -4_00, "available": 0},
        {"currency": "USD", "pending": 9_41, "available": 5_00},
    ],
    "next_settlement": {"business_date": "2026-11-20", "cutoff": CUTOFF},
}
CAPTURE = {
    "id": "cap_1", "type": "capture", "status": "pending", "available_on": CUTOFF, "currency": "USD", "amount": 10_00,
    "fee": 59, "net": 9_41, "created_at": AT, "payment_id": "auth_1",
}  # fmt: skip
PAYOUT = CAPTURE | {"id": "2026-11-19@USD", "type": "payout", "status": "available", "batch": "2026-11-19"}
del PAYOUT["payment_id"]
PURGED = CAPTURE | {"status": None, "available_on": None}


@pytest.fixture(autouse=True)
def quiet_shell(monkeypatch):
    for name in ("PAYSANDBOX_BASE_URL", "PAYSANDBOX_API_KEY"):
        monkeypatch.delenv(name, raising=False)


def run(*words, body, status=200):
    """Run the command, and return its result and requests."""
    with served(lambda _: Reply(status, body=body)) as wire:
        said = paysandbox("balance", *words, "--base-url", wire.base_url, *KEY_FROM_STDIN, piped="sk_test_demo_x\n")
        return said, [(request.path, dict(request.query)) for request in wire.requests]


@pytest.mark.parametrize("shape, body", [
    (schemas.MerchantBalanceBody, BALANCE),
    (schemas.BalanceTransactionList, {"data": [CAPTURE, PAYOUT, PURGED], "next_cursor": None}),
])  # fmt: skip
def test_responses_match_the_contract(shape, body):
    shape.model_validate_json(json.dumps(body))


def test_types_are_those_of_the_api():
    assert [str(one) for one in Type] == [*TransactionType.__args__]


def test_the_balance_and_the_next_settlement():
    said, asked = run(body=BALANCE)
    assert asked == [("/balance", {})]
    assert (said.exit_code, said.stdout.splitlines()) == (
        0,
        [
            "PENDING    AVAILABLE",
            "-4.00 EUR  0.00 EUR",
            "9.41 USD   5.00 USD",
            "",
            "  next settlement 2026-11-20, cut-off 2026-11-21 00:00:00Z",
        ],
    )
    assert json.loads(run("--json", body=BALANCE)[0].stdout) == BALANCE


def test_transactions():
    body = {"data": [CAPTURE, PAYOUT, PURGED], "next_cursor": "here"}
    said, _ = run("transactions", "--limit", "3", body=body)
    assert said.stdout.splitlines() == [
        "CREATED               TYPE     STATUS     AMOUNT     FEE       NET       OF",
        "2026-11-20 08:47:59Z  capture  pending    10.00 USD  0.59 USD  9.41 USD  auth_1",
        "2026-11-20 08:47:59Z  payout   available  10.00 USD  0.59 USD  9.41 USD  2026-11-19",
        "2026-11-20 08:47:59Z  capture             10.00 USD  0.59 USD  9.41 USD  auth_1",
    ]
    assert "paysandbox balance transactions --limit 3 --cursor here" in said.words
    assert json.loads(run("transactions", "--limit", "3", "--json", body=body)[0].stdout) == body


def test_filters_are_sent_and_repeated_for_the_next_page():
    filters = ["--type", "capture", "--currency", "USD", "--payment", "auth_1", "--order", "asc"]
    times = ["--since", "2026-11-20T00:00:00Z", "--until", "2026-11-21T00:00:00Z"]
    said, asked = run("transactions", *filters, *times, "--limit", "1", body={"data": [CAPTURE], "next_cursor": "here"})
    assert asked[0] == (
        "/balance/transactions",
        {
            "type": "capture", "currency": "USD", "payment_id": "auth_1", "created_from": "2026-11-20T00:00:00.000000Z",
            "created_to": "2026-11-21T00:00:00.000000Z", "order": "asc", "limit": "1",
        },
    )  # fmt: skip
    assert " ".join(filters[:6]) in said.words


def test_a_connected_account_is_asked_for_and_repeated_for_the_next_page():
    assert run("--account", ACCOUNT, body=BALANCE)[1] == [("/balance", {"account": ACCOUNT})]
    words = ["transactions", "--account", ACCOUNT, "--limit", "1"]
    said, asked = run(*words, body={"data": [CAPTURE], "next_cursor": "here"})
    assert asked == [("/balance/transactions", {"account": ACCOUNT, "limit": "1"})]
    assert f"paysandbox balance {' '.join(words)} --cursor here" in said.words


@pytest.mark.parametrize(
    "words, body, note",
    [
        ([], {**BALANCE, "data": []}, "No balance yet. Make a payment: paysandbox pay authorize 12.50"),
        (["transactions"], {"data": [], "next_cursor": None}, "No transactions yet. Make a payment"),
        (["--account", ACCOUNT], {**BALANCE, "data": []}, "The account has no balance yet."),
        (
            ["transactions", "--account", ACCOUNT],
            {"data": [], "next_cursor": None},
            "The account has no transactions yet.",
        ),
        (["transactions", "--type", "refund"], {"data": [], "next_cursor": None}, "No matching transactions."),
    ],
    ids=str,
)
def test_an_empty_answer_says_what_to_do(words, body, note):
    said, _ = run(*words, body=body)
    assert (said.exit_code, said.stdout) == (0, "")
    assert note in said.words


def test_a_refusal_exits_with_one():
    problem = {
        "type": "t", "title": "Cursor invalid", "status": 400, "detail": "Use next_cursor of the previous page.",
        "code": "cursor_invalid", "param": "cursor", "request_id": "r",
    }  # fmt: skip
    said, _ = run("transactions", "--cursor", "x", body=problem, status=400)
    assert said.exit_code == 1
    assert "Use next_cursor of the previous page." in said.words


@pytest.mark.parametrize("options", [["--json"], ["--account", ACCOUNT]], ids=" ".join)
def test_options_belong_behind_the_command(options):
    said = paysandbox("balance", *options, "transactions")
    assert said.exit_code == 2
    assert "Give the options behind `balance transactions`." in said.words


def test_an_unknown_type_is_refused():
    said = paysandbox("balance", "transactions", "--type", "charge")
    assert said.exit_code == 2
    assert "capture_failed" in said.words
