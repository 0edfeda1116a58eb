"""`paysandbox audit`: recomputes the whole ledger, or shows the history of one payment, from the table itself."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli.terminal.failure import Failure
from cli.terminal.options import AsJson, Environment
from cli.terminal.output import print_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.connection.target import Target
    from cli.donations.audit import DonationAudit
    from cli.terminal.console import Text
    from paysandbox.aws.dynamodb.conditional_write import Ledger
    from paysandbox.disbursements.funds_audit import FundsAudit
    from paysandbox.payments.audit import Break, Entry
    from paysandbox.payments.audit_scan import TableAudit
    from paysandbox.payments.payment import Payment

# For timers of the last seconds, which the stream's reader has yet to store.
_PATIENCE_S: Final = 10.0
_PAUSE_S: Final = 1.0

# On a terminal; --json lists all of them.
_BREAKS_SHOWN: Final = 50

_STEPS: Final = ("read", "timers", "disputes", "billing", "balances", "funds", "donations")

app = typer.Typer()

EXAMPLES = """[bold]Examples[/bold]
  paysandbox audit                     the local sandbox
  paysandbox audit --env dev --json    a deployed environment, for a pipeline
  paysandbox audit --trail auth_…      the history of one payment
"""


@app.command(epilog=EXAMPLES)
def audit(
    trail: Annotated[
        str | None,
        typer.Option(
            "--trail", metavar="TRANSACTION_ID", help="Show the history of this payment. Any ID of the payment works."
        ),
    ] = None,
    env: Environment = "local",
    as_json: AsJson = False,
) -> None:
    """Check that every payment's totals, operations and postings agree, and that the ledger balances.

    Also checked: every due step has a timer, and every timer an operation;
    every dispute is listed with its submitted evidence; invoices agree with
    their payments, lines and numbers, and subscriptions with their periods and
    with what falls due; fundings, and what
    transfers and payouts moved, equal the merchants' funds plus the amounts that
    disbursements hold; donation totals. Reads
    the tables in full (with consistent reads, which AWS charges for) and
    changes nothing; it is safe to run while payments are made. Exits with 1
    and lists the discrepancies if there are any.
    """
    from cli.connection.target import resolve
    from cli.state.state_dir import StateDir

    target = resolve(env, StateDir.find())
    sound = _whole(target, as_json=as_json) if trail is None else _trail(target, trail, as_json=as_json)
    if not sound:
        raise typer.Exit(1)


def _ledger(target: Target) -> Ledger:
    from paysandbox.aws.dynamodb.conditional_write import Ledger

    # Nothing is written through it, so the retention is never used.
    return Ledger(target.client("dynamodb"), target.outputs("data")["LedgerTable"], retention_s=0)


def _whole(target: Target, *, as_json: bool) -> bool:
    from cli.disbursements.audit import audit_funds, facts as facts_of_funds
    from cli.payments.billing import billing_audit, objects_table
    from cli.payments.disputes_table import disputes_table
    from cli.payments.journal import close_journal
    from cli.payments.timers_table import timers_table
    from cli.terminal.console import stderr_console
    from cli.terminal.steps import steps_on
    from cli.terminal.text import counted
    from paysandbox.balance.journal_audit import JournalAudit
    from paysandbox.disputes.dispute_audit import DisputeAudit
    from paysandbox.payments.audit_scan import TableAudit, pages
    from paysandbox.payments.timers.audit import TimerAudit

    started = time.monotonic()
    disputed = disputes_table(target)
    audited, timers, journal = TableAudit(), TimerAudit(), JournalAudit()
    disputes = DisputeAudit(disputed.retention_s if disputed else 0)
    objects = objects_table(target)
    billing = billing_audit(target) if objects else None
    ledger = _ledger(target)
    # AWS updates the count every six hours, which is enough to show the progress of a long scan.
    about = ledger.client.describe_table(TableName=ledger.table)["Table"].get("ItemCount", 0)
    with steps_on(stderr_console(), _STEPS) as steps:
        with steps.step("read") as step:
            for page in pages(ledger):
                for item in page:
                    payment = audited.take(item)
                    timers.take(payment)
                    disputes.take(payment)
                    journal.take_payment(payment)
                    if billing:
                        billing.take(payment)
                step.say(f"{audited.items:,} of about {max(about, audited.items):,} items", passing=True)
            step.result(f"{counted(audited.items, 'item')} in {ledger.table}")
        with steps.step("timers") as step:
            stored_in = timers_table(target)
            differing = timers.close(ledger, stored_in, look_again=_patience()) if stored_in else []
            step.result(counted(timers.stored, "timer"))
        with steps.step("disputes") as step:
            if disputed:
                differing += disputes.close(ledger, disputed, look_again=_patience())
            step.result(counted(disputes.stored, "dispute"))
        with steps.step("billing") as step:
            if billing and objects:
                differing += billing.close(ledger, objects, look_again=_patience())
            step.result(counted(billing.invoices if billing else 0, "invoice"))
        with steps.step("balances") as step:
            differing += close_journal(target, journal, ledger, look_again=_patience())
            step.result(counted(len(journal.stored), "balance transaction"))
        with steps.step("funds") as step:
            funded = audit_funds(target)
            step.result(counted(funded.disbursements if funded else 0, "disbursement"))
        with steps.step("donations") as step:
            donated = _donations(target)
            step.result(counted(donated.donations, "donation"))
    audited.close()
    audited.breaks += [*differing, *(funded.breaks if funded else ()), *donated.breaks]
    if funded:
        for account, total in funded.posted.items():
            audited.books.posted[account] += total
    if as_json:
        stored: dict[str, Any] = {"timers": timers.stored, "disputes": disputes.stored}
        if billing:
            stored |= {"subscriptions": billing.subscriptions, "invoices": billing.invoices}
        stored |= facts_of_funds(funded) if funded else {}
        print_json(_facts(target, ledger.table, audited, donated) | stored)
    else:
        _print(audited, funded, donated, time.monotonic() - started)
    return not audited.breaks


def _patience() -> Callable[[], bool]:
    """Return a function that waits for the stream's reader, and returns False when it has had enough time."""
    until = time.monotonic() + _PATIENCE_S

    def look_again() -> bool:
        time.sleep(_PAUSE_S)
        return time.monotonic() < until

    return look_again


