"""Texts that callers, receivers and AWS chose, in every command that prints them: shown, and obeyed by no terminal.

The stand-in for the API answers with the documents' own examples, in which every text is hostile. A command must print
as many lines as it does of harmless ones, else a text could forge a line; and JSON must read as what was answered.
"""

import csv
import hashlib
import json
import re
import subprocess
import sys
import time
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any, Final

import pytest

from api_reference.examples import EXAMPLES
from cli.terminal.visible_text import visible
from cli.webhooks.forward import Forwarded
from cli.webhooks.listener import ReceivedDelivery
from cli.webhooks.listener_lines import Lines
from cli.webhooks.receiver import Returned
from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.core.cards.brand import Brand
from paysandbox.donations.donation import Receipt
from paysandbox.payments.payment import LineKind
from paysandbox.settlement.batches import batch_facts, batch_key, exclusion_item, latest_key
from paysandbox.settlement.settlement import Entry, Exclusion
from tests.support.builders import build
from tests.support.builders.payment_scenario import PaymentScenario, capture, run as run_at
from tests.support.builders.reports import contents, csv_of
from tests.support.clients.program import KEY_FROM_STDIN, Ran, paysandbox
from tests.support.clients.terminal import in_terminal
from tests.support.fakes.insights import insights
from tests.support.fakes.webhook_api import event
from tests.support.fakes.wire import Reply, Request, served
from tests.support.tools.tiers import first_of_each
from tests.support.worlds import settlement_night, tables
from tests.support.worlds.deployed_account import deployed
from tests.support.worlds.donation_account import donation_account, paid

HOSTILE: Final = (
    "\x1b]0;title\x07\x1b[2J\x1b[31m"  # sets a window's title, clears the screen, colours what follows
    "\x9b2K\x90q\x9c"  # orders in one character each (C1)
    "12\x08\x08\x7f\rpaid\nevt_forged\x0b\x0c\x85x\ty\x00"
    "\u202egnp.exe\u202c \u2066a\u2069\u200e\u200f\u061c"  # order of writing
    "\u200b\u200d\u2060\ufeff\u00ad\u2028\u2029\U000e0041"  # shows nothing, or breaks the line
    "\ud83d"
    "[red]x[/red][/][link=https://example.com]y[/link]:boom:"  # markup of rich's
)
HARMLESS: Final = "harmless"
# Of files and plain log lines, which are UTF-8.
WHOLE: Final = HOSTILE.replace("\ud83d", "")
# Of what is meant to have lines, where a break makes one more: a trace, a receiver's answer.
ONE_LINE: Final = HOSTILE.replace("\n", "")

HIDDEN: Final = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def hidden(text: str) -> set[str]:
    return {one for one in text if one != "\n" and unicodedata.category(one) in HIDDEN}


def replaced(value: Any, text: str) -> Any:
    """The value as it is with this text in place of the harmless one."""
    return json.loads(json.dumps(value).replace(HARMLESS, json.dumps(text)[1:-1]))


def judge(run: Callable[[str], Ran], *, text: str = HOSTILE) -> tuple[Ran, Ran]:
    """What the command says of the harmless text and of the hostile one: as many lines, and none that does harm."""
    plain, said = run(HARMLESS), run(text)
    assert (plain.exit_code, hidden(said.stdout + said.stderr)) == (said.exit_code, set())
    for before, after in ((plain.stdout, said.stdout), (plain.stderr, said.stderr)):
        assert after.count("\n") == before.count("\n")
    return plain, said


def judge_text(run: Callable[[str], Ran], *, text: str = HOSTILE) -> None:
    """For a person: every character of it, as its escape where it is hidden."""
    _, said = judge(run, text=text)
    assert visible(text) in said.stdout + said.stderr


def judge_json(run: Callable[[str], Ran], *, text: str = HOSTILE) -> None:
    """For a script: the same text after parsing."""
    plain, said = judge(run, text=text)
    assert _json_of(said) == replaced(_json_of(plain), text)


def _json_of(said: Ran) -> Any:
    return json.loads(said.stdout) if said.stdout else said.problem


def test_hostile_sample_has_every_kind_of_control_character() -> None:
    assert {unicodedata.category(one) for one in hidden(HOSTILE)} == HIDDEN
    assert hidden(visible(HOSTILE)) == set()


# --- the API's answers ------------------------------------------------------------------------------------------------

