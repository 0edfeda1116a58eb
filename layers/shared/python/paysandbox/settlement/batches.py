"""The `SettlementBatches` table: all batches, their status, and their statement for each merchant.

    latest   latest               the last opened batch; conditional writes on this item open, close and fail batches
    <batch>  batch                readers' copy of the batch, retained when the next batch is opened
    <batch>  merchant#<merchant>  totals, balances, payouts and reports; without totals until the books are closed
    <batch>  aside#<merchant>#<payment>  an excluded payment, with the reason
    <batch>  seal#<due shard>     seals the shard: no more entries are stored for it (`settlement.writes`)

Items are never purged: a batch's opening balances are the closing balances of the previous batch.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from paysandbox.aws.schema import BATCHES_BY_MERCHANT, BATCHES_KEY, BATCHES_SORT
from paysandbox.core.break_type import BreakType
from paysandbox.core.payout_destination import PayoutDestination
from paysandbox.core.record import record
from paysandbox.core.timestamps import format_timestamp, parse_timestamp
from paysandbox.settlement.batch import BatchStatus, Count, Failure, ReportFile, Statement, StoredBatch
from paysandbox.settlement.business_day import BatchName
from paysandbox.settlement.close import RARE_SUMS, Balance, Payout, Sums, Totals
from paysandbox.settlement.settlement import Batch, Exclusion

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

Item = dict[str, Any]

LATEST: Final = "latest"
BATCH: Final = "batch"
MERCHANT: Final = "merchant#"
EXCLUSION: Final = "aside#"
SEAL: Final = "seal#"

_BEHIND: Final = "~"


@record
class Batches:
    """DynamoDB client and table name."""

    client: "DynamoDBClient"
    table: str


# --- reads ------------------------------------------------------------------------------------------------------------


def latest_batch(batches: Batches) -> StoredBatch | None:
    """Return the last opened batch, or None if there is none. Reads consistently."""
    return _batch_at(batches, latest_key())


def get_batch(batches: Batches, batch: str) -> StoredBatch | None:
    """Return the batch, or None if there is none. Reads consistently."""
    return _batch_at(batches, batch_key(batch))


def get_statement(batches: Batches, batch: str, merchant: str) -> Statement | None:
    """Return a merchant's statement in a batch, or None if there is none (yet)."""
    found = batches.client.get_item(TableName=batches.table, Key=merchant_key(batch, merchant), ConsistentRead=True)
    return statement_from({**found["Item"]}) if "Item" in found else None


def exclusions_of(batches: Batches, batch: str, merchant: str | None = None) -> list[Exclusion]:
    """Return the payments excluded from a batch, of one merchant or of all merchants."""
    start = f"{EXCLUSION}{merchant}#" if merchant is not None else EXCLUSION
    return [exclusion_from(item) for item in _parts(batches, batch, start, start + _BEHIND)]


def merchants_of(batches: Batches, batch: str, *, after: str | None = None) -> Iterator[str]:
    """Iterate over the merchants that may have entries or balances in a batch, by name, starting after `after`."""
    for item in _parts(batches, batch, _behind(after), MERCHANT + _BEHIND):
        yield item["merchant"]["S"]


def statements_of(batches: Batches, batch: str, *, after: str | None = None) -> Iterator[Statement]:
    """Iterate over a batch's statements, by merchant name, starting after `after`. Holds one page in memory."""
    for item in _parts(batches, batch, _behind(after), MERCHANT + _BEHIND):
        statement = statement_from(item)
        if statement is not None:
            yield statement


