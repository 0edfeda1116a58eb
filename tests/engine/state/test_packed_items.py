"""Tables' items in compressed form: the same mapping as ministack's, and saved in parts."""

import copy
import json
import random
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.state import packed_items, segments
from engine.state.packed_items import ONLY, SAMPLES, PackedItems
from tests.support.tools.card_numbers import found_below


def item(number: int) -> dict[str, Any]:
    attributes = {"id": {"S": f"pay_{number:026}"}, "amount": {"N": str(number)}, "card": {"S": "4242424242424242"}}
    return {**attributes, "metadata": {"M": {"z": {"S": "é\ud800"}, "a": {"NULL": True}}}}


def plain(items: PackedItems) -> dict[str, dict[str, Any]]:
    return {key: dict(partition) for key, partition in items.items()}


def put(items: Any, key: str, sort_key: str, value: dict[str, Any]) -> None:
    """Do what ministack's `_set_item` does."""
    items.setdefault(key, {})[sort_key] = value


def take(items: Any, key: str, sort_key: str) -> None:
    """Do what ministack's `_remove_item` does."""
    partition = items.get(key)
    if partition is not None:
        partition.pop(sort_key, None)
        if not partition:
            del items[key]


@pytest.mark.parametrize("sort_keys", [[ONLY], ["a", "b", "c"]], ids=["without sort key", "with sort keys"])
def test_reads_and_writes_are_those_of_a_dictionary_of_dictionaries(sort_keys: list[str]) -> None:
    chance = random.Random(7)
    packed, expected = PackedItems(), defaultdict[str, dict[str, Any]](dict)
    for number in range(600):
        key, sort_key = f"key {chance.randrange(40)}", chance.choice(sort_keys)
        change = put if chance.random() < 0.6 else take
        for items in (packed, expected):
            change(items, key, sort_key, *([item(number)] if change is put else []))
        assert packed.get(key, {}).get(sort_key) == expected.get(key, {}).get(sort_key)
        assert (key in packed, sort_key in packed.get(key, ())) == (key in expected, sort_key in expected.get(key, ()))
    assert plain(packed) == expected
    assert [*packed] == [*expected], "in the same order"
    assert sum(map(len, packed.values())) == sum(map(len, expected.values()))
    assert copy.deepcopy(dict(packed)) == expected
    assert plain(PackedItems(dict, expected)) == expected


@pytest.fixture(autouse=True, params=[2, 256], ids=["few recent items", "recent items"])
def recent_max(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed_items, "RECENT_MAX", request.param)
    monkeypatch.setattr(packed_items, "UNCOMPRESSED_MAX", request.param)


def test_items_that_resemble_each_other_take_a_fraction_of_their_json() -> None:
    items = PackedItems()
    for number in range(300):
        put(items, str(number), ONLY, item(number))
    last = items.packed("299", ONLY)
    assert last is not None
    assert len(last) < len(json.dumps(item(299))) / 4


def test_an_item_that_is_written_while_it_is_compressed_is_kept() -> None:
    items = PackedItems()
    for number in range(packed_items.RECENT_MAX):
        put(items, str(number), ONLY, item(number))
    compressed = items.compress([((str(number), ONLY), items.read(str(number), ONLY) or {}) for number in (0, 1)])
    put(items, "0", ONLY, item(99))
    take(items, "1", ONLY)
    items.settle(compressed)
    assert items["0"][ONLY] == item(99)
    assert "1" not in items


def test_what_a_snapshot_reads_changes_nothing() -> None:
    """It runs in another process, whose dictionary would not be that of what the engine writes later."""
    items = PackedItems()
    for number in range(2 * SAMPLES):
        put(items, str(number), ONLY, item(number))
    before = items.dictionary
    for key, sort_key in items.keys_of_all():
        items.packed(key, sort_key)
    assert items.dictionary == before


