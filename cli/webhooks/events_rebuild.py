"""`paysandbox events rebuild`: publishes what the ledger holds and the events lack.

The ledger is the truth. Whatever kept an operation from being told (an outage longer than the stream remembers, an
event that was parked), the same event follows from it again, under the same id.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli.terminal.failure import Failure
from cli.terminal.options import AsJson, Environment
from cli.terminal.output import print_json
from cli.terminal.time_span import moment, span_s, written

if TYPE_CHECKING:
    from cli.connection.target import Target
    from cli.terminal.steps import Step
    from paysandbox.payments.event import Event

# Of one batch, where SNS leaves some over for a reason of its own.
_TRIES: Final = 5
# On a terminal; --json has all of them.
_SHOWN: Final = 20

EXAMPLES = """[bold]Examples[/bold]
  paysandbox events rebuild --since 2d --dry-run      what of the last two days is missing
  paysandbox events rebuild --since 2d                publish that
  paysandbox events rebuild --since 2026-11-20T08:00:00Z --env dev --json
"""


@dataclass(slots=True)
class Rebuilt:
    """What was found and done. `refused` are events that SNS will never take, with its reason, by their ids."""

    payments: int = 0
    events: int = 0
    missing: int = 0
    published: int = 0
    refused: dict[str, str] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether nothing is missing now."""
        return self.missing == self.published and not self.unreadable


def _since(text: str) -> str:
    if not span_s(text) and moment(text) is None:
        raise typer.BadParameter(f"{text!r} is neither a time span (90m, 12h, 2d) nor a time (2026-11-20T08:00:00Z).")
    return text