def names_between(
    batches: Batches, merchant: str, *, first: str, last: str, limit: int, oldest_first: bool = False
) -> list[tuple[str, str]]:
    """Return (list position, batch) of a merchant's batches, newest first or `oldest_first`.

    `first` and `last` are list positions (`place_of`), both inclusive. The index is eventually consistent.
    """
    answer = batches.client.query(
        TableName=batches.table,
        IndexName=BATCHES_BY_MERCHANT.name,
        KeyConditionExpression="#0 = :0 AND #1 BETWEEN :1 AND :2",
        ExpressionAttributeNames={"#0": BATCHES_BY_MERCHANT.partition_key, "#1": BATCHES_BY_MERCHANT.sort_key},
        ExpressionAttributeValues={":0": {"S": merchant}, ":1": {"S": first}, ":2": {"S": last}},
        ScanIndexForward=oldest_first,
        Limit=limit,
    )
    items: list[Item] = [{**item} for item in answer["Items"]]
    return [(item[BATCHES_BY_MERCHANT.sort_key]["S"], item[BATCHES_KEY]["S"]) for item in items]


# --- keys -------------------------------------------------------------------------------------------------------------


def latest_key() -> Item:
    """Return the key of the `latest` item."""
    return {BATCHES_KEY: {"S": LATEST}, BATCHES_SORT: {"S": LATEST}}


def batch_key(batch: str) -> Item:
    """Return the key of the readers' copy of a batch."""
    return {BATCHES_KEY: {"S": batch}, BATCHES_SORT: {"S": BATCH}}


def merchant_key(batch: str, merchant: str) -> Item:
    """Return the key of a merchant's statement in a batch."""
    return {BATCHES_KEY: {"S": batch}, BATCHES_SORT: {"S": f"{MERCHANT}{merchant}"}}


def exclusion_key(batch: str, exclusion: Exclusion) -> Item:
    """Return the key of a payment that is excluded from a batch."""
    return {BATCHES_KEY: {"S": batch}, BATCHES_SORT: {"S": f"{EXCLUSION}{exclusion.merchant}#{exclusion.payment_id}"}}


def seal_key(batch: str, due_shard: int) -> Item:
    """Return the key of a due shard's seal. Once it exists, no more entries are stored for payments of that shard."""
    return {BATCHES_KEY: {"S": batch}, BATCHES_SORT: {"S": f"{SEAL}{due_shard:02x}"}}


def place_of(name: BatchName) -> str:
    """Return a batch's list position as text that sorts in settlement order.

    `place_of(BatchName(day))` is the first position of a day. The highest batch number is 99999.
    """
    return f"{name.day.isoformat()}#{name.number:05}"


# --- items ------------------------------------------------------------------------------------------------------------


def batch_facts(stored: StoredBatch) -> Item:
    """Return a batch's attributes without a key, for both the `latest` item and the readers' copy."""
    facts: Item = {
        "batch": {"S": stored.name},
        "cutoff": {"S": format_timestamp(stored.batch.cutoff)},
        "status": {"S": str(stored.status)},
        "opened_at": {"S": format_timestamp(stored.opened_at)},
        "execution": {"S": stored.execution},
        "fees": {"S": stored.fees},
        "minimum_payout": {"N": str(stored.minimum_payout)},
    }
    times = {"after": stored.batch.after, "sealed_at": stored.sealed_at, "closed_at": stored.closed_at}
    facts |= {name: {"S": format_timestamp(at)} for name, at in times.items() if at is not None}
    if stored.before is not None:
        facts["before"] = {"S": stored.before}
    if stored.breaks:
        facts |= {"breaks": {"L": [{"S": str(kind)} for kind in stored.breaks]}, "seed": {"N": str(stored.seed)}}
    if stored.failure is not None:
        facts["failure"] = failure_entry(stored.failure)
    if stored.status is BatchStatus.CLOSED:
        facts |= closing_facts(stored.counts, stored.merchants, stored.set_aside)
    return facts


