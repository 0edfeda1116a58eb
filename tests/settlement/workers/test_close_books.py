"""The worker that closes the books: what does not add up is said, and nobody hears of the batch."""

from paysandbox.settlement import tables as settlement_tables
from tests.support.desk import capture, run
from tests.support.settlement_house import House


def test_books_that_were_changed_by_hand_stop_the_run(house: House) -> None:
    run(house.payment(), capture())
    house.night()
    steps = house.steps()
    while next(steps) != "write_reports":
        pass
    entries = settlement_tables.entries()
    (item,) = entries.client.scan(TableName=entries.table)["Items"]
    entries.client.put_item(TableName=entries.table, Item={**item, "fee": {"N": "1"}})
    told = house.settle()
    assert (told.status, house.reports(), house.story().settled) == ("FAILED", {}, frozenset())
    failure = house.latest().failure
    assert failure is not None
    assert failure.step == "close_books"
    assert "kept otherwise" in failure.reason
    entries.client.put_item(TableName=entries.table, Item=item)
    assert house.settle().status == "SUCCEEDED"
