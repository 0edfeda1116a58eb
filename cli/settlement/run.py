"""`paysandbox settlements run`: starts the settlement state machine and shows its progress."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from typer.core import TyperCommand

from cli.terminal.failure import Failure
from cli.terminal.options import AsJson, Environment
from cli.terminal.output import print_json, print_line, print_note

if TYPE_CHECKING:
    from cli.connection.target import Target
    from cli.settlement.credentials import SettlementAccess
    from cli.settlement.execution import Execution, Watched
    from cli.settlement.plan import Plan
    from cli.terminal.console import Text
    from paysandbox.settlement.batch import StoredBatch
    from paysandbox.settlement.settlement import Exclusion

_LOOK_EVERY_S: Final = {True: 0.2, False: 1.0}
"""Seconds between polls, by whether the sandbox is local."""

_MACHINE: Final = "SettleMachine"

EXAMPLES = """[bold]Examples[/bold]
  paysandbox settlements run --now --wait         everything captured so far
  paysandbox settlements run --date 2026-11-20    a past business date (default: yesterday)
  paysandbox settlements run --wait --json        for a pipeline
  paysandbox settlements run --now --wait --breaks                       reports with a break of each kind
  paysandbox settlements run --now --wait --breaks=duplicate --seed 7    with one duplicate, elsewhere
"""

_EACH: Final = "all"


class RunCommand(TyperCommand):
    """A command whose option `--breaks` needs no value."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments. `--breaks` is short for `--breaks=all`."""
        return super().parse_args(ctx, [f"{arg}={_EACH}" if arg == "--breaks" else arg for arg in args])


def _breaks(text: str | None) -> str | None:
    from paysandbox.core.break_type import BreakType
    from paysandbox.core.suggestion import did_you_mean

    unknown = {*(text or _EACH).split(",")} - {*BreakType, _EACH}
    for name in sorted(unknown):
        raise typer.BadParameter(
            f"`{name}` is not a break. {did_you_mean(name, [*BreakType])}Breaks: {', '.join(BreakType)}."
        )
    return text


def _day(text: str | None) -> str | None:
    try:
        if text is None or (len(text) == 10 and date.fromisoformat(text).isoformat() == text):
            return text
    except ValueError:
        pass
    raise typer.BadParameter(f"{text!r} is not a date. Use YYYY-MM-DD, such as 2026-11-20.")


def run(
    day: Annotated[
        str | None,
        typer.Option(
            "--date", metavar="DATE", callback=_day, help="Settle captures and refunds up to the end of this day, UTC."
        ),
    ] = None,
    at_once: Annotated[bool, typer.Option("--now", help="Settle captures and refunds up to this moment.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Show progress, and exit when the run has ended.")] = False,
    breaks: Annotated[
        str | None,
        typer.Option(
            "--breaks",
            metavar="[=KIND,…]",
            callback=_breaks,
            help="Plant breaks into the reports, never into the ledger: one of each kind, or of these kinds.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Chooses the lines that the breaks are in.")] = 0,
    env: Environment = "local",
    as_json: AsJson = False,
) -> None:
    """Run a settlement without waiting for the nightly one: fees, payouts, reports and events.

    If an earlier run was interrupted, it is resumed first. Nothing is settled
    twice: repeating a finished run changes nothing. Exits with 1 if the run
    failed; the same command resumes it.

    With --breaks, each merchant's report differs from the ledger, for tests of
    your reconciliation: `settlements download BATCH --format breaks` is the
    answer key.
    """
    from cli.connection.target import resolve
    from cli.settlement.credentials import settlement_access
    from cli.settlement.plan import plan
    from cli.state.state_dir import StateDir

    if day is not None and at_once:
        raise typer.BadParameter("--date and --now cannot be combined.", param_hint="--now")
    target = resolve(env, StateDir.find())
    while True:
        access = settlement_access(target)
        planned = plan(access, day=date.fromisoformat(day) if day else None, at_once=at_once)
        planned = replace(planned, wanted=planned.wanted | _planted(breaks, seed))
        if planned.closed is not None:
            _refuse_other_breaks(planned.closed, planned.wanted)
            _print_result(target, access, planned.closed, as_json=as_json, already=True)
            return
        execution = _started(target, planned)
        if planned.open_already is not None:
            print_note(f"Batch {planned.name} is still open. Resuming it with its own cutoff.")
        if not wait:
            _print_started(target, planned, execution, as_json=as_json)
            return
        stored = _waited(target, access, planned, execution)
        # An execution that another caller started does not cover this request.
        if planned.open_already is None or execution.started:
            _print_result(target, access, stored, as_json=as_json, execution=execution)
            return