def batch_from(item: Item) -> StoredBatch:
    """Parse a batch from an item."""
    failure = item.get("failure")
    return StoredBatch(
        batch=Batch(BatchName.read(item["batch"]["S"]), parse_timestamp(item["cutoff"]["S"]), _instant(item, "after")),
        status=BatchStatus(item["status"]["S"]),
        opened_at=parse_timestamp(item["opened_at"]["S"]),
        execution=item["execution"]["S"],
        fees=item["fees"]["S"],
        minimum_payout=int(item["minimum_payout"]["N"]),
        before=item["before"]["S"] if "before" in item else None,
        sealed_at=_instant(item, "sealed_at"),
        closed_at=_instant(item, "closed_at"),
        failure=Failure(step=failure["M"]["step"]["S"], reason=failure["M"]["reason"]["S"]) if failure else None,
        counts=tuple(_count(entry["M"]) for entry in item["counts"]["L"]) if "counts" in item else (),
        merchants=int(item["merchants"]["N"]) if "merchants" in item else 0,
        set_aside=int(item["set_aside"]["N"]) if "set_aside" in item else 0,
        breaks=tuple(BreakType(kind["S"]) for kind in item["breaks"]["L"]) if "breaks" in item else (),
        seed=int(item["seed"]["N"]) if "seed" in item else 0,
    )


def failure_entry(failure: Failure) -> Item:
    """Return a failure as an attribute value."""
    return {"M": {"step": {"S": failure.step}, "reason": {"S": failure.reason}}}


def closing_facts(counts: Sequence[Count], merchants: int, set_aside: int) -> Item:
    """Return the attributes that are set when a batch is closed."""
    return {
        "counts": {"L": [_count_entry(count) for count in counts]},
        "merchants": {"N": str(merchants)},
        "set_aside": {"N": str(set_aside)},
    }


def statement_facts(statement: Statement) -> Item:
    """Return a statement's attributes without its reports. They are written once, when the books are closed."""
    return {
        "totals": {"M": {currency: _totals_entry(total) for currency, total in statement.totals.items()}},
        "balances": {"M": {currency: _balance_entry(balance) for currency, balance in statement.balances.items()}},
    }


def statement_from(item: Item) -> Statement | None:
    """Parse a statement from a merchant's item. Return None if its books are not closed yet."""
    if "totals" not in item:
        return None
    batch, merchant = item[BATCHES_KEY]["S"], item["merchant"]["S"]
    totals, balances = item["totals"]["M"], item["balances"]["M"]
    return Statement(
        batch=batch,
        merchant=merchant,
        totals={currency: _totals(merchant, currency, totals[currency]["M"]) for currency in sorted(totals)},
        balances={
            currency: _balance(batch, merchant, currency, balances[currency]["M"]) for currency in sorted(balances)
        },
        reports={form: _report(entry["M"]) for form, entry in item.get("reports", {"M": {}})["M"].items()},
    )


def reports_entry(reports: Mapping[str, ReportFile]) -> Item:
    """Return report files as an attribute value."""
    return {"M": {form: _report_entry(report) for form, report in reports.items()}}


def exclusion_item(batch: str, exclusion: Exclusion) -> Item:
    """Return an excluded payment as an item."""
    return {
        **exclusion_key(batch, exclusion),
        "merchant": {"S": exclusion.merchant},
        "payment_id": {"S": exclusion.payment_id},
        "reason": {"S": exclusion.reason},
    }


def exclusion_from(item: Item) -> Exclusion:
    """Parse an excluded payment from an item."""
    return Exclusion(merchant=item["merchant"]["S"], payment_id=item["payment_id"]["S"], reason=item["reason"]["S"])


def _behind(merchant: str | None) -> str:
    # "!" sorts before every character of a merchant's name; the lowest of those is the hyphen.
    return f"{MERCHANT}{merchant}!" if merchant is not None else MERCHANT


def _batch_at(batches: Batches, key: Item) -> StoredBatch | None:
    found = batches.client.get_item(TableName=batches.table, Key=key, ConsistentRead=True)
    return batch_from({**found["Item"]}) if "Item" in found else None