def _donations(target: Target) -> DonationAudit:
    from cli.donations.audit import audit_donations
    from cli.donations.credentials import donations_table

    return audit_donations(donations_table(target))


def _facts(target: Target, table: str, audited: TableAudit, donated: DonationAudit) -> dict[str, Any]:
    return {
        "environment": target.environment,
        "table": table,
        "sound": not audited.breaks,
        "payments": audited.books.payments,
        "left_out_of_the_sums": audited.books.left_out,
        "claims": audited.claims,
        "balances": [
            {"account": account, "currency": currency, "balance": total}
            for (account, currency), total in sorted(audited.books.posted.items())
        ],
        "donations": donated.facts(),
        "breaks": [_as_json(found) for found in audited.breaks],
    }


def _as_json(found: Break) -> dict[str, str]:
    return {"rule": found.rule, "where": found.where, "detail": found.detail}


def _print(audited: TableAudit, funded: FundsAudit | None, donated: DonationAudit, took_s: float) -> None:
    from cli.terminal.console import Text, answers
    from cli.terminal.text import counted

    console = answers()
    if audited.books.posted:
        console.print(_balances(audited))
        console.print()
    records = counted(audited.claims, "idempotency record")
    checked = f"{counted(audited.books.payments, 'payment')} and {records}, in {took_s:.1f} s"
    if not audited.breaks:
        console.print(Text.assemble((f"The ledger balances: {checked}.", "bold green")))
        if funded and (funded.fundings or funded.movements or funded.disbursements):
            moved = f", {counted(funded.movements, 'movement')}" if funded.movements else ""
            disbursed = counted(funded.disbursements, "disbursement")
            console.print(f"The merchants' funds match {counted(funded.fundings, 'funding')}{moved} and {disbursed}.")
        if donated.donations:
            console.print(f"The donation totals match {counted(donated.donations, 'donation')}.")
        return
    for found in audited.breaks[:_BREAKS_SHOWN]:
        console.print(_render_break(found))
    if len(audited.breaks) > _BREAKS_SHOWN:
        console.print(f"… and {len(audited.breaks) - _BREAKS_SHOWN} more. Use --json to list all.")
    console.print()
    console.print(Text(f"{counted(len(audited.breaks), 'difference')} in {checked}.", style="bold red"))
    if audited.books.left_out:
        left_out = counted(audited.books.left_out, "payment")
        console.print(f"{left_out} could not be read. The balances do not include them.")


