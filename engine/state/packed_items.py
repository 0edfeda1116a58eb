"""The items of a table in compressed form: about 200 bytes each, where ministack's dictionaries take ten kilobytes.

ministack keeps a table's items as {partition key: {sort key: item}} and never changes a stored item, so a read may
return another object than was written. The mappings here have that form, and unpack an item when it is read. The items
that were written or read last are kept as they are: most reads are of those, and many are soon written again. The
others are compressed in a thread (table_indexes.py), since zlib lets other threads run, for which a request would wait.

Items of a table resemble each other. So the first ones become the dictionary with which the others are compressed.
"""

import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, MutableMapping, Sequence
from itertools import islice
from typing import Any, Final

from engine.fast_json import decoded, encoded
from engine.state.key_attributes import Restored
from engine.state.query_bounds import selected

Item = dict[str, Any]
Written = dict[tuple[str, str], None]
"""Keys of items, in the order of writing."""

ONLY: Final = "__no_sort__"
"""ministack's sort key of an item whose table has none."""

RECENT_MAX: Final = 256
"""How many items of a table are kept as they are."""
UNCOMPRESSED_MAX: Final = 2_048
"""How many are kept as they are until `settle` is called."""

SAMPLES: Final = 8
# 8 KB of earlier text suffice, and a smaller window makes the copies of the compressor cheaper.
_LEVEL, _WINDOW_BITS, _MEMORY_LEVEL = 1, 13, 5
_DICTIONARY_BYTES: Final = (1 << _WINDOW_BITS) - 262  # zlib ignores more than this
_RECENT: Final = b""
"""Stands for an item that is not compressed yet."""


def plain(item: Mapping[str, Any]) -> bytes:
    """Return an item as it is stored without compression. Its values are JSON's: binary ones are Base64."""
    return encoded(item)


def is_plain(packed: bytes) -> bool:
    """Return whether an item is stored without compression: no compressed item begins as JSON does."""
    return packed[:1] == b"{"


class _Packer:
    """Compresses the items of a table."""

    def __init__(self, dictionary: bytes = b"") -> None:
        self.dictionary = dictionary
        self._samples: list[bytes] = []
        self._compressor = _compressor(dictionary) if dictionary else None

    def pack(self, item: Mapping[str, Any], *, is_sample: bool) -> bytes:
        text = plain(item)
        if self._compressor is None:
            if not is_sample:
                return text
            self._samples.append(text)
            if len(self._samples) == SAMPLES:
                self.dictionary = b"".join(self._samples)[-_DICTIONARY_BYTES:]
                self._compressor = _compressor(self.dictionary)
                self._samples.clear()
            return text
        return self.compressed(text)

    def compressed(self, text: bytes) -> bytes:
        """Compress the JSON of an item. Return it as it is without a dictionary."""
        if self._compressor is None:
            return text
        compressor = self._compressor.copy()
        return compressor.compress(text) + compressor.flush()

    def unpack(self, packed: bytes) -> Item:
        if not is_plain(packed):
            packed = zlib.decompressobj(_WINDOW_BITS, self.dictionary).decompress(packed)
        return decoded(packed)

    def __deepcopy__(self, memo: Any) -> "_Packer":
        return self  # what it packed stays readable


def _compressor(dictionary: bytes) -> Any:
    return zlib.compressobj(_LEVEL, zlib.DEFLATED, _WINDOW_BITS, _MEMORY_LEVEL, zlib.Z_DEFAULT_STRATEGY, dictionary)