def _parts(batches: Batches, batch: str, first: str, last: str) -> Iterator[Item]:
    page: dict[str, Any] = {}
    while True:
        answer = batches.client.query(
            TableName=batches.table,
            KeyConditionExpression="#0 = :0 AND #1 BETWEEN :1 AND :2",
            ExpressionAttributeNames={"#0": BATCHES_KEY, "#1": BATCHES_SORT},
            ExpressionAttributeValues={":0": {"S": batch}, ":1": {"S": first}, ":2": {"S": last}},
            ConsistentRead=True,
            **page,
        )
        yield from ({**item} for item in answer["Items"])
        if "LastEvaluatedKey" not in answer:
            return
        page = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


def _count_entry(count: Count) -> Item:
    return {"M": {"currency": {"S": count.currency}, **_sums_entry(count), "paid_out": {"N": str(count.paid_out)}}}


def _count(entry: Item) -> Count:
    return Count(currency=entry["currency"]["S"], paid_out=int(entry["paid_out"]["N"]), **_sums(entry))


def _totals_entry(total: Totals) -> Item:
    return {"M": _sums_entry(total)}


def _totals(merchant: str, currency: str, entry: Item) -> Totals:
    return Totals(merchant=merchant, currency=currency, **_sums(entry))


def _sums_entry(sums: Sums) -> Item:
    return {name: {"N": str(value)} for name, value in sums.by_name.items()}


def _sums(entry: Item) -> dict[str, int]:
    """Parse count and sums. Batches without disputes or transfers have no sums of them."""
    rare = [name for name in RARE_SUMS if name in entry]
    return {name: int(entry[name]["N"]) for name in ("count", "gross", "refunds", "fees", *rare)}


def _balance_entry(balance: Balance) -> Item:
    numbers = {"opening": balance.opening, "net": balance.net, "closing": balance.closing}
    # Without draws, it is as batches were before there were any.
    numbers |= {"draws": balance.draws} if balance.draws else {}
    entry: Item = {name: {"N": str(value)} for name, value in numbers.items()}
    if balance.payout is not None:
        entry |= {"payout_id": {"S": balance.payout.id}, "payout": {"N": str(balance.payout.amount)}}
        # To a bank account, as of each payout from before there was another destination, it is left out.
        if balance.payout.destination is not PayoutDestination.BANK:
            entry["payout_destination"] = {"S": str(balance.payout.destination)}
    return {"M": entry}


def _balance(batch: str, merchant: str, currency: str, entry: Item) -> Balance:
    payout = None
    if "payout_id" in entry:
        payout = Payout(
            id=entry["payout_id"]["S"],
            batch=batch,
            merchant=merchant,
            currency=currency,
            amount=int(entry["payout"]["N"]),
            destination=PayoutDestination(entry.get("payout_destination", {"S": PayoutDestination.BANK})["S"]),
        )
    opening, net, closing = (int(entry[name]["N"]) for name in ("opening", "net", "closing"))
    return Balance(
        batch=batch,
        merchant=merchant,
        currency=currency,
        opening=opening,
        net=net,
        payout=payout,
        closing=closing,
        draws=int(entry["draws"]["N"]) if "draws" in entry else 0,
    )


def _report_entry(report: ReportFile) -> Item:
    entry: Item = {"key": {"S": report.key}, "size": {"N": str(report.size)}, "sha256": {"S": report.sha256}}
    if report.rows is not None:
        entry["rows"] = {"N": str(report.rows)}
    return {"M": entry}


def _report(entry: Item) -> ReportFile:
    return ReportFile(
        key=entry["key"]["S"],
        size=int(entry["size"]["N"]),
        sha256=entry["sha256"]["S"],
        rows=int(entry["rows"]["N"]) if "rows" in entry else None,
    )


def _instant(item: Item, name: str) -> datetime | None:
    return parse_timestamp(item[name]["S"]) if name in item else None
