"""`paysandbox lose` on a stand-in for the sandbox: outcomes, exit codes and reports of small programs."""

import json
import shlex
import socket
import sys
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from cli.connection import target as targets
from cli.connection.keys import list_keys
from tests.support.clients.program import Ran, paysandbox
from tests.support.fakes.wire import Reply, Request, served
from tests.support.tools.tiers import full_but
from tests.support.worlds.deployed_account import Account, deployed

SHOP = Path(__file__).with_name("shop.py")
PYTHON = (sys.executable, "-I", "-S")
"""It starts in half the time."""
STATE = shlex.join(["sh", "-c", 'cat "$PAYSANDBOX_TMP/orders.json" 2>/dev/null || echo \'{"orders": []}\''])
"""Prints the shop's books, as a program that is quick to start."""


@dataclass
class Processor:
    """Takes payments as POST /payments/authorize does, at most once by idempotency key, for each API key."""

    payments: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    by_key: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict[tuple[str, str], dict[str, Any]])

    def answer(self, request: Request) -> Reply:
        merchant = request.headers["x-api-key"]
        if request.method == "GET":
            data = [payment for payment in self.payments if payment["merchant"] == merchant]
            return Reply(200, {"data": data, "next_cursor": None})
        key = merchant, request.headers["x-idempotency-key"]
        if request.path == "/payments/refund":
            [payment] = [payment for payment in self.payments if payment["auth_id"] == request.body["auth_id"]]
            payment["refunded"] = request.body["amount"]
            return Reply(200, payment)
        if key not in self.by_key:
            payment = {
                "auth_id": f"auth_{uuid.uuid4().hex}",
                "merchant": merchant,
                "currency": "USD",
                "status": "captured",
                "captured": request.body["amount"],
                "refunded": 0,
                "remaining": 0,
                "reference": request.body["reference"],
            }
            self.payments.append(payment)
            self.by_key[key] = payment
        return Reply(200, self.by_key[key], {"Request-Id": "req_1"})


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Account]:
    monkeypatch.setenv("PAYSANDBOX_HOME", str(tmp_path / "home"))
    with deployed("dev") as account, served(Processor().answer) as wire:
        here = replace(account.target, base_url=wire.base_url)
        monkeypatch.setattr(targets, "resolve", lambda *_: here)
        yield account


Lose = Callable[..., Ran]


@pytest.fixture
def lose(account: Account) -> Lose:
    """Return a function that runs the shop in a version."""

    def run(version: str, *options: str, books: bool = True) -> Ran:
        state = ("--state-command", STATE) if books else ()
        return paysandbox("lose", *state, "--seed", "7", *options, "--", *PYTHON, str(SHOP), version)

    return run


def outcomes(ran: Ran) -> dict[str, str]:
    return {cell["cell"]: cell["outcome"] for cell in json.loads(ran.stdout)["cells"]}


def both(call: int, outcome: str) -> dict[str, str]:
    return {f"{call}-first-reset": outcome, f"{call}-given-up-reset": outcome}


FIRST_LOST = "first answer lost to a reset connection"
OUTCOMES = [
    ("order-key", both(1, "no loss"), 0, "No loss found. 2 lost nothing."),
    (
        "new-key",
        both(1, "lost"),
        1,
        f"37.50 USD charged twice (call 1, {FIRST_LOST}, run again)",
    ),
    ("believes", both(1, "lost"), 1, f"37.50 USD paid, not shown (call 1, {FIRST_LOST})"),
    ("asks", both(1, "no loss") | both(2, "no loss"), 0, "No loss found. 4 lost nothing."),
    ("stray", both(1, "inconclusive"), 3, "No loss found. 2 inconclusive."),
    ("silent", both(1, "inconclusive"), 3, "No loss found. 2 inconclusive."),
    ("boasts", {}, 3, "Your baseline disagrees"),
    ("refunds", both(1, "no loss") | both(2, "no loss"), 0, "No loss found. 4 lost nothing."),
    (
        "run-reference",
        both(1, "lost"),
        1,
        f"37.50 USD charged twice (call 1, {FIRST_LOST}, run again)",
    ),
    (
        "new-reference",
        both(1, "lost"),
        1,
        f"37.50 USD charged twice (call 1, {FIRST_LOST}, run again)",
    ),
]


@pytest.mark.parametrize(
    "version, cells, exit_code, verdict",
    full_but(OUTCOMES, keep=lambda row: row[0] in {"run-reference", "boasts"}, rows=True),
)
def test_outcomes(
    lose: Lose, account: Account, version: str, cells: Mapping[str, str], exit_code: int, verdict: str
) -> None:
    ran = lose(version, "--json")
    assert (ran.exit_code, outcomes(ran)) == (exit_code, cells), ran.stdout + ran.stderr
    assert verdict in json.loads(ran.stdout)["verdict"]
    assert list_keys(account.target) == []


