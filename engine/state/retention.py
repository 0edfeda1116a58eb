"""What the engine keeps of records of the past, which would otherwise take more memory than the payments.

AWS removes an entry of the request log after a week, and of the feed after 25 hours, of which 24 are shown. Here an
entry is removed after a day, and the oldest ones when there are too many.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from engine.state.table_indexes import Retention
from paysandbox.aws.schema import FEED, REQUEST_LOG, TTL_ATTRIBUTE
from paysandbox.feed import entry as feed_entry
from paysandbox.request_log import request_record

_LOCAL: Final = {REQUEST_LOG: timedelta(days=1), FEED: feed_entry.RETENTION}
_ON_AWS: Final = {REQUEST_LOG: request_record.RETENTION, FEED: feed_entry.RETENTION}


def retentions(entries_max: int) -> Mapping[str, Retention]:
    """Return what is kept of the tables of which the past is removed, by the end of a table's name."""
    return {
        f"-{table}": Retention(entries_max, TTL_ATTRIBUTE, (_ON_AWS[table] - retention).total_seconds())
        for table, retention in _LOCAL.items()
    }
