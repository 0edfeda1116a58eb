"""`paysandbox lose --mcp` on a stand-in for the sandbox: a server's tool that refunds, in versions with a bug each."""

import json
import shlex
import sys
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import psutil
import pytest

from cli.connection import target as targets
from cli.connection.keys import list_keys
from tests.support.clients.program import Ran, paysandbox
from tests.support.fakes.wire import Reply, Request, served
from tests.support.tools.tiers import full_but
from tests.support.worlds.deployed_account import Account, deployed

TOOLS = Path(__file__).with_name("agent_tools.py")
PLAN = """
[[setup]]
name = "payment"
request = "POST /payments/authorize"
body = { amount = 10000, reference = "order-1" }

[[call]]
tool = "create_refund"
arguments = { payment = "{payment.auth_id}", amount = 3000 }
"""
FIRST, GIVEN_UP = "1-first-reset", "1-given-up-reset"


@dataclass
class Processor:
    """Takes and refunds payments as the native API does. A refund without an idempotency key is made each time."""

    payments: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    by_key: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict[tuple[str, str], dict[str, Any]])
    deleted: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])

    def answer(self, request: Request) -> Reply:
        merchant = request.headers["x-api-key"]
        if request.method == "GET":
            data = [payment for payment in self.payments.values() if payment["merchant"] == merchant]
            return Reply(200, {"data": data, "next_cursor": None})
        if request.method == "DELETE":
            if (merchant, request.path) in self.deleted:
                return Reply(404, {"error": {"code": "resource_missing"}})
            self.deleted.add((merchant, request.path))
            return Reply(200, {"id": "cus_1", "deleted": True})
        if request.path == "/payments/authorize":
            amounts = {"captured": request.body["amount"], "refunded": 0, "remaining": 0}
            made = {"auth_id": f"auth_{uuid.uuid4().hex}", "merchant": merchant, "currency": "USD", **amounts}
            self.payments[made["auth_id"]] = made | {"status": "captured", "reference": request.body["reference"]}
            return Reply(200, made)
        if request.body.get("auth_id") not in self.payments:
            return Reply(404, {"code": "payment_not_found"})
        key = merchant, request.headers.get("x-idempotency-key") or uuid.uuid4().hex
        if key not in self.by_key:
            self.payments[request.body["auth_id"]]["refunded"] += request.body["amount"]
            self.by_key[key] = {"refund_id": f"re_{uuid.uuid4().hex}", "id": f"re_{uuid.uuid4().hex}"}
        return Reply(200, self.by_key[key], {"Request-Id": "req_1"})


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Account]:
    monkeypatch.setenv("PAYSANDBOX_HOME", str(tmp_path / "home"))
    with deployed("dev") as account, served(Processor().answer) as wire:
        here = replace(account.target, base_url=wire.base_url)
        monkeypatch.setattr(targets, "resolve", lambda *_: here)
        yield account


Lose = Callable[..., Ran]


def server(version: str) -> str:
    return shlex.join([sys.executable, "-I", "-S", str(TOOLS), version])


@pytest.fixture
def lose(account: Account, tmp_path: Path) -> Lose:
    """Return a function that calls the tool of a version by a plan."""

    def run(version: str, *options: str, plan: str = PLAN) -> Ran:
        file = tmp_path / "plan.toml"
        file.write_text(plan)
        return paysandbox("lose", "--mcp", server(version), "--plan", str(file), "--seed", "7", *options)

    return run


def outcomes(ran: Ran) -> dict[str, str]:
    return {cell["cell"]: cell["outcome"] for cell in json.loads(ran.stdout)["cells"]}


def both(outcome: str) -> dict[str, str]:
    return {FIRST: outcome, GIVEN_UP: outcome}


TWICE = "30.00 USD refunded too much"
OUTCOMES = [
    ("order-key", both("no loss"), 0, "No loss found. 2 lost nothing.", None),
    ("new-key", both("lost"), 1, TWICE, "repeated under another idempotency key"),
    ("no-key", both("lost"), 1, TWICE, "repeated without an idempotency key"),
    ("is-error", both("lost"), 1, TWICE, "repeated under another idempotency key"),
    ("dies", both("lost"), 1, TWICE, "repeated under another idempotency key"),
    ("claims", both("lost"), 1, "create_refund claims idempotentHint and is not idempotent: ", None),
    ("believes", both("no loss"), 0, "No loss found. 2 lost nothing.", None),
    ("deletes", both("no loss"), 0, "No loss found. 2 lost nothing.", None),
]


@pytest.mark.parametrize(
    "version, cells, exit_code, verdict, cause",
    full_but(OUTCOMES, keep=lambda row: row[0] in {"order-key", "no-key", "claims"}, rows=True),
)
def test_outcomes(
    lose: Lose,
    account: Account,
    version: str,
    cells: Mapping[str, str],
    exit_code: int,
    verdict: str,
    cause: str | None,
) -> None:
    ran = lose(version, "--json")
    assert (ran.exit_code, outcomes(ran)) == (exit_code, cells), ran.stdout + ran.stderr
    report = json.loads(ran.stdout)
    assert verdict in report["verdict"]
    assert [cell for cell in report["cells"] if cause and cause not in cell["likely_cause"]] == []
    assert report["judged"] == "ledger and answers of tools"
    assert list_keys(account.target) == []


def test_the_404_to_a_deletion_that_took_effect_is_its_answer(lose: Lose) -> None:
    [cell] = json.loads(lose("deletes", "--json", "--only", FIRST).stdout)["cells"]
    assert cell["outcome"] == "no loss"
    assert any("DELETE /v1/customers/cus_1 → 404, deleted before" in line for line in cell["timeline"])


