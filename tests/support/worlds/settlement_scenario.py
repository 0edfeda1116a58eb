"""Settlement in this process: the real workers on moto, run by the state machine's own definition.

    house = SettlementScenario(clock)
    desk = house.payment(amount=10_00)
    run(desk, capture(4_00))
    house.night()               # the next midnight has passed
    assert house.settle().status == "SUCCEEDED"

Only those of the 32 shards and 16 slices are processed that may contain something: the others are alike, and empty.
"""

import itertools
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, Final

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.sns.models import sns_backends

from payments import expire_payments
from paysandbox.aws import runtime
from paysandbox.aws.schema import DUE_SHARDS, DUE_SHARDS_READ, ENTRY_SHARDS, shard_of_text
from paysandbox.aws.settings import ReportsSettings, TopicSettings
from paysandbox.core import ids
from paysandbox.core.record import replace
from paysandbox.payments import expiry
from paysandbox.payments.ledger.items import payment_from
from paysandbox.payments.operations.settlement import Settlement
from paysandbox.settlement import tables as settlement_tables
from paysandbox.settlement.batch import Statement, StoredBatch
from paysandbox.settlement.batches import exclusions_of, get_batch, latest_batch, statements_of
from paysandbox.settlement.entries import entry_from
from paysandbox.settlement.settlement import Entry
from settlement import announce, close_batch, close_books, collect_entries, fail_batch, open_batch, write_reports
from tests.support.builders import build
from tests.support.builders.payment_scenario import PaymentScenario
from tests.support.fakes.state_machine import Json, Machine, Outcome, Steps, Worker, definition
from tests.support.worlds import table_snapshot, tables

DUE: Final = (3, 4, 19)
"""The due shards of this scenario's payments. Two of them share a shard of entries."""
MERCHANTS: Final = (build.MERCHANT, build.OTHER_MERCHANT)

PATIENT: Final = SimpleNamespace(get_remaining_time_in_millis=lambda: 300_000)
"""The Lambda context of a function with plenty of time."""
HASTY: Final = SimpleNamespace(get_remaining_time_in_millis=lambda: 16_000)
"""The Lambda context of a settlement worker with time for only one page."""

WORKERS: Final[dict[str, Worker]] = {
    "expire_payments": expire_payments.handler,
    "open_batch": open_batch.handler,
    "collect_entries": collect_entries.handler,
    "close_books": close_books.handler,
    "write_reports": write_reports.handler,
    "announce": announce.handler,
    "close_batch": close_batch.handler,
    "fail_batch": fail_batch.handler,
}
"""The workers of a night, by the names that the state machine's definition gives them."""


@dataclass(frozen=True)
class Story:
    """The complete result of a settlement, independent of how its runs went."""

    batches: tuple[tuple[str, datetime, datetime | None], ...]
    entries: frozenset[Entry]
    statements: tuple[Statement, ...]
    set_aside: tuple[tuple[str, str], ...]
    reports: dict[str, bytes]
    settled: frozenset[tuple[str, str]]