@pytest.mark.full
def test_without_books_only_charges_are_judged(lose: Lose) -> None:
    for version, outcome, exit_code in (("believes", "not judged", 0), ("new-key", "lost", 1)):
        ran = lose(version, "--json", books=False)
        assert (ran.exit_code, outcomes(ran)) == (exit_code, both(1, outcome))


@pytest.mark.full
def test_a_failed_run_is_judged_after_its_recovery(lose: Lose) -> None:
    ran = lose("order-key", "--json", "--recover", "true")
    assert outcomes(ran) == both(1, "lost")
    cell = json.loads(ran.stdout)["cells"][0]
    [found] = cell["findings"]
    assert found["words"] == "37.50 USD paid, not shown"
    assert cell["where"].endswith(", not run again")
    assert "a webhook or a nightly job has to" in cell["likely_cause"]


@pytest.mark.full
def test_a_recovery_does_not_hide_what_a_shopper_loses_who_comes_back_at_once(lose: Lose) -> None:
    """The job notes that the order is paid: a shop that is paid again before it charges twice."""
    books = '{"orders": [{"reference": "order-1", "currency": "usd", "paid": 3750}]}'
    job = f"""echo '{books}' > "$PAYSANDBOX_TMP/orders.json\""""
    ran = lose("new-key", "--json", "--recover", shlex.join(["sh", "-c", job]))
    cells = json.loads(ran.stdout)["cells"]
    assert [(cell["where"].rpartition(", ")[2], cell["findings"][0]["words"]) for cell in cells] == 2 * [
        ("run again", "37.50 USD charged twice")
    ]
    green = lose("order-key", "--json", "--recover", shlex.join(["sh", "-c", job]))
    assert outcomes(green) == both(1, "no loss")


def test_a_quick_run_of_a_command_without_webhooks_tries_its_calls(lose: Lose) -> None:
    ran = lose("order-key", "--json", "--quick")
    assert (ran.exit_code, outcomes(ran)) == (0, both(1, "no loss")), ran.stderr


NOT_JUDGED = "Not judged: shoppers who never come back"


@pytest.mark.parametrize(
    "options, books, last",
    [
        ((), True, f"{NOT_JUDGED} (--recover, or --webhooks with --server)."),
        ((), False, f"{NOT_JUDGED} (--state-command, and --recover, or --webhooks with --server)."),
        (("--recover", "true"), True, None),
    ],
)
def test_the_last_line_says_who_was_not_judged(
    lose: Lose, options: tuple[str, ...], books: bool, last: str | None
) -> None:
    ran = lose("order-key", "--only", "1-first-reset", *options, books=books)
    assert (ran.stdout.splitlines()[-1] == last) is (last is not None), ran.stdout
    assert (NOT_JUDGED in ran.stdout) is (last is not None)


@pytest.mark.full
@pytest.mark.parametrize("loss", ["truncate", "gateway", "before", "timeout"])
def test_losses(lose: Lose, loss: str) -> None:
    ran = lose("new-key", "--json", "--only", f"1-first-{loss}", "--client-timeout", "0.1")
    assert outcomes(ran) == {f"1-first-{loss}": "no loss" if loss == "before" else "lost"}


@pytest.mark.parametrize(
    "version, options, words",
    [
        ("fails", (), "The command fails without a fault: exit code 4."),
        ("idle", (), "made no call to the sandbox"),
        ("differs", (), "make different calls: GET /payments"),
        ("other-key", (), "uses another API key"),
        ("order-key", ("--reset", "false"), "The reset command failed: exit code 1."),
        ("order-key", ("--reset", "no-such-program"), "no-such-program cannot be run"),
        ("order-key", ("--only", "9-first-reset"), "There is no call 9"),
        ("order-key", ("--state-command", "echo {}"), "The output of the state command cannot be read"),
        ("order-key", ("--html", "/no/such/folder/a.html"), "There is no folder"),
        ("sleeps", ("--timeout", "1"), "The time was over before"),
    ],
)
def test_runs_that_cannot_start(
    lose: Lose, account: Account, version: str, options: tuple[str, ...], words: str
) -> None:
    ran = lose(version, *options)
    assert (ran.exit_code, words in ran.words) == (1, True), ran.stderr
    assert list_keys(account.target) == []


