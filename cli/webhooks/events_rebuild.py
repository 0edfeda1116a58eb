"""`paysandbox events rebuild`: publishes events, and stores timers, disputes and balance transactions, that the ledger
alone has.

The ledger is the source of truth. Whatever prevented the publication of an operation's event (an outage longer than the
stream's retention, a message in a dead-letter queue), the same event is derived from it again, under the same ID. So is
a timer, whose step is then performed when it is due, or at once.

What is stored before an event is published, such as a saved card, is code of the deployed environment. So events that
have such a follow-up are published by `publish_event`, from records like those of the stream.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    from paysandbox.aws.dynamodb.conditional_write import Ledger
    from paysandbox.balance.opening import Opening
    from paysandbox.disputes.disputes_table import DisputesTable
    from paysandbox.payments.events.event import Event
    from paysandbox.payments.timers.timers import Timers

# Attempts per batch, for messages that SNS fails to accept because of an internal error.
_TRIES: Final = 5
# On a terminal; --json lists all of them.
_SHOWN: Final = 20

EXAMPLES = """[bold]Examples[/bold]
  paysandbox events rebuild --since 2d --dry-run      report the last two days
  paysandbox events rebuild --since 2d                publish the missing events
  paysandbox events rebuild --since 2026-11-20T08:00:00Z --env dev --json
"""


@dataclass(slots=True)
class Rebuilt:
    """The counts of one run.

    `refused` maps the IDs of events that SNS rejected for good to the reason, and `failed` those of events that could
    not be published because of an error of their payment's follow-up to its name.
    """

    payments: int = 0
    events: int = 0
    missing: int = 0
    published: int = 0
    timers: int = 0
    missing_timers: int = 0
    stored_timers: int = 0
    disputes: int = 0
    missing_disputes: int = 0
    stored_disputes: int = 0
    balance_transactions: int = 0
    missing_balance_transactions: int = 0
    stored_balance_transactions: int = 0
    refused: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether every event is now published, and every timer, dispute and balance transaction stored."""
        stored = (
            self.missing_timers == self.stored_timers
            and self.missing_disputes == self.stored_disputes
            and self.missing_balance_transactions <= self.stored_balance_transactions
        )
        return self.missing == self.published and stored and not self.unreadable


def _since(text: str) -> str:
    if not span_s(text) and moment(text) is None:
        raise typer.BadParameter(
            f"{text!r} is not a time. Use a span (90m, 12h, 2d) or ISO 8601 (2026-11-20T08:00:00Z)."
        )
    return text