# What the program reads, and does not only show.
_READ: Final = {"currency", "format", "sha256", "status", "cutoff"}


def with_texts(value: Any, text: str, name: str = "") -> Any:
    """An answer in which every text ends in this one, and names of metadata and of headers too. Times stay times."""
    match value:
        case dict():
            more = text if name in {"metadata", "request_headers"} else ""
            return {key + more: with_texts(each, text, key) for key, each in value.items()}
        case list():
            return [with_texts(each, text, name) for each in value]
        case str() if name not in _READ and not re.match(r"\d{4}-\d\d-\d\dT", value):
            return value + text
        case _:
            return value


def sent(body: Any, status: int = 200) -> Reply:
    """A reply whose JSON escapes no more than it must."""
    text = json.dumps(body, ensure_ascii=False).replace("\ud83d", r"\ud83d")
    return Reply(status, text, {"Content-Type": "application/json"})


def answered(name: str, text: str, **more: Any) -> Reply:
    """An example of the route's, with the text in it."""
    return sent(with_texts({**list(EXAMPLES[name].answers.values())[-1], **more}, text))


def ask(words: list[str], answer: Callable[[Request], Reply]) -> Ran:
    with served(answer) as wire:
        return paysandbox(*words, "--base-url", wire.base_url, *KEY_FROM_STDIN, piped="sk_test_demo_x\n")


AUTH = "auth_mzxw6ytboi2gk3tbnzswc3lqnm"
CAPTURE = "cap_mzxw6ytboi2gk3tbnzswc3lqnmaaaaaaaaaa"
LISTED = {"next_cursor": "more"}
COMMANDS: Final[Mapping[str, tuple[str, dict[str, Any]]]] = {
    "pay authorize 12.50": ("authorize_payment", {"reference": "7", "description": "tea"}),
    f"pay capture {AUTH}": ("capture_payment", {}),
    f"pay increment {AUTH} 500 --minor": ("increment_payment", {}),
    f"pay void {AUTH}": ("void_payment", {}),
    f"pay refund {CAPTURE}": ("refund_payment", {"reason": "torn"}),
    f"pay show {AUTH}": ("get_payment", {}),
    "pay list --limit 1": ("list_payments", LISTED),
    "events list --limit 1": ("list_events", LISTED),
    "events show evt_1": ("get_event", {}),
    "events resend evt_1": ("resend_event", {}),
    "endpoints create --url https://example.com": ("create_endpoint", {}),
    "endpoints list": ("list_endpoints", {}),
    "endpoints show we_1": ("get_endpoint", {}),
    "endpoints update we_1 --disable": ("update_endpoint", {"description": "mine"}),
    "endpoints delete we_1": ("delete_endpoint", {}),
    "endpoints rotate we_1": ("rotate_endpoint", {}),
    "endpoints test we_1": ("ping_endpoint", {}),
    "endpoints update we_1 --enable": ("update_endpoint", {}),
    "deliveries list --limit 1": ("list_deliveries", LISTED),
    "deliveries show wd_1": ("get_delivery", {}),
    "endpoints replay we_1 --since 2h": ("replay_endpoint", {}),
    "balance": ("get_merchant_balance", {}),
    "balance transactions --limit 1": ("list_merchant_transactions", LISTED),
    "settlements list --limit 1": ("list_settlements", LISTED),
    "settlements show 2026-11-20": ("get_settlement", {}),
    "trigger endpoint_ping --endpoint we_1": ("ping_endpoint", {}),
    "trigger payment_authorized": ("authorize_payment", {}),
}


def known(command: str, *words: str) -> Callable[[str], Ran]:
    route, more = COMMANDS[command]
    return lambda text: ask([*command.split(), *words], lambda _: answered(route, text, **more))


# Times, and an event's id that follows from the authorization's, are all that these show of an answer.
BARE = {"settlements list --limit 1", "trigger payment_authorized"}


@pytest.mark.parametrize("command", [command for command in COMMANDS if command not in BARE])
def test_responses_are_escaped(command: str) -> None:
    judge_text(known(command), text=ONE_LINE if "deliveries show" in command else HOSTILE)


def test_lines_of_receiver_responses_are_marked() -> None:
    delivery = list(EXAMPLES["get_delivery"].answers.values())[-1]
    attempt = delivery["attempts"][0] | {"response": "one\r\ntwo\u2028three\r\n  attempt 9\n\n"}
    said = ask(["deliveries", "show", "wd_1"], lambda _: Reply(body=delivery | {"attempts": [attempt]}))
    assert said.stdout.splitlines()[-4:] == ["  < one", "  < two\\u2028three", "  <   attempt 9", "  < "]


