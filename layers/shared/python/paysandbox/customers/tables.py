"""The table of customers that this function is granted. Apart from the store, because the CLI has no grants."""

from functools import cache

from paysandbox.aws import runtime
from paysandbox.aws.schema import CUSTOMERS
from paysandbox.customers.customers_table import CustomersTable


@cache
def customers() -> CustomersTable:
    """Return the table of customers."""
    return CustomersTable(runtime.dynamodb(), runtime.table_name(CUSTOMERS))