def rebuild(
    since: Annotated[
        str,
        typer.Option(
            "--since", metavar="WHEN", callback=_since, help="Start of the time range: 12h, 2d, or an ISO 8601 time."
        ),
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Report missing events without publishing them.")] = False,
    env: Environment = "local",
    as_json: AsJson = False,
) -> None:
    """Publish events that are missing for recorded payments, and store missing timers, disputes and balance
    transactions.

    A payment's events are published in order. The objects of each are stored
    before it: a saved card, a completed Checkout session, transfers and
    application fees.

    Reads the whole ledger (with consistent reads, which AWS charges for) and
    looks up every event in the event store. Timers, disputes and balance
    transactions of payments of any age are checked too. It is safe to run while payments are made, and safe
    to repeat: a rebuilt event keeps its ID, so consumers can deduplicate it.
    Spans count back from wall-clock time. Exits with 1 if events are still
    missing, with --dry-run or because they could not be published.
    """
    from cli.connection.target import resolve
    from cli.state.state_dir import StateDir
    from cli.terminal.console import stderr_console
    from cli.terminal.steps import steps_on

    target = resolve(env, StateDir.find())
    start = _start(target, since)
    with steps_on(stderr_console(), ("read",)) as steps, steps.step("read") as step:
        rebuilt = _rebuild(target, start, step, dry_run=dry_run)
        step.result(f"{rebuilt.events:,} events for {rebuilt.payments:,} payments since {written(start)}")
    if as_json:
        print_json(_facts(target, start, rebuilt, dry_run=dry_run))
    else:
        _print(rebuilt, dry_run=dry_run)
    if not rebuilt.whole:
        raise typer.Exit(1)


def _start(target: Target, since: str) -> datetime:
    """Return the start of the range. Raises Failure if it is older than the event store's retention."""
    now = datetime.now(UTC)
    start = moment(since) or now - timedelta(seconds=span_s(since) or 0)
    days = int(target.outputs("webhooks")["EventRetentionDays"])
    if start < now - timedelta(days=days):
        raise Failure(
            f"Events are kept for {days} days. Beyond that, a missing event cannot be told from a deleted one.",
            f"Use a shorter range: --since {days - 1}d",
        )
    return start


def _rebuild(target: Target, since: datetime, step: Step, *, dry_run: bool) -> Rebuilt:
    from cli.payments.disputes_table import disputes_table
    from cli.payments.journal import count_payments, opening_of
    from cli.payments.timers_table import timers_table
    from paysandbox.aws.dynamodb.batch_get import items_by_id
    from paysandbox.aws.dynamodb.conditional_write import Ledger
    from paysandbox.aws.schema import EVENTS_KEY, PARTITION_KEY
    from paysandbox.payments.audit_scan import pages

    ledger = Ledger(target.client("dynamodb"), target.outputs("data")["LedgerTable"], retention_s=0)
    events_table = target.outputs("webhooks")["EventsTable"]
    topic = target.outputs("events")["WebhookTopicArn"]
    sns = target.client("sns")
    timers, disputes = timers_table(target), disputes_table(target)
    rebuilt = Rebuilt()
    opening = opening_of(target)
    for page in pages(ledger):
        opening = count_payments(opening, page)
        if timers is not None:
            _store_timers(ledger, timers, page, rebuilt, dry_run=dry_run)
        if disputes is not None:
            _store_disputes(disputes, page, rebuilt, dry_run=dry_run)
        _enter(target, page, rebuilt, dry_run=dry_run)
        events = list(_events(page, since, rebuilt))
        stored = items_by_id(ledger.client, events_table, EVENTS_KEY, (event.id for event in events), only=())
        missing = [event for event in events if event.id not in stored]
        rebuilt.events += len(events)
        rebuilt.missing += len(missing)
        if not dry_run:
            repeated = {event.payment.id for event in missing if event.has_follow_up}
            _publish(sns, topic, [event for event in missing if event.payment.id not in repeated], rebuilt)
            for item in page:
                if (payment_id := item[PARTITION_KEY]["S"]) in repeated:
                    _repeat(target, item, [event for event in missing if event.payment.id == payment_id], rebuilt)
        step.say(f"{rebuilt.events:,} events, {rebuilt.missing:,} missing", passing=True)
    _enter_others(target, opening, rebuilt, dry_run=dry_run)
    return rebuilt


def _events(page: Iterable[dict[str, Any]], since: datetime, rebuilt: Rebuilt) -> Iterator[Event]:
    """Yield the events since then of a page of payments.

    Unreadable payments are noted; `paysandbox audit` gives details.
    """
    from paysandbox.aws.records import UnreadableRecordError
    from paysandbox.aws.schema import PARTITION_KEY
    from paysandbox.payments.ledger.stream import events_in

    for item in page:
        try:
            events = events_in({"dynamodb": {"NewImage": item}})
        except UnreadableRecordError:
            rebuilt.unreadable.append(item[PARTITION_KEY]["S"])
            continue
        recent = [event for event in events if event.at >= since]
        rebuilt.payments += bool(recent)
        yield from recent


def _store_timers(
    ledger: Ledger, timers: Timers, page: Iterable[dict[str, Any]], rebuilt: Rebuilt, *, dry_run: bool
) -> None:
    """Store the missing timers of a page of payments."""
    from paysandbox.payments.timers.audit import missing_timers, open_timers_in
    from paysandbox.payments.timers.timers import store_timers

    expected = open_timers_in(page)
    missing = missing_timers(ledger, timers, expected)
    rebuilt.timers += len(expected)
    rebuilt.missing_timers += len(missing)
    if not dry_run:
        store_timers(timers, missing)
        rebuilt.stored_timers += len(missing)


def _store_disputes(
    disputes: DisputesTable, page: Iterable[dict[str, Any]], rebuilt: Rebuilt, *, dry_run: bool
) -> None:
    """Store the missing rows of the disputes of a page of payments. Evidence that is lost cannot be rebuilt."""
    from paysandbox.disputes.dispute_audit import dispute_rows_in
    from paysandbox.disputes.disputes_table import store_disputes, stored_disputes

    rows = dispute_rows_in(page, disputes)
    stored = stored_disputes(disputes, rows)
    missing = [row for dispute_id, row in rows.items() if dispute_id not in stored]
    rebuilt.disputes += len(rows)
    rebuilt.missing_disputes += len(missing)
    if not dry_run:
        store_disputes(disputes, missing)
        rebuilt.stored_disputes += len(missing)


def _enter(target: Target, page: Iterable[dict[str, Any]], rebuilt: Rebuilt, *, dry_run: bool) -> None:
    """Enter what a page of payments moved into the journal of balances, as far as it is missing."""
    from cli.payments.journal import enter, missing_entries

    expected, lacking = missing_entries(target, page)
    rebuilt.balance_transactions += expected
    rebuilt.missing_balance_transactions += len(lacking)
    if lacking and not dry_run:
        rebuilt.stored_balance_transactions += enter(target, lacking)


def _enter_others(target: Target, opening: Opening | None, rebuilt: Rebuilt, *, dry_run: bool) -> None:
    """Enter the payouts of batches, what moved funds, and opening entries, as far as it is missing."""
    from cli.payments.journal import enter_others

    expected, missing = enter_others(target, opening, dry_run=dry_run)
    rebuilt.balance_transactions += expected
    rebuilt.missing_balance_transactions += missing
    rebuilt.stored_balance_transactions += 0 if dry_run else missing


def _publish(sns: Any, topic: str, events: Sequence[Event], rebuilt: Rebuilt) -> None:
    from paysandbox.aws import backoff
    from paysandbox.aws.events.topic import batches, entries
    from paysandbox.payments.events.rendering import payment_message

    for batch in batches([payment_message(event) for event in events]):
        left = list(batch)
        for tried in range(_TRIES):
            if tried:
                backoff.wait(tried)
            failed = sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries(left)).get("Failed", [])
            never = {left[int(entry["Id"])].id: entry["Code"] for entry in failed if entry["SenderFault"]}
            again = [left[int(entry["Id"])] for entry in failed if not entry["SenderFault"]]
            rebuilt.refused |= never
            rebuilt.published += len(left) - len(failed)
            left = again
            if not left:
                break
        else:
            raise Failure(
                f"SNS stopped accepting events after {rebuilt.published:,}.",
                "Run the same command again to publish the rest.",
            )


