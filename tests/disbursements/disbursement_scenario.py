"""Disbursements on moto's tables, their workers, and a scripted provider.

one = scenario.accept()
scenario.deliver(one)              the stream's reader sends it
clock.advance(DAY)
scenario.sweep()
scenario.audit()
"""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, Final

from paysandbox.aws import runtime
from paysandbox.aws.schema import DISBURSEMENTS, DISBURSEMENTS_KEY, DISBURSEMENTS_SORT
from paysandbox.aws.time_left import time_left
from paysandbox.disbursements.disbursement import MAX_TRAIL, Disbursement, Status
from paysandbox.disbursements.steps import held_amount
from paysandbox.disbursements.store import disbursements_table, tables as disbursement_tables
from paysandbox.disbursements.store.disbursements_table import DisbursementsTable
from paysandbox.disbursements.store.items import disbursement_from, disbursement_item
from paysandbox.disbursements.sweep import sweep
from paysandbox.funds.available_table import read_amounts
from paysandbox.funds.funds_table import add_funding, read_fundings
from tests.disbursements.scripted_rail import METHOD, ScriptedRail
from tests.support.builders import build, disbursements
from tests.support.worlds import table_snapshot, tables

Json = dict[str, Any]

STREAM: Final = "arn:aws:dynamodb:us-east-1:123456789012:table/paysandbox-test-Disbursements/stream/2026-11-16T09:30"


def record_of(before: Disbursement | None, after: Disbursement | None, *, place: int = 1) -> Json:
    """Return the record of a write that changed `before` to `after`, in Lambda's format."""
    images = {"OldImage": before, "NewImage": after}
    return of_images({name: disbursement_item(one) for name, one in images.items() if one}, place=place)


def of_images(images: Mapping[str, Json], *, place: int = 1) -> Json:
    """Return a record with these images, which may be anything."""
    name = "MODIFY" if len(images) == 2 else "INSERT" if "NewImage" in images else "REMOVE"
    some: Json = next(iter(images.values()), {})
    return {
        "eventID": f"{place:032}",
        "eventName": name,
        "eventSource": "aws:dynamodb",
        "eventSourceARN": STREAM,
        "awsRegion": "us-east-1",
        "dynamodb": {
            "Keys": {key: some[key] for key in (DISBURSEMENTS_KEY, DISBURSEMENTS_SORT) if key in some},
            "SequenceNumber": f"{place:021}",
            "StreamViewType": "NEW_AND_OLD_IMAGES",
            **images,
        },
    }


def context_of(time_left_ms: int = 120_000) -> Any:
    """Return Lambda's context with so much time left."""
    return SimpleNamespace(get_remaining_time_in_millis=lambda: time_left_ms)


class DisbursementScenario:
    """The tables, the provider, and the workers between them."""

    def __init__(self, rail: ScriptedRail) -> None:
        self.rail = rail
        self._numbers = 0

    @property
    def table(self) -> DisbursementsTable:
        """The table of disbursements."""
        return disbursement_tables.disbursements()

    # --- what there is ------------------------------------------------------------------------------------------------

    def fund(self, amount: int = 100_00, **parts: Any) -> None:
        """Add to a merchant's funds."""
        self._numbers += 1
        add_funding(self.table.funds, disbursements.funding(self._numbers, amount=amount, **parts))

    def accept(self, **parts: Any) -> Disbursement:
        """Accept a disbursement now."""
        self._numbers += 1
        parts = {"method": METHOD, "created_at": runtime.now()} | parts
        return disbursements_table.accept(self.table, disbursements.accepted(self._numbers, **parts))

    def now(self, one: Disbursement) -> Disbursement:
        """Return a disbursement as stored."""
        found = disbursements_table.find(self.table, one.merchant, one.customer_id, one.id)
        assert found is not None
        return found

    def change(self, one: Disbursement, after: Disbursement) -> Disbursement:
        """Store what a step made of a disbursement."""
        assert disbursements_table.put_after(self.table, one, after)
        return after

    def every(self) -> list[Disbursement]:
        """Return all disbursements, in no order."""
        items = table_snapshot.items_of(tables.DISBURSEMENT_TABLES[DISBURSEMENTS])
        return [disbursement_from(item) for item in items]

    def balance(self, merchant: str = build.MERCHANT) -> int:
        """Return a merchant's balance in dollars."""
        return read_amounts(self.table.funds, merchant).get("USD", 0)

    def audit(self) -> None:
        """Check that each merchant's fundings are the balance and what disbursements hold, and every trail."""
        every = self.every()
        merchants = {one.merchant for one in every} | {build.MERCHANT}
        for merchant in merchants:
            funded = sum(funding.amount for funding in read_fundings(self.table.funds, merchant))
            held = sum(held_amount(one) for one in every if one.merchant == merchant)
            assert funded == self.balance(merchant) + held
        for one in every:
            times = [change.at for change in one.trail]
            assert times == sorted(times)
            assert one.trail[0].status is Status.PENDING
            assert len(one.trail) <= MAX_TRAIL
            # Whoever was paid was paid once, and only then does the record say so, unless it was simulated.
            assert self.rail.paid[one.batch_id] <= 1
            if one.was_paid() and not one.is_simulated:
                assert self.rail.paid[one.batch_id] == 1

    # --- what the workers do ------------------------------------------------------------------------------------------

    def deliver(self, *written: Disbursement, before: Disbursement | None = None, time_left_ms: int = 120_000) -> None:
        """Pass writes to the stream's reader: of new disbursements, or the change of `before`."""
        self.deliver_records(*(record_of(before, one) for one in written), time_left_ms=time_left_ms)

    def deliver_records(self, *records: Json, time_left_ms: int = 120_000) -> None:
        """Pass records to the stream's reader."""
        from disbursements import send_disbursements

        answer = send_disbursements.handler({"Records": [*records]}, context_of(time_left_ms))
        assert answer == {"batchItemFailures": []}

    def sweep(self, time_left_ms: int = 600_000) -> int:
        """Run the sweep once. Return the number of disbursements that it advanced, or -1 if there is more to do.

        Its function exchanges files with the bank before: tests/disbursements/ach.
        """
        swept = sweep(time_left({}, context_of(time_left_ms)))
        return -1 if swept.more else swept.advanced


def forget() -> None:
    """Empty the tables of customers, funds and disbursements."""
    for name in tables.DISBURSEMENT_TABLES.values():
        table_snapshot.empty(name)
