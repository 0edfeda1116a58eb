"""Over how many partitions of an index the entries of a list are spread: how many are written, and how many are read.

On AWS, both are INDEX_SHARDS, because a partition takes 1,000 writes a second. A query of each shard is most of what a
list costs, and a sandbox on a laptop has no such limit: its engine tells its functions to write one. A home that was
begun by a version with INDEX_SHARDS everywhere still has entries in all of them, so there all are read.
"""

import os
from collections.abc import Mapping
from typing import Any, Final

from paysandbox.aws.schema import INDEX_SHARDS, Index, shard_key
from paysandbox.core.record import record

WRITTEN_VARIABLE: Final = "PAYSANDBOX_INDEX_SHARDS"
READ_VARIABLE: Final = "PAYSANDBOX_INDEX_SHARDS_READ"
"""Of the local engine and its functions. Never on AWS, where any value but INDEX_SHARDS is an error."""

LOCAL_INDEX_SHARDS: Final = 1
"""How many the functions of the local engine write, and the programs beside them."""

_ENGINE: Final = "AWS_ENDPOINT_URL"


@record
class IndexShards:
    """How many shards new entries are spread over, and how many a list reads: all that have any."""

    written: int
    read: int


ON_AWS: Final = IndexShards(INDEX_SHARDS, INDEX_SHARDS)


def shards_in(variables: Mapping[str, str]) -> IndexShards:
    """Return the numbers that environment variables set.

    Raises ValueError if they are no such numbers, or not INDEX_SHARDS where the local engine does not run.
    """
    if WRITTEN_VARIABLE not in variables and READ_VARIABLE not in variables:
        return ON_AWS
    found = IndexShards(*(int(variables.get(name, INDEX_SHARDS)) for name in (WRITTEN_VARIABLE, READ_VARIABLE)))
    if not 0 < found.written <= found.read <= INDEX_SHARDS:
        raise ValueError(f"{found} is not possible: a list would lack entries")
    if found != ON_AWS and not variables.get(_ENGINE):
        raise ValueError(f"{WRITTEN_VARIABLE} and {READ_VARIABLE} are settings of the local engine. Remove them.")
    return found


def index_shards() -> IndexShards:
    """Return the numbers of this function: those of its environment, and on AWS INDEX_SHARDS.

    Not kept: a worker of the local engine is a fork of a process that has another environment.
    """
    return shards_in(os.environ)


def written_shards(shards: int | None) -> int:
    """Return how many shards new entries are spread over: this many, or for None those of this function.

    A program that is no function has no such environment, so it names a number.
    """
    return index_shards().written if shards is None else shards


def listed_as(item: Mapping[str, Any], expected: Mapping[str, Any], *indexes: Index) -> dict[str, Any]:
    """Return an item as an audit expects it, which was built for INDEX_SHARDS, with the shards that it may have.

    In each of these indexes, an entry may also be in the first shard: the local engine's functions write no other.
    """
    listed = {**expected}
    for name in (index.partition_key for index in indexes):
        if name in expected:
            first = {"S": shard_key(expected[name]["S"].rpartition("#")[0], 0)}
            listed[name] = first if item.get(name) == first else expected[name]
    return listed


index_shards()  # an error when a function starts, not in its first request