class PackedItems(MutableMapping[str, "Partition"]):
    """The items of a table, by partition key. Takes the arguments of ministack's `defaultdict(dict, items)`.

    `written` has the keys of the items that were written or removed since it was last emptied. `is_saved` tells
    whether the last generation, with the log after it, has all other items.
    """

    def __init__(
        self,
        _factory: object = None,
        items: Mapping[str, Mapping[str, Item]] | None = None,
        *,
        dictionary: bytes = b"",
    ) -> None:
        self._packer = _Packer(dictionary)
        # An item without a sort key has no dictionary of its own.
        self._packed: dict[str, bytes | dict[str, bytes]] = {}
        self._recent: dict[tuple[str, str], Item] = {}
        self.written: Written = {}
        self.is_saved = False
        self._restored: list[Restored] = []
        for key, partition in (items or {}).items():
            self[key] = partition

    def __getitem__(self, key: str) -> "Partition":
        if key not in self._packed:
            raise KeyError(key)
        return Partition(self, key)

    def get(self, key: str, default: Any = None) -> Any:
        return Partition(self, key) if key in self._packed else default

    def setdefault(self, key: str, default: Any = None) -> "Partition":
        partition = Partition(self, key)
        if key not in self._packed:
            partition.update(default or {})
        return partition

    def __setitem__(self, key: str, partition: Mapping[str, Item]) -> None:
        items = dict(partition)
        self.pop(key, None)
        Partition(self, key).update(items)

    def __delitem__(self, key: str) -> None:
        for sort_key in self.sort_keys(key):
            self._recent.pop((key, sort_key), None)
            self._note(key, sort_key)
        del self._packed[key]

    def __contains__(self, key: object) -> bool:
        return key in self._packed

    def __iter__(self) -> Iterator[str]:
        return iter(self._packed)

    def __len__(self) -> int:
        return len(self._packed)

    def sort_keys(self, key: str) -> Collection[str]:
        """Return the sort keys of a partition, which must exist."""
        of = self._packed[key]
        return (ONLY,) if isinstance(of, bytes) else of

    def keys_of_all(self) -> Iterator[tuple[str, str]]:
        """Yield the keys of all items, without unpacking them."""
        for key in self._packed:
            for sort_key in self.sort_keys(key):
                yield key, sort_key

    @property
    def dictionary(self) -> bytes:
        """The text with which items are compressed. Empty while it has none."""
        return self._packer.dictionary

    def has(self, key: str, sort_key: str) -> bool:
        """Return whether there is such an item."""
        return self._stored(key, sort_key) is not None

    def packed(self, key: str, sort_key: str) -> bytes | None:
        """Return an item in compressed form, or None. Changes nothing, so that a forked process may call it."""
        packed = self._stored(key, sort_key)
        if packed == _RECENT:
            return self._packer.pack(self._recent[key, sort_key], is_sample=False)
        return packed

    def stored(self, key: str, sort_key: str) -> Item | bytes | None:
        """Return an item as it is kept, or None. Neither is ever changed, so another thread may encode it."""
        packed = self._stored(key, sort_key)
        return self._recent[key, sort_key] if packed == _RECENT else packed

    def unpacked(self, packed: bytes) -> Item:
        """Return an item of this table that was stored with or without compression."""
        return self._packer.unpack(packed)

    def compressed(self, packed: bytes) -> bytes:
        """Return an item that may be stored without compression, compressed if the table has a dictionary."""
        return self._packer.compressed(packed) if is_plain(packed) else packed

    def read(self, key: str, sort_key: str) -> Item | None:
        """Return an item, or None."""
        item = self._recent.get((key, sort_key))
        if item is None:
            packed = self._stored(key, sort_key)
            if packed is None:
                return None
            item = self._packer.unpack(packed)
            self._keep(key, sort_key, item)
        return item

    def write(self, key: str, sort_key: str, item: Item) -> None:
        """Store an item."""
        self._recent.pop((key, sort_key), None)
        self._store(key, sort_key, _RECENT)
        self._keep(key, sort_key, item)
        self._note(key, sort_key)

    def restore(
        self, saved: Iterable[tuple[tuple[str, str], bytes]], names: Sequence[str] = (), rows: bytes | None = None
    ) -> None:
        """Store new items that were saved: their keys, and what `packed` returned. The dictionary is the same.

        `rows` has the attributes of these names that were saved beside them (key_attributes.py), as a JSON array.
        """
        of_keys, known = self._packed, dict[str, str]()
        keys, sort_keys = list[str](), list[str]()
        for (key, sort_key), packed in saved:
            # Most are so. Of the texts that many items share, one object is kept.
            if sort_key == ONLY and not isinstance(of_keys.get(key), dict):
                of_keys[key] = packed
                keys.append(key)
                sort_keys.append(ONLY)
            else:
                keys.append(known.setdefault(key, key))
                sort_keys.append(ONLY if sort_key == ONLY else sort_key)
                self._store(keys[-1], sort_keys[-1], packed)
        self._restored.append(Restored(keys, sort_keys, names, rows))

    def take_restored(self) -> Sequence[Restored]:
        """Return all items, with what was saved beside them the first time, if none was written since."""
        restored, self._restored = self._restored, []
        if restored:
            return restored
        of_all = [*self.keys_of_all()]
        return [Restored([key for key, _ in of_all], [sort_key for _, sort_key in of_all])]

    def _note(self, key: str, sort_key: str) -> None:
        self.written[key, sort_key] = None
        self._restored.clear()

    def _stored(self, key: str, sort_key: str) -> bytes | None:
        of = self._packed.get(key)
        if isinstance(of, bytes):
            return of if sort_key == ONLY else None
        return None if of is None else of.get(sort_key)

    def _store(self, key: str, sort_key: str, packed: bytes) -> None:
        of = self._packed.get(key)
        if sort_key == ONLY and not isinstance(of, dict):
            self._packed[key] = packed
        elif isinstance(of, dict):
            of[sort_key] = packed
        else:
            self._packed[key] = {sort_key: packed} if of is None else {ONLY: of, sort_key: packed}

    def excess(self) -> list[tuple[tuple[str, str], Item]]:
        """Return the keys and items that are to be compressed: all but the last `RECENT_MAX`."""
        return [*islice(self._recent.items(), max(0, len(self._recent) - RECENT_MAX))]

    def compress(self, excess: Iterable[tuple[tuple[str, str], Item]]) -> list[tuple[tuple[str, str], Item, bytes]]:
        """Compress items, in one thread at a time. For `settle`."""
        compressed: list[tuple[tuple[str, str], Item, bytes]] = []
        for keys, item in excess:
            packed = self._stored(*keys)
            if packed is not None:  # otherwise it has been removed
                compressed.append((keys, item, packed or self._packer.pack(item, is_sample=True)))
        return compressed

    def settle(self, compressed: Iterable[tuple[tuple[str, str], Item, bytes]]) -> None:
        """Keep these items in compressed form only, but those that were written again since."""
        for keys, item, packed in compressed:
            if self._recent.get(keys) is item:
                self._store(*keys, packed)
                del self._recent[keys]

    def _keep(self, key: str, sort_key: str, item: Item) -> None:
        self._recent[key, sort_key] = item
        if len(self._recent) > UNCOMPRESSED_MAX:
            self.settle(self.compress(self.excess()))

    def remove(self, key: str, sort_key: str) -> None:
        """Remove an item, but not its partition, which ministack removes. Raises KeyError if there is no such item."""
        of = self._packed.get(key, {})
        if isinstance(of, dict):
            del of[sort_key]
        elif sort_key == ONLY:
            self._packed[key] = {}
        else:
            raise KeyError(sort_key)
        self._recent.pop((key, sort_key), None)
        self._note(key, sort_key)


