"""The collecting worker: a batch with closed books takes no more entries, and entries expire after their retention."""

from dataclasses import replace
from datetime import timedelta

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from paysandbox.aws import runtime
from paysandbox.aws.schema import TTL_ATTRIBUTE
from paysandbox.payments.ledger.items import key
from paysandbox.payments.ledger.store import put_idempotency_record
from paysandbox.settlement import tables as settlement_tables
from paysandbox.settlement.batch import BatchStatus
from paysandbox.settlement.writes import Page, enter
from settlement import collect_entries
from tests.settlement import settled
from tests.support.builders import build
from tests.support.builders.build import DAY
from tests.support.builders.payment_scenario import capture, check, refund, run
from tests.support.worlds import table_snapshot
from tests.support.worlds.aws_transport import Deliver, Wire
from tests.support.worlds.settlement_scenario import DUE, PATIENT, SettlementScenario


@pytest.mark.full
def test_a_closed_batch_accepts_no_entries(settling: SettlementScenario) -> None:
    settling.night()
    settling.settle()
    run(settling.payment(), capture())
    for shard in DUE:
        told = collect_entries.handler({"batch": "2026-11-16", "shard": shard}, PATIENT)
        assert told == {"status": "done", "batch": "2026-11-16", "shard": shard, "next": None}
    assert settling.entries() == []


@pytest.mark.full
def test_idempotency_records_in_place_of_purged_payments_are_skipped(settling: SettlementScenario, wire: Wire) -> None:
    scenario = settling.payment()
    run(scenario, capture())
    settling.night()

    def replaced(request: AWSPreparedRequest, deliver: Deliver) -> AWSResponse:
        ledger = runtime.ledger()
        ledger.client.delete_item(TableName=ledger.table, Key=key(scenario.payment_id))
        put_idempotency_record(ledger, build.claim(scenario.payment_id))
        return deliver()

    with wire.broken(replaced, when=lambda sent: sent.operation == "BatchGetItem"):
        assert settling.settle().status == "SUCCEEDED"
    assert (settling.latest().set_aside, settling.entries()) == (0, [])


@pytest.mark.full
@pytest.mark.parametrize("retention", [None, build.RETENTION, 3 * DAY])
def test_retention_of_entries(settling: SettlementScenario, retention: timedelta | None) -> None:
    """Counted from the batch, not the payment: a payment set aside for months still gets the full retention."""
    run(settling.payment(), capture())
    settling.night()
    settling.settle()
    store = settlement_tables.entries()
    (entry,) = settling.entries()
    purge_at = [int(item[TTL_ATTRIBUTE]["N"]) for item in table_snapshot.items_of(store.table)]
    opened_at = settling.latest().opened_at
    assert purge_at == [int((opened_at + build.RETENTION).timestamp())]
    # The same in an environment with another retention.
    kept = settled.batch("2026-11-17", BatchStatus.OPEN)
    other = replace(store, retention_s=int(retention.total_seconds()) if retention else 0)
    moved = replace(entry, batch=kept.name)
    enter(settlement_tables.batches(), other, kept, DUE[0], Page(entries=[moved]))
    (held,) = (item for item in table_snapshot.items_of(store.table) if item["batch"]["S"] == kept.name)
    wanted = {"N": str(int((kept.opened_at + retention).timestamp()))} if retention else None
    assert held.get(TTL_ATTRIBUTE) == wanted


@pytest.mark.full
def test_later_batches_do_not_need_purged_entries(settling: SettlementScenario) -> None:
    """Statements, which stay, carry the balances; a refund of a capture with a purged entry is settled as usual."""
    scenario = settling.payment(amount=10_00)
    run(scenario, capture(4_00))
    settling.night()
    settling.settle()
    store = settlement_tables.entries()
    for item in table_snapshot.items_of(store.table):
        key = {name: item[name] for name in ("batch_merchant_shard", "operation_id")}
        store.client.delete_item(TableName=store.table, Key=key)
    assert settling.settle().output["status"] == "already_closed"
    scenario.now += DAY
    run(scenario, refund(1_00, of=1))
    settling.night()
    assert settling.settle().status == "SUCCEEDED"
    assert [(entry.batch, entry.gross) for entry in settling.entries()] == [("2026-11-17", -1_00)]
    assert settling.statement("2026-11-17").balances["USD"].closing == -1_00
    assert settling.statement("2026-11-16").totals["USD"].gross == 4_00
    check(scenario.held())
