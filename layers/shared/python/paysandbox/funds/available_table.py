"""What merchants have available, in the table of funds: one item for each merchant, with all its currencies.

    journal#<merchant>#sums     available           version, amount_<currency>, early_<currency>, settled, batch

It changes only in a transaction with what it changes by, and each change counts the version up. Whoever takes from it
asks for no more than that the amount is there; a batch, which decides by all of it, asks for the version that it read.
"""

from collections.abc import Mapping
from typing import Any, Final

from paysandbox.aws.schema import COVERED, FUNDS_KEY, FUNDS_SORT, JOURNAL
from paysandbox.funds.available import Available, AvailableFunds, SettledSums
from paysandbox.funds.store import FundsTable, Item

AVAILABLE: Final = "available"

_AMOUNT: Final = "amount_"
_EARLY: Final = "early_"
_VERSION: Final = "version"
_BATCH: Final = "batch"
_SETTLED: Final = "settled"


def sums_of(merchant: str) -> str:
    """Return the partition of what is summed up of a merchant."""
    return f"{JOURNAL}{merchant}#sums"


def merchant_of_sums(partition: str) -> str:
    """Return the merchant of such a partition."""
    return partition.removeprefix(JOURNAL).rpartition("#")[0]


def available_key(merchant: str) -> Item:
    """Return the primary key of what a merchant has available."""
    return {FUNDS_KEY: {"S": sums_of(merchant)}, FUNDS_SORT: {"S": AVAILABLE}}


def take(table: FundsTable, merchant: str, currency: str, amount: int) -> Item:
    """Return the part of a transaction that takes an amount. Its condition fails if less is available."""
    taken = _change(table, merchant, currency, amount, "SET #0 = #0 - :0 ADD #1 :1")
    return {"Update": taken | {"ConditionExpression": COVERED}}


def give(table: FundsTable, merchant: str, currency: str, amount: int) -> Item:
    """Return the part of a transaction that adds an amount. It never fails."""
    return {"Update": _change(table, merchant, currency, amount, "ADD #0 :0, #1 :1")}


def give_early(table: FundsTable, merchant: str, amounts: Mapping[str, int]) -> Item:
    """Return the part of a transaction that adds what is available before a batch has it, or takes it back: minor units
    by currency. It never fails.
    """
    names, adds = {"#0": _VERSION}, ["#0 :0"]
    values: Item = {":0": {"N": "1"}}
    for place, (currency, amount) in enumerate(sorted(amounts.items()), start=1):
        names |= {f"#a{place}": f"{_AMOUNT}{currency}", f"#e{place}": f"{_EARLY}{currency}"}
        values[f":{place}"] = {"N": str(amount)}
        adds += [f"#a{place} :{place}", f"#e{place} :{place}"]
    return {
        "Update": {
            "TableName": table.table,
            "Key": available_key(merchant),
            "UpdateExpression": f"ADD {', '.join(adds)}",
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values,
        }
    }


def put_available(table: FundsTable, merchant: str, before: AvailableFunds, after: AvailableFunds) -> Item:
    """Return the part of a transaction that replaces what is available. Its condition fails if it is not as `before`.

    The version of what is stored is the next one.
    """
    item: Item = {**available_key(merchant), _VERSION: {"N": str(before.version + 1)}}
    if after.batch is not None:
        item[_BATCH] = {"S": after.batch}
    for currency, of in sorted(after.of.items()):
        item |= {f"{_AMOUNT}{currency}": {"N": str(of.amount)}, f"{_EARLY}{currency}": {"N": str(of.early)}}
    settled = {currency: _settled_entry(of.settled) for currency, of in sorted(after.of.items())}
    item[_SETTLED] = {"M": {currency: entry for currency, entry in settled.items() if entry["M"]}}
    put: Item = {"TableName": table.table, "Item": item, "ConditionExpression": "attribute_not_exists(#0)"}
    put["ExpressionAttributeNames"] = {"#0": _VERSION}
    if before.version:
        put |= {
            "ConditionExpression": "#0 = :0",
            "ExpressionAttributeValues": {":0": {"N": str(before.version)}},
        }
    return {"Put": put}


def read_available(table: FundsTable, merchant: str) -> AvailableFunds:
    """Return what a merchant has available, read consistently. Nothing yet is version 0."""
    key: Any = available_key(merchant)
    found: Any = table.client.get_item(TableName=table.table, Key=key, ConsistentRead=True)
    return available_from(found.get("Item"))


def read_amounts(table: FundsTable, merchant: str) -> dict[str, int]:
    """Return what a merchant has available by currency in minor units, read consistently."""
    return {currency: of.amount for currency, of in read_available(table, merchant).of.items()}


def available_from(item: Item | None) -> AvailableFunds:
    """Parse what a merchant has available from its item. Without one, nothing is."""
    if item is None:
        return AvailableFunds()
    settled: Item = item[_SETTLED]["M"] if _SETTLED in item else {}
    currencies = {name.removeprefix(_AMOUNT) for name in item if name.startswith(_AMOUNT)}
    return AvailableFunds(
        version=int(item[_VERSION]["N"]),
        batch=item[_BATCH]["S"] if _BATCH in item else None,
        of={
            currency: Available(
                amount=_number(item, f"{_AMOUNT}{currency}"),
                early=_number(item, f"{_EARLY}{currency}"),
                settled=_settled_from(settled.get(currency)),
            )
            for currency in sorted({*currencies, *settled})
        },
    )


def _change(table: FundsTable, merchant: str, currency: str, amount: int, expression: str) -> Item:
    return {
        "TableName": table.table,
        "Key": available_key(merchant),
        "UpdateExpression": expression,
        "ExpressionAttributeNames": {"#0": f"{_AMOUNT}{currency}", "#1": _VERSION},
        "ExpressionAttributeValues": {":0": {"N": str(amount)}, ":1": {"N": "1"}},
    }


def _settled_entry(settled: SettledSums) -> Item:
    return {"M": {name: {"N": str(value)} for name, value in vars(settled).items() if value}}


def _settled_from(entry: Item | None) -> SettledSums:
    return SettledSums(**{name: int(value["N"]) for name, value in entry["M"].items()}) if entry else SettledSums()


def _number(item: Item, name: str) -> int:
    return int(item[name]["N"]) if name in item else 0