def rebuild(
    since: Annotated[
        str,
        typer.Option("--since", metavar="WHEN", callback=_since, help="How far back: 12h, 2d; or a time."),
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what is missing, and publish nothing.")] = False,
    env: Environment = "local",
    as_json: AsJson = False,
) -> None:
    """Publish the events of payments that were recorded and never told.

    It reads the whole ledger (consistent reads, which AWS charges for) and
    looks each event up among those that were kept. Payments may go on
    meanwhile, and it may be run again: an event has the same id whenever it is
    told, so what is told twice is one event. Times are the operations' own;
    a span counts back from wall time. Exit code 1 when something is missing
    still: with --dry-run, or because SNS refused it.
    """
    from cli.connection.target import resolve
    from cli.sandbox.state_dir import StateDir
    from cli.terminal.console import asides
    from cli.terminal.steps import steps_on

    target = resolve(env, StateDir.find())
    start = _start(target, since)
    with steps_on(asides(), ("read",)) as steps, steps.step("read") as step:
        rebuilt = _rebuild(target, start, step, dry_run=dry_run)
        step.result(f"{rebuilt.events:,} events of {rebuilt.payments:,} payments since {written(start)}")
    if as_json:
        print_json(_facts(target, start, rebuilt, dry_run=dry_run), indent=2)
    else:
        _print(rebuilt, dry_run=dry_run)
    if not rebuilt.whole:
        raise typer.Exit(1)


def _start(target: Target, since: str) -> datetime:
    """The first instant of which events are looked for.

    Raises Failure where events of then are removed by now: what is not there any more was not missed.
    """
    now = datetime.now(UTC)
    start = moment(since) or now - timedelta(seconds=span_s(since) or 0)
    kept_days = int(target.outputs("webhooks")["EventRetentionDays"])
    if start < now - timedelta(days=kept_days):
        raise Failure(
            f"Events are kept for {kept_days} days: before that, what is missing cannot be told from what was removed.",
            f"Ask for less: --since {kept_days - 1}d",
        )
    return start


def _rebuild(target: Target, since: datetime, step: Step, *, dry_run: bool) -> Rebuilt:
    from paysandbox.aws.batch_get import items_by_id
    from paysandbox.aws.conditional_write import Ledger
    from paysandbox.aws.schema import EVENTS_KEY
    from paysandbox.payments.audit_scan import pages

    ledger = Ledger(target.client("dynamodb"), target.outputs("data")["LedgerTable"], retention_s=0)
    kept_in = target.outputs("webhooks")["EventsTable"]
    topic = target.outputs("events")["WebhookTopicArn"]
    sns = target.client("sns")
    rebuilt = Rebuilt()
    for page in pages(ledger):
        events = list(_events(page, since, rebuilt))
        told = items_by_id(ledger.client, kept_in, EVENTS_KEY, (event.id for event in events), only=())
        missing = [event for event in events if event.id not in told]
        rebuilt.events += len(events)
        rebuilt.missing += len(missing)
        if not dry_run:
            _publish(sns, topic, missing, rebuilt)
        step.say(f"{rebuilt.events:,} events, {rebuilt.missing:,} of them missing", passing=True)
    return rebuilt


def _events(page: Iterable[dict[str, Any]], since: datetime, rebuilt: Rebuilt) -> Iterator[Event]:
    """The events since then of the payments of a page. What cannot be read is noted; `paysandbox audit` tells more."""
    from paysandbox.aws.records import UnreadableRecordError
    from paysandbox.aws.schema import PARTITION_KEY
    from paysandbox.payments.stream import events_in

    for item in page:
        try:
            events = events_in({"dynamodb": {"NewImage": item}})
        except UnreadableRecordError:
            rebuilt.unreadable.append(item[PARTITION_KEY]["S"])
            continue
        recent = [event for event in events if event.at >= since]
        rebuilt.payments += bool(recent)
        yield from recent


def _publish(sns: Any, topic: str, events: Sequence[Event], rebuilt: Rebuilt) -> None:
    from paysandbox.aws.topic import batches, entries
    from paysandbox.payments.events import payment_message

    for batch in batches([payment_message(event) for event in events]):
        left = list(batch)
        for _ in range(_TRIES):
            failed = sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries(left)).get("Failed", [])
            never = {left[int(one["Id"])].id: one["Code"] for one in failed if one["SenderFault"]}
            again = [left[int(one["Id"])] for one in failed if not one["SenderFault"]]
            rebuilt.refused |= never
            rebuilt.published += len(left) - len(failed)
            left = again
            if not left:
                break
        else:
            raise Failure(
                f"SNS takes no more just now; {rebuilt.published:,} events were published.",
                "Run the same command again: it goes on from there.",
            )


def _facts(target: Target, since: datetime, rebuilt: Rebuilt, *, dry_run: bool) -> dict[str, Any]:
    return {
        "environment": target.environment,
        "since": written(since),
        "dry_run": dry_run,
        "payments": rebuilt.payments,
        "events": rebuilt.events,
        "missing": rebuilt.missing,
        "published": rebuilt.published,
        "refused": [{"event_id": name, "reason": reason} for name, reason in sorted(rebuilt.refused.items())],
        "unreadable": sorted(rebuilt.unreadable),
    }


def _print(rebuilt: Rebuilt, *, dry_run: bool) -> None:
    from cli.terminal.console import Text, answers
    from cli.terminal.text import counted

    console = answers()
    for name, reason in sorted(rebuilt.refused.items())[:_SHOWN]:
        console.print(Text.assemble(("✗ ", "bold red"), f"{name}: SNS takes it never: {reason}"))
    for name in sorted(rebuilt.unreadable)[:_SHOWN]:
        console.print(Text.assemble(("✗ ", "bold red"), f"{name} cannot be read: paysandbox audit"))
    missing = counted(rebuilt.missing, "event")
    if not rebuilt.missing:
        told = f"Nothing is missing: {counted(rebuilt.events, 'event')} looked up."
    elif dry_run:
        told = f"{missing} of {rebuilt.events:,} missing. Without --dry-run they are published."
    else:
        told = f"{missing} of {rebuilt.events:,} missing; {rebuilt.published:,} published."
    console.print(Text(told, style="bold green" if rebuilt.whole else "bold red"))
