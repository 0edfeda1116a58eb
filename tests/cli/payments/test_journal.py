"""What `paysandbox up` does with a home that was begun before there was a journal of balances."""

import io
import json
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any, Final

import pytest

from cli.connection.target import Target
from cli.payments.journal import Completed, complete
from cli.sandbox import engine
from cli.settlement import credentials
from cli.state.state_dir import StateDir
from cli.terminal.steps import Quiet, Step, Steps
from cli.up import up
from payments import publish_event
from paysandbox.balance.journal_scan import journal_entries
from paysandbox.funds.available import Sums
from paysandbox.funds.journal_table import read_sums
from paysandbox.funds.tables import funds
from paysandbox.payments.ledger.items import payment_item
from paysandbox.settlement.tables import batches
from tests.settlement import settled
from tests.support.builders import build
from tests.support.worlds import tables
from tests.support.worlds.deployed_account import Account, deployed

OF_WORKER: Final = "paysandbox-dev-publish_event"
PAYMENTS: Final = [
    build.lived(10_00, captures=[4_00], refunds=[(1, 1_00)], payment_id="auth_" + "p" * 25 + letter)
    for letter in "abcdefghijklmnopqrstuvwxyz234567"
]
NOT_ENTERED: Final = "32 payments could not be entered; the next `paysandbox up` tries again"
WHOLE: Final = {"USD": Sums(entered=len(PAYMENTS) * (4_00 - 42 - 1_00))}


class Stopped(BaseException):
    """The program is killed."""


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """An environment with payments, and nothing in the journal of their balances."""
    with tables.sandbox() as ledger, deployed("dev") as account:
        for payment in PAYMENTS:
            ledger.client.put_item(TableName=ledger.table, Item=payment_item(payment))
        account.deploy_stack("data", {"LedgerTable": ledger.table, "FundsTable": funds().table})
        access = SimpleNamespace(batches=batches(), ledger=ledger)
        monkeypatch.setattr(credentials, "settlement_access", lambda _: access)
        yield account


@pytest.fixture
def worker(account: Account, monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Any], Any]], None]:
    """Return what replaces the worker that enters payments."""
    client = Target.client

    def enter_by(handle: Callable[[Any], Any]) -> None:
        def invoke(*, FunctionName: str, Payload: str) -> dict[str, Any]:  # noqa: N803 - boto3's names
            assert FunctionName == OF_WORKER
            try:
                output, error = handle(json.loads(Payload)), {}
            except ValueError as raised:
                output, error = {"errorType": type(raised).__name__}, {"FunctionError": "Unhandled"}
            return {"Payload": io.BytesIO(json.dumps(output).encode()), **error}

        def instead(target: Target, service: str) -> Any:
            return SimpleNamespace(invoke=invoke) if service == "lambda" else client(target, service)

        monkeypatch.setattr(Target, "client", instead)

    return enter_by


def entering(event: Any) -> Any:
    return publish_event.handler(event, None)


def failing(event: Any) -> Any:
    raise ValueError


def test_what_is_missing_is_entered_once(account: Account, worker: Any) -> None:
    worker(entering)
    read: list[int] = []
    assert complete(account.target, read.append) == Completed(entered=2 * len(PAYMENTS), failed=0)
    assert read[-1] == len(PAYMENTS)
    for _ in range(2):
        assert read_sums(funds(), build.MERCHANT) == WHOLE
        assert complete(account.target, read.append) == Completed(entered=0, failed=0)


def test_a_program_that_is_killed_halfway_enters_the_rest_the_next_time(account: Account, worker: Any) -> None:
    def once(event: Any) -> Any:
        answered = entering(event)
        worker(stopping)
        return answered

    def stopping(event: Any) -> Any:
        entering(event)  # the answer is lost, not the entries
        raise Stopped

    worker(once)
    with pytest.raises(Stopped):
        complete(account.target, lambda _: None)
    worker(entering)
    complete(account.target, lambda _: None)
    assert read_sums(funds(), build.MERCHANT) == WHOLE


def test_balances_are_opened_with_what_deleted_payments_moved(account: Account, worker: Any) -> None:
    """A batch has them, and so have its payouts: without an opening entry, 5.00 were pending that nobody owes."""
    worker(entering)
    settled.statement(settled.batch("2026-11-16"), USD=(5_00, 0, 0))
    for entered in (2 * len(PAYMENTS) + 2, 0):
        assert complete(account.target, lambda _: None) == Completed(entered=entered, failed=0)
        (sums,) = read_sums(funds(), build.MERCHANT).values()
        assert (sums.pending, sums.available.amount) == (WHOLE["USD"].entered, 0)
    (opened,) = [entry for entry in journal_entries(funds()) if entry.kind == "opening"]
    assert (opened.net, opened.at.year) == (5_00, 1970)


# --- the step of `up` -------------------------------------------------------------------------------------------------


class Last(Quiet):
    """Remembers what was said of each step at its end."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def finished(self, step: Step) -> None:
        self.said.append(f"{step.title}: {step.detail}")


def completed(home: StateDir, account: Account) -> list[str]:
    """Return what the step of `up` says."""
    last = Last()
    up._complete_journal(home, account.target, Steps(last))
    return last.said


def test_a_home_is_completed_once(
    account: Account, worker: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its record says so only after the engine has saved what was entered."""
    home = StateDir(tmp_path)
    saved: list[bool] = []
    monkeypatch.setattr(engine, "save_now", lambda home: saved.append(home.read().has_journal))
    worker(failing)
    assert completed(home, account) == [f"journal: {NOT_ENTERED}"]
    assert (saved, home.read().has_journal) == ([], False)
    worker(entering)
    assert completed(home, account) == ["journal: 64 balance transactions of an earlier version entered"]
    assert (saved, home.read().has_journal) == ([False], True)
    assert completed(home, account) == []