@pytest.mark.parametrize(
    "options, words",
    [
        (("--only", "1-first"), "is not a cell"),
        (("--loss", "timeout"), "Add --client-timeout"),
        (("--reset", "'"), "is not a command"),
        (("--recover", " "), "The command is empty"),
        (("--webhooks", "https://shop.example/hook"), "is not a receiver on this machine"),
        (("--jobs", "2", "--reset", "true"), "Cells at the same time share neither"),
        (("--jobs", "2", "--port", "4777"), "goes with none of --mcp, --webhooks and --jobs"),
        (("--quick", "--only", "1-first-reset"), "It has a list of its own"),
        (("--server", "python shop.py"), "Where does the application receive webhooks?"),
        (("--webhooks", "http://127.0.0.1:80/", "--server", "python shop.py"), "A server listens on the port of PORT"),
    ],
)
def test_misuse(lose: Lose, options: tuple[str, ...], words: str) -> None:
    ran = lose("order-key", *options)
    assert (ran.exit_code, words in ran.words) == (2, True), ran.stderr


def test_a_port_that_is_taken(lose: Lose) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ran = lose("order-key", "--port", str(taken.getsockname()[1]))
    assert (ran.exit_code, "is not free" in ran.words) == (1, True), ran.stderr


def test_a_signal_ends_the_run_and_revokes_the_key(lose: Lose, account: Account) -> None:
    ran = lose("interrupts", "--json")
    assert (ran.exit_code, outcomes(ran)) == (3, both(1, "not exercised"))
    assert {cell["reason"] for cell in json.loads(ran.stdout)["cells"]} == {"it was interrupted"}
    assert list_keys(account.target) == []


@pytest.mark.full
@pytest.mark.parametrize("version", ["new-key", "refunds"])
def test_cells_at_the_same_time_have_the_same_outcomes(lose: Lose, account: Account, version: str) -> None:
    at_once, in_turn = (lose(version, "--json", "--jobs", jobs) for jobs in ("4", "1"))
    assert (at_once.exit_code, outcomes(at_once)) == (in_turn.exit_code, outcomes(in_turn))
    assert list_keys(account.target) == []


@pytest.mark.full
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_cells_after_the_time_are_not_exercised(lose: Lose, jobs: str) -> None:
    ran = lose("sleeps-in-cells", "--json", "--timeout", "3", "--jobs", jobs)
    assert (ran.exit_code, outcomes(ran)) == (3, both(1, "not exercised"))


def test_reports(lose: Lose, tmp_path: Path) -> None:
    files = {name: tmp_path / name for name in ("markdown", "junit", "html")}
    options = [word for name, file in files.items() for word in (f"--{name}", str(file))]
    ran = lose("new-key", "--only", "1-given-up-reset", *options)
    assert ran.exit_code == 1
    shared = (
        "37.50 USD charged twice",
        "call 1, every answer lost to a reset connection",
        "1-given-up-reset",
        "ANSWER LOST (reset)",
        "--only 1-given-up-reset --seed 7",
        "another idempotency key",
    )
    texts = {"terminal": ran.stdout} | {name: file.read_text() for name, file in files.items()}
    for name, text in texts.items():
        assert [words for words in shared if words not in text] == [], name
    assert "1 call: 1 cell in" in ran.stdout
    suite = ET.fromstring(texts["junit"])  # noqa: S314 - ours
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("1", "1", "0")
    assert not {"http://", "https://", "<script", "<link"} & set(texts["html"].split('"'))


def test_a_badge_and_annotations_for_github(lose: Lose, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    options = ("--only", "1-given-up-reset", "--badge", str(tmp_path / "badge.json"))
    red = lose("new-key", *options)
    assert (
        "::error title=call 1%2C every answer lost to a reset connection%2C run again%3A 37.50 USD charged twice::POST "
        in red.stderr
    )
    assert json.loads((tmp_path / "badge.json").read_text()) == {
        "schemaVersion": 1,
        "label": "lost answers",
        "message": "1 of 1 cell: money lost",
        "color": "red",
    }
    green = lose("order-key", *options)
    assert "::error" not in green.stderr
    assert json.loads((tmp_path / "badge.json").read_text())["message"] == "no loss in 1 cell"


@pytest.mark.full
def test_cells_without_a_verdict_are_no_passed_tests(lose: Lose, tmp_path: Path) -> None:
    for version, books, tag in (("stray", True, "error"), ("order-key", False, "skipped"), ("boasts", True, "error")):
        file = tmp_path / f"{version}.xml"
        lose(version, "--only", "1-first-reset", "--junit", str(file), books=books)
        [case] = ET.fromstring(file.read_text())  # noqa: S314 - ours
        assert [each.tag for each in case] == [tag]
