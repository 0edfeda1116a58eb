"""`paysandbox redrive requests`: stores batches of log lines that `store_requests` failed to store.

Lambda puts a batch with its error into the dead-letter queue ("Capturing records of Lambda asynchronous invocations").
A request that is already in the request log is overwritten by itself, and its feed entry is recorded again with the
same id.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cli.dead_letters.dead_letter_queue import WAIT_S, Redrive, run_redrive

if TYPE_CHECKING:
    from cli.connection.target import Target


def redrive_batches(target: Target, name: str, *, as_json: bool) -> None:
    """Store the batches and print how many there were. Raises Failure if the requests stack is not deployed."""
    from paysandbox.aws.schema import FEED, REQUEST_LOG
    from paysandbox.feed.feed_lines import entries_of
    from paysandbox.feed.feed_table import FeedTable, put_entries
    from paysandbox.request_log.log_lines import read_batch
    from paysandbox.request_log.table import RequestLog, put_records

    log = RequestLog(target.client("dynamodb"), target.stack_name(REQUEST_LOG), target.index_shards)
    feed = FeedTable(log.client, target.stack_name(FEED))

    def store(body: str) -> None:
        batch = read_batch(json.loads(body)["requestPayload"])
        put_records(log, batch.records)
        put_entries(feed, entries_of(batch.records, batch.lines).entries, lambda: datetime.now(UTC))

    dead = target.outputs("requests")["DeadRequestsQueueUrl"]
    run = Redrive(target.client("sqs"), dead, store, WAIT_S[target.is_local])
    run_redrive(target, name, run, done="stored", as_json=as_json)
