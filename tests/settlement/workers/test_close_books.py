"""The worker that closes the books: an imbalance is reported, and the batch is not announced."""

from paysandbox.settlement import tables as settlement_tables
from tests.support.builders.payment_scenario import capture, run
from tests.support.worlds.settlement_scenario import SettlementScenario


def test_manually_changed_books_stop_the_run(settling: SettlementScenario) -> None:
    run(settling.payment(), capture())
    settling.night()
    steps = settling.steps()
    while next(steps) != "write_reports":
        pass
    entries = settlement_tables.entries()
    (item,) = entries.client.scan(TableName=entries.table)["Items"]
    entries.client.put_item(TableName=entries.table, Item={**item, "fee": {"N": "1"}})
    told = settling.settle()
    assert (told.status, settling.reports(), settling.story().settled) == ("FAILED", {}, frozenset())
    failure = settling.latest().failure
    assert failure is not None
    assert failure.step == "close_books"
    assert failure.reason == "2026-11-16: demo in USD is 999 net by its totals, and 941 by its balance"
    entries.client.put_item(TableName=entries.table, Item=item)
    assert settling.settle().status == "SUCCEEDED"
