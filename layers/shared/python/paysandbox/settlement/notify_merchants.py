"""Notify each merchant that its batch is settled, once all of its payments are marked settled.

Notifications are not recorded: a repeated run publishes the same events with the same IDs. Therefore the batch is
closed only afterwards.
"""

from collections.abc import Iterator
from itertools import islice

from paysandbox.aws.events.publishing import NotPublishedError, publish
from paysandbox.aws.events.topic import BATCH, Message
from paysandbox.core import ids
from paysandbox.core.event_type import EventType
from paysandbox.settlement.batch import Statement, StoredBatch
from paysandbox.settlement.batch_run import TimeLeft, at_work, is_closed
from paysandbox.settlement.batches import exclusions_of, statements_of
from paysandbox.settlement.events import render_settlement_event
from paysandbox.settlement.tables import batches


def notify_merchants(batch: str, after: str | None, time_left: TimeLeft) -> str | None:
    """Notify the merchants after `after`, ten at a time, while there is time. Returns the last one notified, or None.

    Raises NotPublishedError if SNS accepted only some of the events.
    """
    if is_closed(batch):
        return None
    stored = at_work(batch)
    concerned = _concerned(stored, after)
    while page := [*islice(concerned, BATCH)]:
        _publish(stored, page)
        if not time_left():
            return page[-1][0].merchant
    return None


def _concerned(stored: StoredBatch, after: str | None) -> Iterator[tuple[Statement, int]]:
    """Iterate over merchants with reports, with their number of excluded payments. All others only have a balance."""
    for statement in statements_of(batches(), stored.name, after=after):
        if statement.reports:
            yield statement, len(exclusions_of(batches(), stored.name, statement.merchant))


def _publish(stored: StoredBatch, page: list[tuple[Statement, int]]) -> None:
    refused = publish([_message(stored, statement, excluded) for statement, excluded in page])
    for reason in refused.values():
        raise NotPublishedError(reason)


def _message(stored: StoredBatch, statement: Statement, excluded: int) -> Message:
    body = render_settlement_event(
        stored.batch,
        statement.merchant,
        statement.totals.values(),
        statement.balances.values(),
        set_aside=excluded,
        at=stored.opened_at,
    )
    event_id = ids.completed_event_id(str(stored.name), statement.merchant)
    return Message(id=event_id, merchant=statement.merchant, type=EventType.SETTLEMENT_COMPLETED, body=body)
