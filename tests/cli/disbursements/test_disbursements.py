"""`paysandbox disbursements`, its customers and funds: requests, output, exit codes, completion without a network."""

import json

import pytest

from cli.disbursements.disbursements import _complete_status, complete_outcome
from cli.disbursements.method_option import complete_method
from paysandbox.core.errors import Code, problem
from paysandbox.customers.schemas import CustomerBody, CustomerList
from paysandbox.disbursements.schemas import DisbursementBody, DisbursementList
from paysandbox.funds.schemas import FundingBody, FundsBody
from tests.support.clients.program import KEY_FROM_STDIN, paysandbox
from tests.support.fakes.wire import Reply, served

AT, LATER = "2026-11-22T11:47:03.123456Z", "2026-11-22T11:47:05.000000Z"
CUSTOMER = {"customer_id": "unixuser1", "email": "jane@example.com", "created_at": AT, "updated_at": AT}
NAMED = CUSTOMER | {"name": "Jane Doe", "updated_at": LATER}
WITH_ACCOUNT = NAMED | {"bank_account": {
    "routing_number": "110000000", "last4": "6789", "account_type": "savings", "account_holder_name": "J. Doe",
}}  # fmt: skip
FUNDING = {"funding_id": "fnd_a", "amount": 100_00, "currency": "USD", "source": "api", "created_at": AT,
           "balance": 120_50}  # fmt: skip
FUNDS = {"data": [{"currency": "JPY", "balance": 5000}, {"currency": "USD", "balance": 120_50}]}
ID = "20261122T114703.123456Z-abcdefghij"
PENDING = {
    "payment_id": ID, "customer_id": "unixuser1", "email": "jane@example.com", "amount": 1250, "currency": "USD",
    "fee": 25, "payment_method": "paypal", "status": "pending", "attempts": 0, "batch_id": "dsb_a", "created_at": AT,
    "cancel_requested": False, "trail": [{"status": "pending", "at": AT, "source": "api", "request_id": "req-1"}],
}  # fmt: skip
FAILED = PENDING | {
    "status": "failed", "code": "RECEIVER_UNREGISTERED", "attempts": 2, "reference": "batch-1",
    "trail": [*PENDING["trail"], {"status": "processing", "at": AT, "source": "worker"},
              {"status": "failed", "at": LATER, "source": "provider", "code": "RECEIVER_UNREGISTERED"}],
}  # fmt: skip
BY_ACH = FAILED | {
    "payment_method": "ach", "status": "returned", "code": "R03", "last4": "1116", "reference": "2026-11-23.1.1",
    "window": 1, "trace_number": "110000008184001", "correction_code": "C01", "effective_date": "2026-11-23",
    "administrative_returns_expected_by": "2026-11-25T13:30:00.000000Z",
}  # fmt: skip
PAGE = {"data": [PENDING, FAILED], "next_cursor": None}
NONE = {"data": [], "next_cursor": None}
CUSTOMERS = {"data": [NAMED, CUSTOMER], "next_cursor": None}
CUSTOMER_PATH, PAYMENT_PATH = "/v1/api/customer", "/v1/api/payment"
OF_PAYMENT = f"{PAYMENT_PATH}/unixuser1/{ID}"


@pytest.fixture(autouse=True)
def quiet_shell(monkeypatch):
    for name in ("PAYSANDBOX_BASE_URL", "PAYSANDBOX_API_KEY"):
        monkeypatch.delenv(name, raising=False)


def answer(request):
    """Answer as the API does, by method and path."""
    if request.path == CUSTOMER_PATH and request.method == "GET":
        return Reply(body=CUSTOMERS)
    if request.path.startswith(CUSTOMER_PATH):
        return Reply(body=NAMED if request.method == "PUT" else CUSTOMER)
    if request.path == "/sandbox/fund":
        return Reply(body=FUNDS if request.method == "GET" else FUNDING)
    if request.path == PAYMENT_PATH and request.method == "POST":
        return Reply(202, PENDING)
    return Reply(body=PAGE if request.path in {PAYMENT_PATH, f"{PAYMENT_PATH}/unixuser1"} else FAILED)


def run(words, reply=None, answers=answer):
    with served(answers if reply is None else lambda _: reply) as wire:
        said = paysandbox(*words, "--base-url", wire.base_url, *KEY_FROM_STDIN, piped="sk_test_demo_x\n")
    return said, wire.requests


