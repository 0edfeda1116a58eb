"""`paysandbox settle`: starts the machine that settles by hand, and shows how far it is."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli.terminal.failure import Failure
from cli.terminal.options import AsJson, Environment
from cli.terminal.output import print_json, print_line, print_note

if TYPE_CHECKING:
    from cli.connection.target import Target
    from cli.settlement.credentials import SettlementAccess
    from cli.settlement.plan import Plan
    from cli.settlement.run import Execution, Watched
    from cli.terminal.console import Text
    from paysandbox.settlement.batch import StoredBatch
    from paysandbox.settlement.settlement import Exclusion

_LOOK_EVERY_S: Final = {True: 0.2, False: 1.0}
"""By whether it is the sandbox on this machine."""

_MACHINE: Final = "SettleMachine"

EXAMPLES = """[bold]Examples[/bold]
  paysandbox settle --now --wait           what there is up to this moment
  paysandbox settle --date 2026-11-20      a day that is over; the default is yesterday
  paysandbox settle --wait --json          for a pipeline
"""


def _day(text: str | None) -> str | None:
    try:
        if text is None or (len(text) == 10 and date.fromisoformat(text).isoformat() == text):
            return text
    except ValueError:
        pass
    raise typer.BadParameter(f"{text!r} is no date. Write it like 2026-11-20.")


def settle(
    day: Annotated[
        str | None,
        typer.Option("--date", metavar="DATE", callback=_day, help="What was recorded up to the end of that day, UTC."),
    ] = None,
    at_once: Annotated[bool, typer.Option("--now", help="What was recorded up to this moment.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Show each step, and end when it has ended.")] = False,
    env: Environment = "local",
    as_json: AsJson = False,
) -> None:
    """Settle captures and refunds now, not when the night comes: fees, payouts, reports, events.

    A batch that an earlier run left open is gone on with first. What is
    settled already stays as it is: asked again, nothing is done twice. Exit
    code 1 when the run failed; the same command goes on where it ended.
    """
    from cli.connection.target import resolve
    from cli.sandbox.state_dir import StateDir
    from cli.settlement.credentials import settlement_access
    from cli.settlement.plan import plan

    if day is not None and at_once:
        raise typer.BadParameter("Either --date or --now.", param_hint="--now")
    target = resolve(env, StateDir.find())
    while True:
        access = settlement_access(target)
        planned = plan(access, day=date.fromisoformat(day) if day else None, at_once=at_once)
        if planned.closed is not None:
            _tell(target, access, planned.closed, as_json=as_json, already=True)
            return
        execution = _started(target, planned)
        if planned.open_already is not None:
            print_note(f"Batch {planned.name} is not closed yet; going on with it, at its own cut-off.")
        if not wait:
            _told_started(target, planned, execution, as_json=as_json)
            return
        kept = _waited(target, access, planned, execution)
        # One that others had started was not started for what is wanted here.
        if planned.open_already is None or execution.started:
            _tell(target, access, kept, as_json=as_json, execution=execution)
            return


def _started(target: Target, planned: Plan) -> Execution:
    """The execution that settles it: one that is at work already, or a new one."""
    from cli.settlement.run import running, start

    client, machine = target.client("stepfunctions"), target.outputs("settlement")[_MACHINE]
    if planned.open_already is not None:
        at_work = running(client, machine, planned.open_already.execution)
        if at_work is not None:
            return at_work
    return start(client, machine, str(planned.name), planned.wanted)


def _waited(target: Target, access: SettlementAccess, planned: Plan, execution: Execution) -> StoredBatch:
    """The batch as it is when the execution has ended. Raises Failure where that was not well."""
    from cli.settlement.run import PHASES, SUCCEEDED, pause_s, watch
    from cli.terminal.console import asides
    from cli.terminal.steps import steps_on
    from paysandbox.settlement.batches import get_batch

    with steps_on(asides(), tuple(PHASES)) as steps:
        watched = watch(target.client("stepfunctions"), execution, steps, pause=pause_s(_LOOK_EVERY_S[target.is_local]))
    told = _output(watched)
    kept = get_batch(access.batches, str(told.get("batch") or planned.name))
    if watched.status != SUCCEEDED or kept is None:
        raise _failed(target, planned, watched, kept)
    return kept


def _output(watched: Watched) -> dict[str, Any]:
    try:
        told = json.loads(watched.output)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _failed(target: Target, planned: Plan, watched: Watched, kept: StoredBatch | None) -> Failure:
    env = "" if target.is_local else f" --env {target.environment}"
    if kept is not None and kept.failure is not None:
        why = f"at {kept.failure.step}: {kept.failure.reason}"
    else:
        why = str(_output(watched).get("reason") or watched.error or f"it ended as {watched.status}")
    return Failure(
        f"Batch {planned.name} was not settled: {why}",
        f"Nothing is settled twice. Once it is mended, go on where it ended: paysandbox settle --wait{env}",
    )


def _told_started(target: Target, planned: Plan, execution: Execution, *, as_json: bool) -> None:
    if as_json:
        facts = {"status": "running", "batch": str(planned.name)}
        print_json(_of(target) | facts | _facts_of(execution))
        return
    env = "" if target.is_local else f" --env {target.environment}"
    did = "is started" if execution.started else "was started before, and is at work"
    print_line(f"The settlement of batch {planned.name} {did}: execution {execution.name}.")
    print_note(f"See it to its end: paysandbox settle --wait{env}")


def _tell(
    target: Target,
    access: SettlementAccess,
    kept: StoredBatch,
    *,
    as_json: bool,
    already: bool = False,
    execution: Execution | None = None,
) -> None:
    from cli.terminal.console import answers
    from paysandbox.settlement.batches import exclusions_of

    aside = exclusions_of(access.batches, kept.name) if kept.set_aside else []
    if as_json:
        print_json(_of(target) | _facts(kept, aside, already=already) | _facts_of(execution))
        return
    answers().print(_view(kept, aside, already=already))


def _of(target: Target) -> dict[str, Any]:
    return {"environment": target.environment}


def _facts_of(execution: Execution | None) -> dict[str, Any]:
    return {"execution": execution.name, "started": execution.started} if execution else {"started": False}


def _facts(kept: StoredBatch, aside: list[Exclusion], *, already: bool) -> dict[str, Any]:
    from paysandbox.core.timestamps import format_timestamp

    return {
        "status": "already_closed" if already else str(kept.status),
        "batch": kept.name,
        "cutoff": format_timestamp(kept.batch.cutoff),
        "merchants": kept.merchants,
        "totals": [
            {
                "currency": count.currency,
                "count": count.count,
                "gross": count.gross,
                "refunds": count.refunds,
                "fees": count.fees,
                "net": count.net,
                "paid_out": count.paid_out,
            }
            for count in kept.counts
        ],
        "set_aside": [{"merchant": one.merchant, "payment_id": one.payment_id, "reason": one.reason} for one in aside],
    }


def _view(kept: StoredBatch, aside: list[Exclusion], *, already: bool) -> Text:
    from cli.terminal.amount import show
    from cli.terminal.columns import columns
    from cli.terminal.console import Text
    from cli.terminal.text import counted

    did = "was settled before, and stays as it is" if already else "is settled"
    parts = [
        Text.assemble((f"Batch {kept.name} {did}", "bold green"), f": {counted(kept.merchants, 'merchant')},"
                      f" what was recorded by {kept.batch.cutoff:%Y-%m-%d %H:%M:%S}Z.")
    ]  # fmt: skip
    if kept.counts:
        amounts = ("gross", "refunds", "fees", "net", "paid_out")
        rows = [
            (str(count.count), *(show(getattr(count, name), count.currency) for name in amounts))
            for count in kept.counts
        ]
        parts += [Text(), columns(("COUNT", "GROSS", "REFUNDS", "FEES", "NET", "PAID OUT"), rows)]
    if aside:
        parts += [Text(), Text(f"{counted(len(aside), 'payment')} set aside, and settled by no batch:", "bold yellow")]
        parts += [Text(f"  {one.payment_id}  {one.merchant}  {one.reason}") for one in aside]
    return Text.lines(parts)
