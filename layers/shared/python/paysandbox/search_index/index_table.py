"""The `SearchIndex` table: an entry for each term of an object, written behind the answer by the streams' readers.

An entry is keyed by merchant, term and shard, and sorted by the object's creation, so that those of one term are a list
like any other. The words of names are sorted by themselves first, so that they are found by their beginning. An entry
only leads to its object: whoever reads it compares the object as it is now.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

from paysandbox.aws.dynamodb.batch_write import delete_request, put_request, write_in_batches
from paysandbox.aws.dynamodb.sharded_index import ShardedIndex
from paysandbox.aws.index_shards import index_shards, written_shards
from paysandbox.aws.schema import SEARCH_INDEX_KEY, SEARCH_INDEX_SORT, SEARCH_LIST, shard_key, shard_of_text
from paysandbox.aws.threads import run_on_each
from paysandbox.core.record import record
from paysandbox.search_index.terms import NOTHING, Terms

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_OBJECT: Final = "object_key"
_AFTER_WORD: Final = "\n"
"""Ends a word. None contains it."""
_AFTER_ALL: Final = "\U0010ffff"

Item = dict[str, Any]
T = TypeVar("T")


@record
class SearchIndex:
    """A DynamoDB client and the name of the table. Of `shards`, see `written_shards`."""

    client: "DynamoDBClient"
    table: str
    shards: int | None = None


@record(kw_only=True)
class Indexed:
    """An object with its terms before and after a write: none before its creation, or after its deletion.

    `key` is what it is read by, unique among all that are searched for, and `position` its sort key in lists.
    """

    merchant: str
    key: str
    position: str
    before: Terms = NOTHING
    after: Terms = NOTHING


def index_objects(index: SearchIndex, changes: Iterable[Indexed]) -> int:
    """Enter the terms that are new, and remove those that are no longer an object's. Returns the number of writes.

    Idempotent, and the same again in the same order. Raises Refused(service_unavailable) as `write_in_batches` does.
    """
    requests: dict[tuple[str, str], Item] = {}
    for change in changes:
        before, after = (_entries(index, change, terms) for terms in (change.before, change.after))
        # The last write of an entry counts, and a batch must not contain an item twice.
        requests |= {key: delete_request(_key(entry)) for key, entry in before.items() if key not in after}
        requests |= {key: put_request(entry) for key, entry in after.items() if key not in before}
    write_in_batches(index.client, index.table, [*requests.values()], busy="The search index is busy. Retry.")
    return len(requests)


def named_exactly(
    index: SearchIndex,
    merchant: str,
    term: str,
    *,
    tied_to: tuple[str | None, ...],
    mine: Callable[[T], bool],
    fetch: Callable[[Sequence[str]], Mapping[str, T]] | None = None,
) -> ShardedIndex[T]:
    """Return the list of what has this term as a whole. `fetch` returns objects by their keys.

    Without it, the list is for one that reads them (`ShardedIndex.beside`).
    """
    return ShardedIndex(
        client=index.client,
        table=index.table,
        id_attribute=_OBJECT,
        index=SEARCH_LIST,
        of=_whole(merchant, term),
        tied_to=tied_to,
        mine=mine,
        fetch=fetch,
    )


def named_by_word(index: SearchIndex, merchant: str, beginning: str, *, limit: int) -> list[str]:
    """Return the keys of up to `limit` objects of each shard with a word that begins so, in the words' order."""
    query = partial(_words_of_shard, index, beginning=beginning, limit=limit)
    shards = index_shards().read
    partitions = [shard_key(_names(merchant), shard) for shard in range(shards)]
    pages = [query(partitions[0])] if shards == 1 else run_on_each(query, partitions, at_once=shards)
    return list(dict.fromkeys(key for _, key in sorted(entry for page in pages for entry in page)))


def _words_of_shard(index: SearchIndex, partition: str, *, beginning: str, limit: int) -> list[tuple[str, str]]:
    found = index.client.query(
        TableName=index.table,
        ConsistentRead=True,
        KeyConditionExpression="#0 = :0 AND #1 BETWEEN :1 AND :2",
        ExpressionAttributeNames={"#0": SEARCH_INDEX_KEY, "#1": SEARCH_INDEX_SORT},
        ExpressionAttributeValues={
            ":0": {"S": partition},
            ":1": {"S": beginning},
            ":2": {"S": f"{beginning}{_AFTER_ALL}"},
        },
        Limit=limit,
    )
    entries: Any = found["Items"]
    return [(entry[SEARCH_INDEX_SORT]["S"], entry[_OBJECT]["S"]) for entry in entries]


def _entries(index: SearchIndex, change: Indexed, terms: Terms) -> dict[tuple[str, str], Item]:
    """Return an object's entries by their keys."""
    shard = shard_of_text(change.key, written_shards(index.shards))
    names = shard_key(_names(change.merchant), shard)
    keys = (
        *((shard_key(_whole(change.merchant, term), shard), change.position) for term in terms.whole),
        *((names, f"{word}{_AFTER_WORD}{change.position}") for word in terms.words),
    )
    return {
        (key, sort): {SEARCH_INDEX_KEY: {"S": key}, SEARCH_INDEX_SORT: {"S": sort}, _OBJECT: {"S": change.key}}
        for key, sort in keys
    }


def _key(entry: Item) -> Item:
    return {name: entry[name] for name in (SEARCH_INDEX_KEY, SEARCH_INDEX_SORT)}


def _whole(merchant: str, term: str) -> str:
    return f"{merchant}={term}"


def _names(merchant: str) -> str:
    """Return the partition of the words of names. No merchant's name contains either sign."""
    return f"{merchant}~"
