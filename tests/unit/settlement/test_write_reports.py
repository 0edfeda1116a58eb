"""The worker that writes reports: not again what is there, and nothing that the statement does not say."""

import pytest

from paysandbox.domain.settlement_close import BooksDoNotBalanceError
from paysandbox.runtime import settlement_tables
from paysandbox.table.schema import ENTRY_SHARDS, shard_of_text
from settlement import write_reports
from tests.integration.wire import Wire
from tests.support.desk import capture, run
from tests.support.settlement_house import PATIENT, House


def test_what_is_there_is_left_and_what_is_wrong_is_not_written(house: House, wire: Wire) -> None:
    run(house.payment(), capture())
    house.night()
    steps = house.steps()
    while next(steps) != "announce":
        pass
    entries = settlement_tables.entries()
    with wire.record() as sent:
        for number in range(16):
            write_reports.handler({"batch": "2026-11-16", "slice": number}, PATIENT)
    assert "PutObject" not in {one.operation for one in sent}
    (item,) = entries.client.scan(TableName=entries.table)["Items"]
    entries.client.put_item(TableName=entries.table, Item={**item, "fee": {"N": "1"}})
    before = house.reports()
    its_slice = shard_of_text("demo", ENTRY_SHARDS)
    with pytest.raises(BooksDoNotBalanceError):
        write_reports.handler({"batch": "2026-11-16", "slice": its_slice}, PATIENT)
    assert house.reports() == before
