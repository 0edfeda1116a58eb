"""What is saved beside items: a start builds the same indexes from it as from the items, and unpacks none of them."""

import json
import random
import shutil
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import pytest

from engine.ministack import view
from engine.state import generations, merging, segments
from engine.state.generations import FORMAT
from engine.state.key_attributes import saved_names
from engine.state.packed_items import ONLY, Item, PackedItems
from engine.state.table_indexes import Derived, Retention, TableIndexes
from paysandbox.aws.schema import TTL_ATTRIBUTE

FORMAT_5 = Path(__file__).parent / "format_5"
"""A home of the format without attributes beside items: a generation with the tables `first`, which has an index, and
`second`, and a log after it, which changes both."""

INDEXES: Final[Mapping[str, tuple[list[str], list[str]]]] = {
    "by_merchant": (["merchant"], ["listed_at"]),
    "by_amount": (["merchant"], ["amount"]),
    "by_octets": (["merchant"], ["octets"]),
    "by_both": (["merchant", "amount"], ["listed_at"]),
    "by_card": (["card"], []),
}
TYPES: Final = {"merchant": "S", "listed_at": "S", "amount": "N", "octets": "B", "card": "S"}
SHORTER_BY_S: Final = 10.0


def table_of(items: PackedItems, indexes: Mapping[str, tuple[list[str], list[str]]] = INDEXES) -> dict[str, Any]:
    """Return a table as ministack has it, with indexes whose keys are of every type."""
    definitions = [{"AttributeName": name, "AttributeType": of} for name, of in TYPES.items()]
    schemas = [
        {"IndexName": name, "KeySchema": [{"AttributeName": of, "KeyType": "…"} for of in (*hashes, *ranges)]}
        for name, (hashes, ranges) in indexes.items()
    ]
    return {
        "TableName": "local-Log",
        "TableArn": "arn:aws:dynamodb:us-east-1:000000000000:table/local-Log",
        "AttributeDefinitions": definitions,
        "GlobalSecondaryIndexes": schemas,
        "items": items,
        "ItemCount": 0,
    }


def indexes_of(
    table: dict[str, Any], indexes: Mapping[str, tuple[list[str], list[str]]] = INDEXES, *, ttl: str | None = None
) -> TableIndexes:
    setting = {"TimeToLiveStatus": "ENABLED", "AttributeName": ttl} if ttl else {}

    def index_key_schemas(_table: object) -> Iterator[tuple[str, list[str], list[str]]]:
        for name, (hashes, ranges) in indexes.items():
            yield name, hashes, ranges

    tables = SimpleNamespace(
        _INDEX_MEMBERS="members",
        _index_key_schemas=index_key_schemas,
        _ttl_settings=SimpleNamespace(get_scoped=lambda *_: setting),
        _tables=SimpleNamespace(all_items=lambda: [(("000000000000", "us-east-1", "local-Log"), table)]),
    )
    return TableIndexes(view("dynamodb", tables), {} if ttl else {"-Log": Retention(60, TTL_ATTRIBUTE, SHORTER_BY_S)})