@pytest.mark.parametrize("shape, body", [
    (CustomerBody, CUSTOMER), (CustomerBody, NAMED), (CustomerBody, WITH_ACCOUNT),
    (CustomerList, CUSTOMERS), (FundingBody, FUNDING),
    (FundsBody, FUNDS), (DisbursementBody, PENDING), (DisbursementBody, FAILED),
    (DisbursementBody, BY_ACH), (DisbursementList, PAGE),
])  # fmt: skip
def test_responses_match_the_contract(shape, body):
    shape.model_validate_json(json.dumps(body))


@pytest.mark.parametrize("words, method, path, query, body", [
    (["disbursements", "customers", "create", "unixuser1", "jane@example.com"], "POST", CUSTOMER_PATH, {},
     {"customer_id": "unixuser1", "email": "jane@example.com"}),
    (["disbursements", "customers", "create", "unixuser1", "jane@example.com", "--name", "Jane Doe"],
     "POST", CUSTOMER_PATH, {},
     {"customer_id": "unixuser1", "email": "jane@example.com", "name": "Jane Doe"}),
    (["disbursements", "customers", "list"], "GET", CUSTOMER_PATH, {"limit": "20"}, None),
    (["disbursements", "customers", "list", "--email", "jane@example.com", "--limit", "5"], "GET", CUSTOMER_PATH,
     {"email": "jane@example.com", "limit": "5"}, None),
    (["disbursements", "customers", "show", "unixuser1"], "GET", f"{CUSTOMER_PATH}/unixuser1", {}, None),
    (["disbursements", "customers", "update", "a/b", "doe@example.com"], "PUT", f"{CUSTOMER_PATH}/a%2Fb", {},
     {"email": "doe@example.com"}),
    (["disbursements", "fund"], "GET", "/sandbox/fund", {}, None),
    (["disbursements", "fund", "100"], "POST", "/sandbox/fund", {}, {"amount": 100_00, "currency": "USD"}),
    (["disbursements", "fund", "5000", "JPY"], "POST", "/sandbox/fund", {}, {"amount": 5000, "currency": "JPY"}),
    (["disbursements", "create", "unixuser1", "12.50", "--email", "doe@example.com"], "POST", PAYMENT_PATH, {},
     {"customer_id": "unixuser1", "email": "doe@example.com", "amount": 1250, "currency": "USD"}),
    (["disbursements", "create", "unixuser1", "500", "JPY", "--email", "doe@example.com"], "POST", PAYMENT_PATH, {},
     {"customer_id": "unixuser1", "email": "doe@example.com", "amount": 500, "currency": "JPY"}),
    (["disbursements", "create", "unixuser1", "5", "--email", "a@example.com", "--method", "ach"], "POST", PAYMENT_PATH,
     {}, {"customer_id": "unixuser1", "email": "a@example.com", "amount": 500, "currency": "USD",
          "payment_method": "ach"}),
    (["disbursements", "list"], "GET", PAYMENT_PATH, {"limit": "20"}, None),
    (["disbursements", "list", "unixuser1"], "GET", f"{PAYMENT_PATH}/unixuser1", {"limit": "20"}, None),
    (["disbursements", "list", "unixuser1", "--status", "requires_attention"], "GET", PAYMENT_PATH,
     {"customer_id": "unixuser1", "status": "requires_attention", "limit": "20"}, None),
    (["disbursements", "list", "--method", "ach"], "GET", PAYMENT_PATH, {"payment_method": "ach", "limit": "20"}, None),
    (["disbursements", "list", "unixuser1", "--payment-method", "paypal"], "GET", PAYMENT_PATH,
     {"customer_id": "unixuser1", "payment_method": "paypal", "limit": "20"}, None),
])  # fmt: skip
def test_requests(words, method, path, query, body):
    said, [request] = run(words)
    assert said.exit_code == 0, said.stderr
    assert (request.method, request.path, request.query, request.body) == (method, path, query, body)
    assert ("x-idempotency-key" in request.headers) is (path in {PAYMENT_PATH, "/sandbox/fund"} and method == "POST")


def test_an_outcome_is_a_header():
    _, [_, sent] = run(["disbursements", "create", "unixuser1", "12.50", "--outcome", "payout=unclaim"])
    assert sent.headers["x-sandbox-outcome"] == "payout=unclaim"