@pytest.mark.parametrize("command", sorted(BARE))
def test_other_commands_escape_their_output(command: str) -> None:
    judge(known(command))


# All commands print JSON by the same function.
FIRST_OF_GROUP = first_of_each(COMMANDS, by=lambda command: command.partition(" ")[0])


@pytest.mark.parametrize("command", [*filter(FIRST_OF_GROUP, COMMANDS)])
def test_json_output_has_the_original_data(command: str) -> None:
    judge_json(known(command, "--json"))


def problem_with(text: str) -> Reply:
    body = {
        "type": "t", "title": "Refused", "status": 409, "detail": "Because", "code": "some_code", "param": "card",
        "remaining_time": "soon", "request_id": "r", "errors": [{}, {"param": "p", "detail": "Wrong"}],
        "captures": [{"transaction_id": "cap_1", "refundable": {"more": "x"}}],
    }  # fmt: skip
    return sent(with_texts(body, text), 409)


def test_errors_are_escaped() -> None:
    words = ["pay", "show", AUTH]
    judge_text(lambda text: ask(words, lambda _: problem_with(text)))
    judge_json(lambda text: ask([*words, "--json"], lambda _: problem_with(text)))


def test_foreign_responses_are_escaped() -> None:
    """Within quotes, as Python writes a text."""
    judge(lambda text: ask(["pay", "show", AUTH], lambda _: Reply(500, text)), text=WHOLE)


def test_multi_line_json_keeps_its_lines_and_is_escaped() -> None:
    said = ask(
        ["pay", "list", "--json"], lambda _: Reply(200, '{\r\n\t"data":\r[],\n"next_cursor":null, "x": "\u202e"}')
    )
    assert said.stdout == '{ \n "data": [],\n"next_cursor":null, "x": "\\u202e"}\n'


# --- a terminal -------------------------------------------------------------------------------------------------------


def test_only_our_own_colors_reach_a_terminal() -> None:
    with (
        served(lambda _: answered("get_payment", HOSTILE)) as wire,
        in_terminal("pay", "show", AUTH, "--base-url", wire.base_url, env={"PAYSANDBOX_API_KEY": "x"}) as terminal,
    ):
        shown = terminal.until(":boom:")
        assert terminal.ended() == 0
    assert "\x1b[" in shown
    assert hidden(re.sub(r"\x1b\[[0-9;]*m", "", shown).replace("\r\n", "\n")) == set()


@pytest.mark.full
def test_reports_are_bytes_in_a_pipe_and_escaped_on_a_terminal() -> None:
    report = f'id,reference\r\n1,"{WHOLE}"\r\n'

    def answer(request: Request) -> Reply:
        if request.path == "/report":
            return Reply(200, report)
        parts = {"url": f"{wire.base_url}/report", "sha256": hashlib.sha256(report.encode()).hexdigest(), "rows": 1}
        shown = list(EXAMPLES["get_settlement"].answers.values())[-1]
        return Reply(body=shown | {"reports": [shown["reports"][0] | parts | {"format": "csv"}]})

    with served(answer) as wire:
        words = ["settlements", "download", "2026-11-20", "-o", "-"]
        command = [*words, "--base-url", wire.base_url]
        assert paysandbox(*command, *KEY_FROM_STDIN, piped="sk_test_demo_x").stdout == report
        with in_terminal(*command, env={"PAYSANDBOX_API_KEY": "sk_test_demo_x"}) as terminal:
            shown = terminal.until(":boom:")
            assert terminal.ended() == 0
    assert hidden(shown.replace("\r\n", "\n")) == set()
    assert visible("\x1b]0;title\x07") in shown


# --- misuse -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [
    ["pay", "show"],
    ["pay", "authorize"],
    ["endpoints"],
    [],
])  # fmt: skip
def test_usage_errors_are_escaped(words: list[str]) -> None:
    said = paysandbox(*words, HOSTILE)
    assert said.exit_code == 2
    assert hidden(said.stdout + said.stderr) == set()


def test_unknown_options_are_escaped() -> None:
    said = paysandbox("pay", "list", f"--{HOSTILE}")
    assert (said.exit_code, hidden(said.stderr)) == (2, set())