def _repeat(target: Target, item: Mapping[str, Any], missing: Sequence[Event], rebuilt: Rebuilt) -> None:
    """Have `publish_event` publish the missing events of a payment, from a record like that of its last write."""
    names = [event.id for event in missing]
    answer = target.client("lambda").invoke(
        FunctionName=f"paysandbox-{target.environment}-publish_event",
        Payload=json.dumps({"Records": [{"dynamodb": {"NewImage": item}}], "rebuild": names}),
    )
    output = json.loads(answer["Payload"].read())
    # Not an error's text, which may quote the payment.
    errors = [str(output.get("errorType"))] if "FunctionError" in answer else output["failed"]
    if errors:
        rebuilt.failed |= dict.fromkeys(names, errors[0])
    else:
        rebuilt.published += len(names)


def _facts(target: Target, since: datetime, rebuilt: Rebuilt, *, dry_run: bool) -> dict[str, Any]:
    return {
        "environment": target.environment,
        "since": written(since),
        "dry_run": dry_run,
        "payments": rebuilt.payments,
        "events": rebuilt.events,
        "missing": rebuilt.missing,
        "published": rebuilt.published,
        "timers": rebuilt.timers,
        "missing_timers": rebuilt.missing_timers,
        "stored_timers": rebuilt.stored_timers,
        "disputes": rebuilt.disputes,
        "missing_disputes": rebuilt.missing_disputes,
        "stored_disputes": rebuilt.stored_disputes,
        "balance_transactions": rebuilt.balance_transactions,
        "missing_balance_transactions": rebuilt.missing_balance_transactions,
        "stored_balance_transactions": rebuilt.stored_balance_transactions,
        "refused": [
            {"event_id": name, "reason": reason} for name, reason in sorted((rebuilt.refused | rebuilt.failed).items())
        ],
        "unreadable": sorted(rebuilt.unreadable),
    }


def _print(rebuilt: Rebuilt, *, dry_run: bool) -> None:
    from cli.terminal.console import Text, answers
    from cli.terminal.text import counted

    console = answers()
    for name, reason in sorted(rebuilt.refused.items())[:_SHOWN]:
        console.print(Text.assemble(("✗ ", "bold red"), f"{name}: rejected by SNS: {reason}"))
    for name, error in sorted(rebuilt.failed.items())[:_SHOWN]:
        console.print(
            Text.assemble(("✗ ", "bold red"), f"{name}: not published, the payment's follow-up fails: {error}")
        )
    for name in sorted(rebuilt.unreadable)[:_SHOWN]:
        console.print(Text.assemble(("✗ ", "bold red"), f"{name}: unreadable payment. Run: paysandbox audit"))
    missing = counted(rebuilt.missing, "event")
    if not rebuilt.missing:
        summary = f"No events are missing ({counted(rebuilt.events, 'event')} checked)."
    elif dry_run:
        summary = f"{missing} of {rebuilt.events:,} missing. Run without --dry-run to publish them."
    else:
        summary = f"{missing} of {rebuilt.events:,} missing, {rebuilt.published:,} published."
    console.print(Text(summary, style="bold green" if rebuilt.whole else "bold red"))
    for record, missing_rows, rows in (
        ("timer", rebuilt.missing_timers, rebuilt.timers),
        ("dispute", rebuilt.missing_disputes, rebuilt.disputes),
        ("balance transaction", rebuilt.missing_balance_transactions, rebuilt.balance_transactions),
    ):
        if missing_rows:
            summary = f"{counted(missing_rows, record)} of {rows:,} missing"
            console.print(
                f"{summary}. Run without --dry-run to store them." if dry_run else f"{summary} and now stored."
            )
