"""The table of customers that this function's settings name. Apart from the store, because the CLI has no settings."""

from functools import cache

from paysandbox.aws import runtime
from paysandbox.aws.settings import CustomersTableSettings
from paysandbox.customers.customers_table import CustomersTable


@cache
def customers() -> CustomersTable:
    """Return the table of customers."""
    return CustomersTable(runtime.dynamodb(), runtime.settings_of(CustomersTableSettings).customers_table)