def test_tracebacks_are_escaped() -> None:
    raising = (
        "import sys; from cli.terminal.output import print_fault; "
        "sys.excepthook = print_fault; raise ValueError(sys.argv[1])"
    )
    done = subprocess.run(
        [sys.executable, "-c", raising, "a\x1b[2Jb\u202e"], capture_output=True, text=True, check=False
    )
    assert "ValueError: a\\x1b[2Jb\\u202e" in done.stderr.splitlines()
    assert hidden(done.stderr) == set()


# --- logs and metrics -------------------------------------------------------------------------------------------------


def request_line(text: str, **fields: Any) -> str:
    line = {
        "message": "request", "request_id": "r", "route": "capture_payment", "method": "POST", "merchant": "demo",
        "status": 409, "outcome": "refused", "code": "c", "param": "p", "transaction_id": "cap_1", "level": "INFO",
        "detail": "Why", "exception": "Traceback",
    }  # fmt: skip
    return json.dumps(with_texts(line | fields, text) | {"message": "request", "status": 409, "duration_ms": 1.0})


@cache
def written_ms() -> int:
    """When the lines were written: the same for runs that are compared, and recent however late this file's turn is."""
    return int(time.time() * 1000) - 60_000


def logged(*words: str, lines: list[str]) -> Ran:
    with deployed("dev") as account, insights():
        group = account.deploy_function("capture_payment")
        account.write_log(group, "s1", {written_ms(): lines})
        return paysandbox(*words, "--env", "dev")


def test_log_lines_are_escaped() -> None:
    judge_text(lambda text: logged("logs", lines=[request_line(text)]), text=ONE_LINE)
    judge_json(lambda text: logged("logs", "--json", lines=[request_line(text)]))


def test_log_lines_that_are_not_json_are_escaped() -> None:
    crash = "2030-01-07T12:00:00.000Z Task timed out after 10.00 seconds"
    text = ONE_LINE.replace("\ud83d", "").replace("\x00", "")
    judge_text(lambda text: logged("logs", lines=[crash + text]), text=text)
    judge_json(lambda text: logged("logs", "--json", lines=[crash + text]), text=text)


def test_tracebacks_are_indented_under_their_log_line() -> None:
    trace = "Traceback\n12:00:00.250  200  POST capture_payment"
    shown = logged("logs", lines=[request_line("", exception=trace)]).stdout.splitlines()
    assert shown[-2:] == [f"    {row}" for row in trace.split("\n")]


def test_metrics_are_escaped() -> None:
    judge_text(lambda text: logged("metrics", lines=[request_line(text)]))


# --- donations --------------------------------------------------------------------------------------------------------


def with_receipt(*words: str, note: str) -> Ran:
    with donation_account() as there, pytest.MonkeyPatch.context() as clock:
        clock.setattr("cli.connection.clock_offset.stored_offset_s", lambda _: 0)
        there.put(paid(1, Receipt.REFUSED, receipt_note=note))
        return paysandbox("donations", *words, "--env", "dev")


def test_receipt_errors_are_escaped() -> None:
    judge_text(lambda text: with_receipt("receipts", note=f"Rejected{text}"), text=WHOLE)
    judge_json(lambda text: with_receipt("receipts", "--json", note=f"Rejected{text}"), text=WHOLE)


def test_donor_addresses_are_escaped() -> None:
    def resent(text: str) -> Ran:
        with donation_account() as there, pytest.MonkeyPatch.context() as clock:
            clock.setattr("cli.connection.clock_offset.stored_offset_s", lambda _: 0)
            one = paid(1, Receipt.REFUSED)
            one = there.put(replace(one, donor=replace(one.donor, email=f"jo{text}@example.com")))
            return paysandbox("donations", "resend-receipt", one.id, "--env", "dev")

    judge_text(resent, text=WHOLE)


# --- audit, settle and reconcile --------------------------------------------------------------------------------------


def audited(*words: str, text: str) -> Ran:
    table = "paysandbox-dev-PaymentsLedger"
    with donation_account() as there:
        there.account.deploy_stack("data", {"LedgerTable": table})
        client = there.account.client("dynamodb")
        tables.create_table(client, table)
        run_at(PaymentScenario.open(Ledger(client, table, retention_s=86_400), build.authorized(10_00)), capture(4_00))
        client.update_item(
            TableName=table,
            Key={"transaction_id": {"S": build.PAYMENT_ID}},
            UpdateExpression="SET #merchant = :m, remaining = :n",
            ExpressionAttributeNames={"#merchant": "merchant"},
            ExpressionAttributeValues={":m": {"S": f"demo{text}"}, ":n": {"N": "601"}},
        )
        return paysandbox("audit", "--env", "dev", *words)


