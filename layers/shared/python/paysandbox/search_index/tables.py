"""The search index and the reference keys that this function's settings name."""

from functools import cache

from paysandbox.aws import runtime
from paysandbox.aws.schema import SEARCH_INDEX
from paysandbox.aws.settings import ReferenceSettings
from paysandbox.search_index.index_table import SearchIndex
from paysandbox.search_index.terms import read_reference_keys


@cache
def search_index() -> SearchIndex:
    """Return the search index."""
    return SearchIndex(runtime.dynamodb(), runtime.table_name(SEARCH_INDEX))


@cache
def reference_keys() -> tuple[str, ...]:
    """Return the keys of metadata whose value is an order's reference."""
    return read_reference_keys(runtime.settings_of(ReferenceSettings).reference_keys)