class Saved:
    """The generations of a table, as snapshots write them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._number = 0
        self.written_keys: list[int | None] = []

    @property
    def newest(self) -> Path:
        return self._folder / str(self._number)

    def save(self, items: PackedItems, alive: Callable[[], None] = lambda: None) -> None:
        written = [segments.line(keys, items.packed(*keys)) for keys in items.written] if items.is_saved else None
        folder = self._folder / str(self._number + 1)
        segments.save(items, written, self.newest, folder, "table", alive)
        items.written, items.is_saved = {}, True
        self._number += 1
        self.written_keys.append(None if written is None else len(written))

    def load(self) -> PackedItems:
        found = segments.load(self.newest, "table")
        assert found is not None
        return found


@pytest.mark.full
@pytest.mark.parametrize("bytes_min", [0, 10_000_000], ids=["merged with the base", "merged with each other"])
def test_a_table_is_read_back_after_each_of_many_generations(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bytes_min: int
) -> None:
    monkeypatch.setattr(segments, "SEGMENTS_BYTES_MIN", bytes_min)
    chance, saved = random.Random(11), Saved(tmp_path)
    items = PackedItems()
    for number in range(3 * segments.SEGMENTS_MAX):
        for _ in range(20):
            key, sort_key = f"key {chance.randrange(30)}", chance.choice("ab")
            put(items, key, sort_key, item(number)) if chance.random() < 0.7 else take(items, key, sort_key)
        saved.save(items)
        assert plain(saved.load()) == plain(items)
        if number % 10 == 0:
            items = saved.load()  # the engine starts again
    assert max(len([*folder.glob("*.items")]) for folder in tmp_path.iterdir()) <= segments.SEGMENTS_MAX + 1


def test_only_what_was_written_since_the_previous_generation_is_written(tmp_path: Path) -> None:
    saved, items = Saved(tmp_path), PackedItems()
    for number in range(2 * SAMPLES):
        put(items, str(number), ONLY, item(number))
    saved.save(items)
    before = {file.name: file.stat().st_ino for file in saved.newest.iterdir()}
    saved.save(items)
    assert {file.name: file.stat().st_ino for file in saved.newest.iterdir()} == before
    put(items, "1", ONLY, item(99))
    take(items, "2", ONLY)
    saved.save(items)
    [added] = {file.name for file in saved.newest.iterdir()} - before.keys()
    assert len((saved.newest / added).read_bytes().splitlines()) == 2 + 1, "and one of names"
    assert saved.written_keys == [None, 0, 2]
    assert saved.load()["1"][ONLY] == item(99)
    assert "2" not in saved.load()


def test_a_table_of_the_same_name_does_not_get_the_segments_of_the_former_one(tmp_path: Path) -> None:
    saved, former, table = Saved(tmp_path), PackedItems(), PackedItems()
    put(former, "old", ONLY, item(1))
    put(table, "new", ONLY, item(2))
    saved.save(former)
    saved.save(table)
    assert plain(saved.load()) == {"new": {ONLY: item(2)}}


def test_writing_ends_when_the_engine_has_ended(tmp_path: Path) -> None:
    items = PackedItems()
    put(items, "one", ONLY, item(1))

    def alive() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Saved(tmp_path).save(items, alive)


def test_the_search_for_card_numbers_finds_them_in_compressed_items(tmp_path: Path) -> None:
    items = PackedItems()
    numbers = [str(6011 * 10**12 + 7919 * 10**6 * number) for number in range(301)]
    for number in range(300):
        put(items, str(number), ONLY, item(number) | {"note": {"S": numbers[number]}})
    segments.save(items, None, None, tmp_path, "table", lambda: None)
    assert numbers[150].encode() not in (tmp_path / "table.0.items").read_bytes()
    found = found_below(tmp_path, [numbers[150], numbers[299], numbers[300]], leave_out=lambda _: False)
    assert found == {"table.0.items": {numbers[150], numbers[299]}}