@pytest.fixture
def number_file(tmp_path):
    """A file with the number of a bank account."""
    file = tmp_path / "account"
    file.write_text("000123456789\n")
    return str(file)


@pytest.mark.parametrize("options, account_type, holder", [
    (["--name", "Jane Doe"], "checking", "Jane Doe"),
    (["--name", "Jane Doe", "--bank-holder", "J. Doe", "--bank-type", "savings"], "savings", "J. Doe"),
    (["--bank-holder", "J. Doe", "--bank-type", "checking"], "checking", "J. Doe"),
])  # fmt: skip
@pytest.mark.parametrize("command", ["create", "update"])
def test_a_bank_account(command, options, account_type, holder, number_file):
    words = ["disbursements", "customers", command, "unixuser1", "jane@example.com", *options]
    said, requests = run([*words, "--bank-routing", "110000000", "--bank-account-file", number_file])
    assert said.exit_code == 0, said.stderr
    assert requests[0].body["bank_account"] == {
        "routing_number": "110000000", "account_number": "000123456789", "account_type": account_type,
        "account_holder_name": holder,
    }  # fmt: skip


@pytest.mark.parametrize("options, needed", [
    (["--bank-routing", "110000000", "--name", "Jane"], "--bank-account-file"),
    (["--bank-account-file", "FILE", "--name", "Jane"], "--bank-routing"),
    (["--bank-account-file", "FILE", "--bank-routing", "110000000"], "--bank-holder"),
    (["--bank-type", "savings"], "--bank-account-file"), (["--bank-type", "current"], "--bank-type"),
    (["--bank-account-file", "/nowhere"], "--bank-account-file"),
])  # fmt: skip
def test_part_of_a_bank_account_is_misuse(options, needed, number_file):
    words = ["disbursements", "customers", "create", "unixuser1", "jane@example.com"]
    said, requests = run([*words, *(number_file if word == "FILE" else word for word in options)])
    assert (said.exit_code, requests) == (2, [])
    assert needed in said.stderr


def test_a_bank_account_is_shown_by_its_last_digits():
    said, _ = run(["disbursements", "customers", "show", "unixuser1"], Reply(body=WITH_ACCOUNT))
    assert "···6789, savings at 110000000, J. Doe" in said.stdout


def test_a_disbursement_goes_to_the_customers_address():
    said, [first, second] = run(["disbursements", "create", "unixuser1", "12.50", "--wait", "20"])
    assert said.exit_code == 0, said.stderr
    assert (first.method, first.path) == ("GET", f"{CUSTOMER_PATH}/unixuser1")
    assert second.body["email"] == "jane@example.com"
    assert second.headers["prefer"] == "wait=20"


@pytest.mark.parametrize("command, method, path", [
    ("show", "GET", OF_PAYMENT), ("cancel", "POST", f"{OF_PAYMENT}/cancel"),
])  # fmt: skip
def test_a_disbursement_is_found_by_its_id_alone(command, method, path):
    said, [first, second] = run(["disbursements", command, ID])
    assert said.exit_code == 0, said.stderr
    assert (first.method, first.path, first.query) == ("GET", PAYMENT_PATH, {"payment_id": ID})
    assert (second.method, second.path) == (method, path)


@pytest.mark.parametrize("command", ["show", "cancel"])
def test_an_unknown_disbursement_exits_with_1(command):
    said, requests = run(["disbursements", command, "x"], Reply(body=NONE))
    assert (said.exit_code, len(requests)) == (1, 1)
    assert "There is no disbursement x." in said.stderr


@pytest.mark.parametrize("words, shown", [
    (["disbursements", "customers", "list"], ["unixuser1", "jane@example.com", "Jane Doe", "2026-11-22 11:47"]),
    (["disbursements", "customers", "show", "unixuser1"], ["unixuser1", "jane@example.com", "2026-11-22 11:47"]),
    (["disbursements", "customers", "update", "unixuser1", "jane@example.com"], ["Jane Doe", "changed"]),
    (["disbursements", "fund"], ["5000 JPY", "120.50 USD"]),
    (["disbursements", "fund", "100"], ["100.00 USD added", "120.50 USD", "fnd_a"]),
    (["disbursements", "create", "unixuser1", "12.50"],
     ["pending", "12.50 USD to unixuser1", ID, "0.25 USD", "idempotency"]),
    (["disbursements", "list"], [ID, "paypal", "failed", "12.50 USD", "unixuser1"]),
    (["disbursements", "show", ID], ["failed", "RECEIVER_UNREGISTERED", "paypal, 2 requests", "batch-1", "11:47:05"]),
])  # fmt: skip
def test_text(words, shown):
    said, _ = run(words)
    assert [text for text in shown if text not in said.stdout] == []