def _planted(breaks: str | None, seed: int) -> dict[str, Any]:
    """The breaks in the state machine's input."""
    from paysandbox.core.break_type import BreakType

    if breaks is None:
        return {}
    named = breaks.split(",")
    return {"breaks": [str(kind) for kind in BreakType if kind in named or _EACH in named], "seed": seed}


def _refuse_other_breaks(closed: StoredBatch, wanted: Mapping[str, Any]) -> None:
    """Raise Failure where a closed batch has other breaks than those that are wanted. Its reports never change."""
    if "breaks" in wanted and ([*closed.breaks], closed.seed) != (wanted["breaks"], wanted["seed"]):
        raise Failure(
            f"Batch {closed.name} is closed, and its reports have {', '.join(closed.breaks) or 'no'} breaks: they never"
            " change.",
            "Make a capture (paysandbox pay authorize 12.50 --capture automatic), then: paysandbox settlements run"
            " --now --wait --breaks",
        )


def settle_up_to_now(target: Target) -> StoredBatch:
    """Settle every capture and refund so far, of all merchants, and wait until the batch is closed."""
    from cli.settlement.credentials import settlement_access
    from cli.settlement.plan import plan

    while True:
        access = settlement_access(target)
        planned = plan(access, day=None, at_once=True)
        if planned.closed is not None:
            return planned.closed
        execution = _started(target, planned)
        stored = _waited(target, access, planned, execution)
        if planned.open_already is None or execution.started:
            return stored


def _started(target: Target, planned: Plan) -> Execution:
    """The execution that settles the batch: the running one, or a new one."""
    from cli.settlement.execution import running, start

    client, machine = target.client("stepfunctions"), target.outputs("settlement")[_MACHINE]
    if planned.open_already is not None:
        at_work = running(client, machine, planned.open_already.execution)
        if at_work is not None:
            return at_work
    return start(client, machine, str(planned.name), planned.wanted)


def _waited(target: Target, access: SettlementAccess, planned: Plan, execution: Execution) -> StoredBatch:
    """The batch after the execution. Raises Failure where the execution failed."""
    from cli.settlement.execution import PHASES, SUCCEEDED, pause_s, watch
    from cli.terminal.console import stderr_console
    from cli.terminal.steps import steps_on
    from paysandbox.settlement.batches import get_batch

    with steps_on(stderr_console(), tuple(PHASES)) as steps:
        watched = watch(target.client("stepfunctions"), execution, steps, pause=pause_s(_LOOK_EVERY_S[target.is_local]))
    output = _output(watched)
    stored = get_batch(access.batches, str(output.get("batch") or planned.name))
    if watched.status != SUCCEEDED or stored is None:
        raise _failed(target, planned, watched, stored)
    return stored


def _output(watched: Watched) -> dict[str, Any]:
    try:
        output = json.loads(watched.output)
    except ValueError:
        return {}
    return output if isinstance(output, dict) else {}


def _failed(target: Target, planned: Plan, watched: Watched, stored: StoredBatch | None) -> Failure:
    env = "" if target.is_local else f" --env {target.environment}"
    if stored is not None and stored.failure is not None:
        why = f"at {stored.failure.step}: {stored.failure.reason}"
    else:
        why = str(
            _output(watched).get("reason") or watched.error or f"the execution ended with status {watched.status}"
        )
    return Failure(
        f"Batch {planned.name} was not settled: {why}",
        f"Nothing is settled twice. After fixing the cause, resume: paysandbox settlements run --wait{env}",
    )