@pytest.mark.full
def test_a_tool_that_had_more_to_do_than_delete_was_not_answered(lose: Lose) -> None:
    assert outcomes(lose("deletes-first", "--json", "--only", FIRST)) == {FIRST: "not judged"}


@pytest.mark.full
def test_a_refund_that_was_only_said_is_a_loss(lose: Lose) -> None:
    ran = lose("believes", "--json", "--only", "1-first-before")
    assert (ran.exit_code, outcomes(ran)) == (1, {"1-first-before": "lost"})
    [found] = json.loads(ran.stdout)["cells"][0]["findings"]
    assert (found["kind"], found["amount"]) == ("charged_too_much", 3000)


@pytest.mark.full
@pytest.mark.parametrize("loss", ["truncate", "gateway", "before"])
def test_losses(lose: Lose, loss: str) -> None:
    ran = lose("new-key", "--json", "--only", f"1-first-{loss}")
    assert outcomes(ran) == {f"1-first-{loss}": "no loss" if loss == "before" else "lost"}


def test_tools_are_in_the_report_with_their_hints(lose: Lose) -> None:
    tools = json.loads(lose("claims", "--json", "--only", FIRST).stdout)["tools"]
    read, refund = tools
    assert (read["name"], read["called"], {*read["hints"].values()}) == ("read_payment", False, {None})
    hints = {"readOnlyHint": False, "destructiveHint": True, "idempotentHint": True}
    assert (refund["name"], refund["called"], refund["hints"]) == ("create_refund", True, hints)
    assert "the ledger holds 40.00 USD instead of 70.00 USD" in refund["refuted"]
    assert "POST /payments/refund made re_" in refund["refuted"]


def test_a_false_claim_without_a_loss_has_an_exit_code_of_its_own(lose: Lose, tmp_path: Path) -> None:
    file = tmp_path / "junit.xml"
    ran = lose("claims", "--only", "1-first-before", "--junit", str(file))
    assert (ran.exit_code, "claims idempotentHint and is not" in ran.stdout) == (3, True), ran.stdout
    suite = ET.fromstring(file.read_text())  # noqa: S314 - ours
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("2", "0", "1")


def test_reports(lose: Lose, tmp_path: Path) -> None:
    files = {name: tmp_path / name for name in ("markdown", "junit", "html")}
    options = [word for name, file in files.items() for word in (f"--{name}", str(file))]
    ran = lose("no-key", "--only", GIVEN_UP, *options)
    assert ran.exit_code == 1
    shared = (
        *(TWICE, "ANSWER LOST (reset)", "create_refund failed: Failed to create refund", "without an idempotency key"),
        f"--only {GIVEN_UP} --seed 7 --mcp",
        "create_refund, called: readOnlyHint false, destructiveHint true, idempotentHint false",
    )
    for name, text in ({"terminal": ran.stdout} | {name: file.read_text() for name, file in files.items()}).items():
        wanted = shared[:-1] if name == "junit" else shared
        assert [words for words in wanted if words not in text] == [], name


@pytest.mark.parametrize(
    "version, options, plan, words",
    [
        ("idle", (), PLAN, "The tools made no call to the sandbox."),
        ("fails", (), PLAN, "The command fails without a fault: create_refund failed: Failed to create refund"),
        ("sleeps", ("--command-timeout", "1"), PLAN, "create_refund failed: no answer within 1 s"),
        ("sleeps", ("--timeout", "1"), PLAN, "The time was over before"),
        ("new-key", (), PLAN.replace("create_refund", "refund"), "The server has no tool 'refund'."),
        ("new-key", (), PLAN.replace("{payment.auth_id}", "auth_1"), "A tool fails without a fault: POST"),
        ("new-key", (), PLAN.replace(".auth_id", ".other"), "The plan cannot be filled in"),
        ("new-key", (), PLAN.replace("authorize", "refund"), "The set-up's POST /payments/refund was refused with 404"),
    ],
)
def test_runs_that_cannot_start(
    lose: Lose, account: Account, version: str, options: tuple[str, ...], plan: str, words: str
) -> None:
    ran = lose(version, *options, plan=plan)
    assert (ran.exit_code, words in ran.words) == (1, True), ran.stderr
    assert list_keys(account.target) == []


@pytest.mark.parametrize(
    "options, words",
    [
        ((), "Give the command after --, or an MCP server"),
        (("--plan", "p.toml", "--", "true"), "It belongs to --mcp"),
        (("--mcp", "true"), "Add --plan FILE"),
        (("--mcp", "true", "--plan", "p.toml", "--", "true"), "Give either --mcp or COMMAND"),
        (("--mcp", "true", "--plan", "p.toml", "--recover", "true"), "does not go with --mcp"),
        (("--mcp", "true", "--plan", "no-such-plan.toml"), "is no plan: No such file"),
    ],
)
def test_misuse(account: Account, options: tuple[str, ...], words: str) -> None:
    ran = paysandbox("lose", *options)
    assert (ran.exit_code, words in ran.words) == (2, True), ran.stderr


def test_a_signal_ends_the_run_and_the_server(lose: Lose, account: Account) -> None:
    ran = lose("interrupts", "--json")
    assert (ran.exit_code, outcomes(ran)) == (3, both("not exercised"))
    assert list_keys(account.target) == []
    assert not [child for child in psutil.Process().children(recursive=True) if str(TOOLS) in child.cmdline()]