class Writes:
    """Random writes and removals of items, which lack some attributes, or have them of another type."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)

    def __call__(self, indexes: TableIndexes, table: dict[str, Any], count: int) -> None:
        for _ in range(count):
            key, sort_key = f"key {self._chance.randrange(40)}", self._chance.choice((ONLY, "a", "b"))
            if self._chance.random() < 0.7:
                indexes.set_item(table, key, sort_key, self._item())
            else:
                indexes.remove_item(table, key, sort_key)

    def _item(self) -> Item:
        number = self._chance.randrange(-20, 20)
        choice = self._chance.choice
        attributes = {
            "merchant": choice(({"S": "é\ud800\t"}, {"S": "b\n"}, {"N": "1"}, None)),
            "listed_at": choice(({"S": f"2030-{number:03}"}, {"S": ""}, None)),
            "amount": choice(({"N": str(number)}, {"N": f"{number}.50"}, {"S": "1"}, None)),
            "octets": choice(({"B": b64encode(bytes([number % 256, 0])).decode()}, None)),
            "card": choice(({"S": "card"}, None)),
            TTL_ATTRIBUTE: choice(({"N": str(number)}, {"N": "later"}, {"S": "1"}, None)),
            "note": {"S": "the same text in each item"},
        }
        return {name: value for name, value in attributes.items() if value is not None}


def facts(derived: Derived) -> Any:
    """Return what follows from the items, to compare it. After a start, the order is that of the lines."""
    return (
        {name: (index.count, index.partitions) for name, index in derived.indexes.items()},
        sorted(derived.due),
        sorted(keys for keys in derived.order if derived.items.has(*keys)),
    )


def derived_from_items(items: PackedItems, indexes: TableIndexes, table: dict[str, Any]) -> Any:
    """Return what follows from the items, each noted after the other."""
    empty = indexes.derived({**table, "items": PackedItems(), "members": None})
    derived = Derived(items, empty.indexes, empty.expires, empty.retention)
    for keys in items.keys_of_all():
        derived.note(*keys, None, items.read(*keys))
    return facts(derived)


def save(items: PackedItems, folder: Path, number: int, names: Any) -> None:
    """Save the next generation of a table, as a snapshot does."""
    lines = [segments.line(keys, items.packed(*keys)) for keys in items.written] if items.is_saved else None
    before, beside = folder / str(number - 1), folder / str(number)
    segments.save(items, lines, before, beside, "table", lambda: None, names)
    items.written, items.is_saved = {}, True


def loaded(folder: Path) -> PackedItems:
    items = segments.load(folder, "table")
    assert items is not None
    return items


def without_items(folder: Path) -> Path:
    """Make every saved item unreadable, but not what is beside it."""
    for file in folder.glob("*.items"):
        names, *lines = file.read_bytes().splitlines()
        columns = (line.split(b"\t") for line in lines)
        unreadable = [b"\t".join([keys, b64encode(b"{") if item else item, *row]) for keys, item, *row in columns]
        file.unlink()  # it is linked to that of the generation before
        file.write_bytes(b"".join(line + b"\n" for line in (names, *unreadable)))
    return folder


@pytest.mark.parametrize("seed", [3, *(pytest.param(seed, marks=pytest.mark.full) for seed in range(4, 14))])
def test_a_start_derives_the_same_as_from_the_items_and_unpacks_none(tmp_path: Path, seed: int) -> None:
    items, write = PackedItems(), Writes(seed)
    table = table_of(items)
    indexes = indexes_of(table)
    for number in range(1, 25):
        write(indexes, table, 40)
        save(items, tmp_path, number, saved_names(table))
        if number % 6 == 0:
            items = loaded(tmp_path / str(number))
            expected = derived_from_items(loaded(tmp_path / str(number)), indexes, table)
            table = table_of(loaded(without_items(shutil.copytree(tmp_path / str(number), tmp_path / f"{number} bad"))))
            assert facts(indexes.derived(table)) == expected
            assert table["items"].is_saved
            table = table_of(items)  # the engine starts again
    assert facts(indexes.derived(table)) == derived_from_items(items, indexes, table)


def as_before(lines: list[bytes]) -> list[bytes]:
    """Return the lines of a segment as they were before there was anything beside an item."""
    return [b"\t".join(line.split(b"\t")[:2]) for line in lines[1:]]


def damaged(lines: list[bytes]) -> list[bytes]:
    return [*lines[:20], lines[20][:-3], *lines[21:]]


@pytest.mark.parametrize(
    "names, change",
    [(["merchant"], list), (sorted(TYPES), as_before), (sorted(TYPES), damaged)],
    ids=["an index was added", "a former format", "damaged"],
)
def test_attributes_that_were_not_saved_are_those_of_the_items_and_saved_next(
    tmp_path: Path, names: list[str], change: Callable[[list[bytes]], list[bytes]]
) -> None:
    items = PackedItems()
    table = table_of(items)
    indexes = indexes_of(table)
    Writes(5)(indexes, table, 100)
    expected = derived_from_items(items, indexes, table)
    save(items, tmp_path, 1, [*names, TTL_ATTRIBUTE])
    file = tmp_path / "1" / "table.0.items"
    file.write_bytes(b"".join(line + b"\n" for line in change(file.read_bytes().splitlines())))
    items = loaded(tmp_path / "1")
    table = table_of(items)
    assert facts(indexes.derived(table)) == expected
    assert not items.is_saved

    save(items, tmp_path, 2, saved_names(table))
    items = loaded(without_items(tmp_path / "2"))
    table = table_of(items)
    assert facts(indexes.derived(table)) == expected
    assert items.is_saved


def test_a_time_to_live_that_is_never_saved_does_not_have_the_table_saved_again(tmp_path: Path) -> None:
    """It would be at each start."""
    items = PackedItems()
    table = table_of(items)
    indexes = indexes_of(table, ttl="amount")
    Writes(5)(indexes, table, 100)
    expected = derived_from_items(items, indexes, table)
    save(items, tmp_path, 1, saved_names(table_of(items, {})))
    items = loaded(tmp_path / "1")
    table = table_of(items, {})
    assert facts(indexes.derived(table)) == expected
    assert items.is_saved


def test_a_home_of_before_is_read_and_its_log_is_merged_into_the_present_format(tmp_path: Path) -> None:
    folder = shutil.copytree(FORMAT_5, tmp_path / "saved")
    generation = merging.merge(folder)
    assert generation is not None
    assert generation.mark.format == FORMAT
    assert generations.newest(folder) == generation

    payload = json.loads((generation.path / "dynamodb.json").read_text())["payload"]
    table = next(of for of in payload["tables"]["data"].values() if of["TableName"] == "first")
    items = segments.load(generation.path / "items", "000000000000.us-east-1.first")
    assert items is not None
    by_merchant: dict[str, tuple[list[str], list[str]]] = {"by_merchant": (["merchant"], ["listed_at"])}
    table |= {"items": items}
    indexes = indexes_of(table, by_merchant)
    index = indexes.derived(table).indexes["by_merchant"]

    numbers = [number for number in range(302) if number not in {4, 300} and (number % 3 or number == 5)]
    assert index.partitions == {
        f"merchant {rest}": [
            (f"{number:04}", str(number), ONLY) for number in numbers if (0 if number == 5 else number % 2) == rest
        ]
        for rest in (0, 1)
    }
    assert not items.is_saved, "the next snapshot saves the attributes of the others"