@pytest.mark.parametrize("words, body", [
    (["disbursements", "customers", "list"], CUSTOMERS),
    (["disbursements", "customers", "show", "unixuser1"], CUSTOMER), (["disbursements", "fund"], FUNDS),
    (["disbursements", "fund", "1"], FUNDING),
    (["disbursements", "list"], PAGE), (["disbursements", "show", ID], FAILED),
    (["disbursements", "create", "unixuser1", "12.50"], PENDING),
])  # fmt: skip
def test_json_is_the_apis(words, body):
    said, _ = run([*words, "--json"])
    assert json.loads(said.stdout) == body


@pytest.mark.parametrize("words, body, said_", [
    (["disbursements", "list"], NONE, "No matching disbursements.\n"),
    (["disbursements", "customers", "list"], NONE, "No matching customers.\n"),
    (["disbursements", "fund"], {"data": []}, "No funds yet. Add some: paysandbox disbursements fund 100\n"),
])  # fmt: skip
def test_an_empty_list_says_so(words, body, said_):
    said, _ = run(words, Reply(body=body))
    assert (said.exit_code, said.stdout) == (0, "")
    assert said.stderr.startswith(said_)


@pytest.mark.parametrize("words, body", [
    ("disbursements list unixuser1 --limit 2", PAGE),
    ("disbursements customers list --email jane@example.com --limit 2", CUSTOMERS),
])  # fmt: skip
def test_the_next_page(words, body):
    said, _ = run(words.split(), Reply(body=body | {"next_cursor": "c"}))
    assert f"paysandbox {words} --cursor c" in said.stderr


def test_a_disbursement_by_ach_has_its_window_and_its_trace_number():
    replies = [Reply(body=PAGE), Reply(body=BY_ACH)]
    said, _ = run(["disbursements", "show", ID], answers=lambda _: replies.pop(0))
    shown = ["R03", "C01, for the next", "2026-11-23.1.1, window 1", "110000008184001", "…1116"]
    shown += ["2026-11-25 13:30 UTC"]
    assert [text for text in shown if text not in said.stdout] == []


def test_a_disbursement_being_canceled_is_marked():
    canceling = FAILED | {"status": "unclaimed", "cancel_requested": True}
    replies = [Reply(body=PAGE), Reply(body=canceling)]
    said, _ = run(["disbursements", "cancel", ID], answers=lambda _: replies.pop(0))
    assert "canceling" in said.stdout


@pytest.mark.parametrize("words", [
    ["disbursements", "fund", "-5"], ["disbursements", "fund", "0"], ["disbursements", "fund", "1.001"],
    ["disbursements", "create", "unixuser1", "-5"],
    ["disbursements", "create", "unixuser1", "5.5", "JPY"],
    ["disbursements", "create", "unixuser1", "5", "--wait", "21"], ["disbursements", "list", "--method", "venmo"],
    ["disbursements", "create", "unixuser1"], ["disbursements", "customers", "create", "unixuser1"],
])  # fmt: skip
def test_misuse_sends_nothing(words):
    said, requests = run(words)
    assert (said.exit_code, requests) == (2, [])


@pytest.mark.parametrize("words, status, code", [
    (["disbursements", "create", "unixuser1", "12.50", "--email", "a@example.com"], 402, Code.INSUFFICIENT_BALANCE),
    (["disbursements", "customers", "create", "unixuser1", "doe@example.com"], 409, Code.CUSTOMER_EXISTS),
    (["disbursements", "customers", "show", "unixuser2"], 404, Code.RESOURCE_NOT_FOUND),
])  # fmt: skip
def test_a_refusal_exits_with_1(words, status, code):
    said, _ = run(words, Reply(status, problem(code, request_id="req-1")))
    assert said.exit_code == 1
    assert str(code) in said.stderr


def test_completion():
    assert _complete_status("p") == ["pending", "processing", "paid"]
    assert _complete_status("req") == ["requires_attention"]
    assert complete_method("") == ["paypal", "ach", "stripe"]
    assert complete_outcome("payout=f") == ["payout=fail"]