@pytest.mark.full
def test_audit_output_is_escaped() -> None:
    judge_text(lambda text: audited("--trail", build.PAYMENT_ID, text=text), text=WHOLE)
    judge_json(lambda text: audited("--trail", build.PAYMENT_ID, "--json", text=text), text=WHOLE)


def settled(*words: str, reason: str) -> Ran:
    with deployed("dev") as account:
        settlement_night.deploy(account)
        client = account.client("dynamodb")
        kept = settlement_night.kept("2026-01-05", closed_at=datetime.now(UTC), merchants=1, set_aside=1)
        for key in (batch_key(kept.name), latest_key()):
            client.put_item(TableName=settlement_night.BATCHES, Item={**key, **batch_facts(kept)})
        aside = Exclusion(merchant="demo", payment_id=build.PAYMENT_ID, reason=reason)
        client.put_item(TableName=settlement_night.BATCHES, Item=exclusion_item(kept.name, aside))
        return paysandbox("settlements", "run", "--date", "2026-01-05", "--env", "dev", *words)


def test_settlement_reasons_are_escaped() -> None:
    judge_text(lambda text: settled(reason=f"no story{text}"), text=WHOLE)
    judge_json(lambda text: settled("--json", reason=f"no story{text}"), text=WHOLE)


def reconciled(file: Path, *words: str, text: str) -> Ran:
    """A report in which a line's id was changed to something else."""
    entry = Entry(
        batch="2026-11-16",
        merchant="demo",
        currency="USD",
        operation_id=build.operation_id("cap", 1),
        payment_id=build.PAYMENT_ID,
        kind=LineKind.CAPTURE,
        occurred_at=build.MONDAY,
        gross=10,
        fee=1,
        brand=Brand.VISA,
        last4="4242",
    )
    kept = settlement_night.kept("2026-11-16")
    with deployed("dev") as account:
        settlement_night.deploy(account)
        settlement_night.put_entries(account, kept, [entry])
        rows = [*csv.reader(StringIO(csv_of(contents(kept.batch, "demo", [entry])).decode()))]
        changed = [[f"cap_{text}" if cell == entry.operation_id else cell for cell in row] for row in rows]
        with file.open("w", newline="", encoding="utf-8") as written:
            csv.writer(written, lineterminator="\n").writerows(changed)
        return paysandbox("settlements", "reconcile", str(file), "--env", "dev", *words)


@pytest.mark.full
def test_reconcile_output_is_escaped(tmp_path: Path) -> None:
    text = WHOLE.replace("\x00", "").replace("\r", "")
    judge_text(lambda text: reconciled(tmp_path / "r.csv", text=text), text=text)
    judge(lambda text: reconciled(tmp_path / "r.csv", "--json", text=text), text=text)


# --- listen -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def received(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Shows a delivery of which every text ends in this one."""

    def show(text: str, *, as_json: bool) -> Ran:
        lines = Lines(as_json=as_json, gone=lambda: None)
        delivery = ReceivedDelivery(
            datetime(2030, 1, 7, tzinfo=UTC), f"evt_1{text}", f"payment{text}", 2,
            with_texts(event(1, reference="7"), text), f"fault{text}",
            Forwarded(Returned(500), 12, f"broke{text}"),
        )  # fmt: skip
        lines.show(delivery)
        lines.note(f"Said{text}")
        said = capsys.readouterr()
        return Ran(0, said.out, said.err)

    return show


def test_listen_output_is_escaped(received: Callable[..., Ran]) -> None:
    judge_text(lambda text: received(text, as_json=False))
    judge_json(lambda text: received(text, as_json=True))


# --- status -----------------------------------------------------------------------------------------------------------


@pytest.mark.full
@pytest.mark.parametrize("words", [[], ["--json"], ["-o", "env"]])
def test_status_output_is_escaped(words: list[str]) -> None:
    def status(text: str) -> Ran:
        answer = Reply(503, text)
        with served(lambda _: answer) as wire, donation_account(base_url=wire.base_url):
            return paysandbox("status", "--env", "dev", *words)

    judge(status, text=WHOLE)