def _print_started(target: Target, planned: Plan, execution: Execution, *, as_json: bool) -> None:
    if as_json:
        facts = {"status": "running", "batch": str(planned.name)}
        print_json(_of(target) | facts | _facts_of(execution))
        return
    env = "" if target.is_local else f" --env {target.environment}"
    did = "started" if execution.started else "is already running"
    print_line(f"The settlement of batch {planned.name} {did}: execution {execution.name}.")
    print_note(f"Follow it: paysandbox settlements run --wait{env}")


def _print_result(
    target: Target,
    access: SettlementAccess,
    stored: StoredBatch,
    *,
    as_json: bool,
    already: bool = False,
    execution: Execution | None = None,
) -> None:
    from cli.terminal.console import answers
    from paysandbox.settlement.batches import exclusions_of

    excluded = exclusions_of(access.batches, stored.name) if stored.set_aside else []
    if as_json:
        print_json(_of(target) | _facts(stored, excluded, already=already) | _facts_of(execution))
        return
    answers().print(_view(stored, excluded, already=already))


def _of(target: Target) -> dict[str, Any]:
    return {"environment": target.environment}


def _facts_of(execution: Execution | None) -> dict[str, Any]:
    return {"execution": execution.name, "started": execution.started} if execution else {"started": False}


def _facts(stored: StoredBatch, excluded: list[Exclusion], *, already: bool) -> dict[str, Any]:
    from paysandbox.core.timestamps import format_timestamp

    return {
        "status": "already_closed" if already else str(stored.status),
        "batch": stored.name,
        "cutoff": format_timestamp(stored.batch.cutoff),
        **({"breaks": [*stored.breaks], "seed": stored.seed} if stored.breaks else {}),
        "merchants": stored.merchants,
        "totals": [
            {
                "currency": count.currency,
                **count.by_name,
                "net": count.net,
                "paid_out": count.paid_out,
            }
            for count in stored.counts
        ],
        "set_aside": [
            {"merchant": exclusion.merchant, "payment_id": exclusion.payment_id, "reason": exclusion.reason}
            for exclusion in excluded
        ],
    }


def _view(stored: StoredBatch, excluded: list[Exclusion], *, already: bool) -> Text:
    from cli.settlement.view import disputed, headers
    from cli.terminal.amount import show
    from cli.terminal.columns import columns
    from cli.terminal.console import Text
    from cli.terminal.text import counted

    did = "was already settled" if already else "settled"
    parts = [
        Text.assemble((f"Batch {stored.name} {did}", "bold green"), f": {counted(stored.merchants, 'merchant')},"
                      f" cutoff {stored.batch.cutoff:%Y-%m-%d %H:%M:%S}Z.")
    ]  # fmt: skip
    if stored.counts:
        of_disputes = disputed(count.by_name for count in stored.counts)
        amounts = ("gross", "refunds", *of_disputes, "fees", "net", "paid_out")
        rows = [
            (str(count.count), *(show(getattr(count, name), count.currency) for name in amounts))
            for count in stored.counts
        ]
        parts += [Text(), columns(("COUNT", *headers(amounts)), rows, drop=("FEES", "REFUNDS", *headers(of_disputes)))]
    if stored.breaks:
        key = f"paysandbox settlements download {stored.name} --format breaks"
        parts += [Text(), Text(f"The reports have planted breaks. The answer key: {key}", "bold yellow")]
    if excluded:
        parts += [Text(), Text(f"{counted(len(excluded), 'payment')} excluded from settlement:", "bold yellow")]
        parts += [Text(f"  {exclusion.payment_id}  {exclusion.merchant}  {exclusion.reason}") for exclusion in excluded]
    return Text.lines(parts)
