"""The table of declared resources' objects. Separate from `runtime`, so that the native API does not load it."""

from functools import cache

from paysandbox.aws import runtime
from paysandbox.aws.schema import STRIPE_OBJECTS
from paysandbox.stripe_api.resource_kit.objects_table import ObjectsTable


@cache
def objects_table() -> ObjectsTable:
    """Return the table of this environment."""
    return ObjectsTable(runtime.dynamodb(), runtime.table_name(STRIPE_OBJECTS))
