"""Write the feed's entries of a batch of log lines."""

from collections.abc import Sequence
from typing import Final

from paysandbox.aws import runtime, telemetry
from paysandbox.aws.sampling import is_in_share
from paysandbox.core.errors import Code, Refused
from paysandbox.feed.entry import DeliveryAttempt, FeedEntry, Request
from paysandbox.feed.feed_lines import entries_of
from paysandbox.feed.feed_table import put_entries
from paysandbox.feed.tables import feed
from paysandbox.request_log.log_lines import LogLine
from paysandbox.request_log.request_record import RequestRecord

_TRIES: Final = 2


def record_entries(records: Sequence[RequestRecord], lines: Sequence[LogLine], percent: int) -> None:
    """Record the entries of stored requests and of other lines. Repeated lines are recorded again, with the same ids.

    Where the request log stores a share of the successful requests (`percent`), the feed has the same share of events
    and successful attempts. Unreadable lines are dropped and counted. Entries that were written too late for some
    readers are counted and written again, under a position that all readers have yet to reach.

    Raises Refused(service_unavailable) if DynamoDB left some unprocessed, or all of them were late again: the whole
    batch is delivered again.
    """
    made = entries_of(records, lines)
    if made.error is not None:
        telemetry.dropped_lines(made.unreadable, made.error)
    entries = [entry for entry in made.entries if _is_sampled(entry, percent)]
    if not entries:
        return
    for _ in range(_TRIES):
        late = put_entries(feed(), entries, runtime.wall_now)
        if not late:
            return
        telemetry.late_feed_entries(late)
    raise Refused(Code.SERVICE_UNAVAILABLE, "The feed's entries were written too late.")


def _is_sampled(entry: FeedEntry, percent: int) -> bool:
    """Return whether an entry is recorded. Requests have been sampled already, and failed attempts always are."""
    subject = entry.subject
    if isinstance(subject, Request) or (isinstance(subject, DeliveryAttempt) and not subject.succeeded):
        return True
    event_id = subject.event_id if isinstance(subject, DeliveryAttempt) else entry.id
    return is_in_share(event_id, percent)