def _balances(audited: TableAudit) -> Text:
    """The accounts by currency. Merchants share one row, as there may be thousands of them."""
    from cli.terminal.amount import show
    from cli.terminal.columns import columns

    sums: Counter[tuple[str, str]] = Counter()
    merchants = {account for account, _ in audited.books.posted if ":" in account}
    for (account, currency), total in audited.books.posted.items():
        sums[currency, account.partition(":")[0]] += total
    rows = [(name, show(total, currency), _of(name, merchants)) for (currency, name), total in sorted(sums.items())]
    width = max(len(amount) for _, amount, _ in rows)
    return columns(("ACCOUNT", "BALANCE".rjust(width)), [(name, f"{amount:>{width}}", of) for name, amount, of in rows])


def _of(account: str, merchants: set[str]) -> str:
    from cli.terminal.text import counted

    mine = [name for name in merchants if name.startswith(f"{account}:")]
    return f"{counted(len(mine), 'merchant')}" if mine else ""


def _render_break(found: Break) -> Text:
    from cli.terminal.console import Text

    headline = Text.assemble(("✗ ", "bold red"), (f"{found.rule:11}", "bold"), found.where)
    return Text.lines([headline, Text.assemble("  ", (found.detail, "red"))])


def _trail(target: Target, transaction_id: str, *, as_json: bool) -> bool:
    from paysandbox.core.ids import payment_of
    from paysandbox.payments.audit import trail
    from paysandbox.payments.audit_scan import TableAudit, item_of

    payment_id = payment_of(transaction_id)
    item = item_of(_ledger(target), payment_id) if payment_id else None
    if item is None:
        raise Failure(
            f"No payment {transaction_id!r} in {target.environment}.",
            "Use the payment's ID (auth_…) or the ID of an operation. To find it: paysandbox pay list",
        )
    audited = TableAudit()
    payment = audited.take(item)
    breaks = audited.close()
    entries = trail(payment) if payment else ()
    if as_json:
        facts = {
            "environment": target.environment,
            "transaction_id": payment_id,
            "merchant": payment.merchant if payment else None,
            "currency": payment.currency if payment else None,
            "sound": not breaks,
            "operations": [_entry_as_json(entry) for entry in entries],
            "breaks": [_as_json(found) for found in breaks],
        }
        print_json(facts)
    else:
        _print_trail(payment, entries, breaks)
    return not breaks


def _entry_as_json(entry: Entry) -> dict[str, Any]:
    from paysandbox.core.timestamps import format_timestamp

    return {
        "operation": entry.kind,
        "transaction_id": entry.operation_id,
        "at": format_timestamp(entry.at),
        "amount": entry.amount,
        "status": entry.status,
        "request_id": entry.request_id,
    }


def _print_trail(payment: Payment | None, entries: tuple[Entry, ...], breaks: list[Break]) -> None:
    from cli.terminal.amount import show
    from cli.terminal.columns import columns
    from cli.terminal.console import Text, answers

    console = answers()
    if payment is not None:
        console.print(Text.assemble((payment.id, "bold"), f"  of merchant {payment.merchant}"))
        console.print()
        amounts = [show(entry.amount, payment.currency) if entry.amount is not None else "?" for entry in entries]
        rows = [
            (
                f"{entry.at:%Y-%m-%d %H:%M:%S}.{entry.at.microsecond // 1000:03}Z",
                entry.kind,
                amount,
                entry.status or "?",
            )
            for entry, amount in zip(entries, amounts, strict=True)
        ]
        header, *lines = columns(("TIME", "OPERATION", "AMOUNT", "STATUS"), rows).split("\n")
        console.print(header)
        # The IDs are on lines of their own, as they do not fit beside the row.
        for line, entry in zip(lines, entries, strict=True):
            console.print(line)
            console.print(Text(f"  {entry.operation_id}", style="dim"))
            console.print(Text(f"  request {entry.request_id}", style="dim"))
        console.print()
    for found in breaks:
        console.print(_render_break(found))
    if not breaks:
        console.print(Text("The payment's totals, operations and postings agree.", style="bold green"))