class SettlementScenario:
    """Empty tables and an empty bucket. `clock` is the sandbox's, with `advance`.

    `every_shard`: payments are of any shard, and merchants others than those of this scenario.
    """

    def __init__(self, clock: Any, context: Any = PATIENT, *, every_shard: bool = False) -> None:
        self.clock, self.context = clock, context
        self._numbers = itertools.count(1)
        self._executions = itertools.count(1)
        table_snapshot.put_back(table_snapshot.EMPTY)
        expiry.forget()
        bucket = runtime.settings_of(ReportsSettings).reports_bucket
        if bucket not in {one.get("Name") for one in runtime.s3().list_buckets()["Buckets"]}:
            runtime.s3().create_bucket(Bucket=bucket)
        for name in self.reports():
            runtime.s3().delete_object(Bucket=bucket, Key=name)
        topic = runtime.settings_of(TopicSettings).webhook_topic
        runtime.sns().create_topic(Name=topic.rpartition(":")[2])
        # moto's record of everything that was published.
        self.inbox: list[Any] = sns_backends[DEFAULT_ACCOUNT_ID][tables.REGION].topics[topic].sent_notifications
        self.inbox.clear()
        workers = WORKERS if every_shard else {**WORKERS, "open_batch": _of_few(open_batch.handler)}
        self.machine = Machine(definition(), workers, context)

    # --- actions ------------------------------------------------------------------------------------------------------

    def payment(self, *, ago: timedelta = timedelta(), plan: str | None = None, **parts: Any) -> PaymentScenario:
        """Create a payment. The returned scenario determines what else happens to it, and when.

        `plan` is that of its outcome.
        """
        payment_ids = (ids.payment_id("house", str(number)) for number in self._numbers)
        payment_id = next(one for one in payment_ids if ids.shard_of(one, DUE_SHARDS) in DUE)
        # On the minute, so that two scenarios write the same reports.
        now = (runtime.now() + timedelta(seconds=30)).replace(second=0, microsecond=0) - ago
        authorized = build.authorized(payment_id=payment_id, now=now, **parts)
        return PaymentScenario.open(runtime.ledger(), replace(authorized, plan=plan))

    def night(self, nights: int = 1) -> None:
        """Advance the clock to 02:00, that many nights later."""
        now = runtime.now()
        then = now.replace(hour=2, minute=0, second=0) + timedelta(days=nights)
        self.clock.advance(then - now)

    def settle(self, asked: Json | None = None) -> Outcome:
        """Run an execution, as started by the schedule or a person."""
        return self.machine.run(asked or {}, name=f"execution-{next(self._executions)}")

    def steps(self, asked: Json | None = None) -> Steps:
        """Run an execution step by step."""
        return self.machine.steps(asked or {}, name=f"execution-{next(self._executions)}")

    # --- state --------------------------------------------------------------------------------------------------------

    def latest(self) -> StoredBatch:
        """Return the latest batch, after checking that it equals the copy under its own name."""
        kept = latest_batch(settlement_tables.batches())
        assert kept is not None
        assert get_batch(settlement_tables.batches(), kept.name) == kept
        return kept

    def batches(self) -> list[StoredBatch]:
        """Return all batches in order."""
        found = {item["batch_key"]["S"] for item in self._items("settlement_batches_table")} - {"latest"}
        kept = [get_batch(settlement_tables.batches(), name) for name in found]
        return sorted((one for one in kept if one), key=lambda one: one.batch.name)

    def entries(self) -> list[Entry]:
        """Return all entries of all batches."""
        return [entry_from(item) for item in self._items("settlement_entries_table")]

    def statement(self, batch: str, merchant: str = build.MERCHANT) -> Statement:
        """Return a batch's statement for a merchant."""
        return next(one for one in statements_of(settlement_tables.batches(), batch) if one.merchant == merchant)

    def reports(self) -> dict[str, bytes]:
        """Return all objects in the bucket."""
        bucket = runtime.settings_of(ReportsSettings).reports_bucket
        listed = runtime.s3().list_objects_v2(Bucket=bucket).get("Contents", [])
        names = [one["Key"] for one in listed if "Key" in one]
        return {name: runtime.s3().get_object(Bucket=bucket, Key=name)["Body"].read() for name in names}

    def told(self) -> list[Json]:
        """Return the messages published since the last call."""
        held = [json.loads(message) for _, message, *_ in self.inbox]
        self.inbox.clear()
        return held

    def story(self) -> Story:
        """Return everything that must be the same however the runs went."""
        batches = self.batches()
        store = settlement_tables.batches()
        return Story(
            tuple((one.name, one.batch.cutoff, one.batch.after) for one in batches),
            frozenset(self.entries()),
            tuple(told for one in batches for told in statements_of(store, one.name)),
            tuple((one.name, left.payment_id) for one in batches for left in exclusions_of(store, one.name)),
            self.reports(),
            frozenset(
                (operation.id, operation.batch)
                for item in table_snapshot.items()
                for operation in payment_from(item).operations
                if isinstance(operation, Settlement)
            ),
        )

    def _items(self, of: str) -> list[dict[str, Any]]:
        store = settlement_tables.entries() if "entries" in of else settlement_tables.batches()
        return [dict(item) for item in store.client.scan(TableName=store.table)["Items"]]


def _of_few(worker: Worker) -> Worker:
    slices = sorted({shard % ENTRY_SHARDS for shard in DUE} | {shard_of_text(one, ENTRY_SHARDS) for one in MERCHANTS})

    def answer(event: Json, context: Any) -> Json:
        opened = worker(event, context)
        assert list(opened["shards"]) in ([], list(range(DUE_SHARDS_READ)))
        return opened | {"shards": DUE, "slices": slices}

    return answer