class Partition(MutableMapping[str, Item]):
    """The items of a partition by sort key, which are unpacked when they are read."""

    __slots__ = ("_items", "_key")

    def __init__(self, items: PackedItems, key: str) -> None:
        self._items = items
        self._key = key

    def __getitem__(self, sort_key: str) -> Item:
        item = self._items.read(self._key, sort_key)
        if item is None:
            raise KeyError(sort_key)
        return item

    def get(self, sort_key: str, default: Any = None) -> Any:
        item = self._items.read(self._key, sort_key)
        return default if item is None else item

    def __setitem__(self, sort_key: str, item: Item) -> None:
        self._items.write(self._key, sort_key, item)

    def __delitem__(self, sort_key: str) -> None:
        self._items.remove(self._key, sort_key)

    def __contains__(self, sort_key: object) -> bool:
        return self._key in self._items and sort_key in self._items.sort_keys(self._key)

    def __iter__(self) -> Iterator[str]:
        return iter(self._items.sort_keys(self._key) if self._key in self._items else ())

    def __len__(self) -> int:
        return len(self._items.sort_keys(self._key)) if self._key in self._items else 0

    def values(self) -> Any:
        """Return the items. Within a query, those that it may return (engine/state/query_bounds.py), in order."""
        sort_keys = self._items.sort_keys(self._key) if self._key in self._items else ()
        return [self[sort_key] for sort_key in selected(sorted(sort_keys), str)]

    def __deepcopy__(self, memo: Any) -> dict[str, Item]:
        return dict(self)


def pack_items(*creators: Any) -> None:
    """Make ministack store items so. `creators` are the modules that make tables."""
    for module in creators:
        module.defaultdict = PackedItems  # they have it for the items of tables only
