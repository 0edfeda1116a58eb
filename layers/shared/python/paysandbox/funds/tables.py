"""The table of funds that this function's settings name. Apart from the store, because the CLI has no settings."""

from functools import cache

from paysandbox.aws import runtime
from paysandbox.aws.settings import FundsTableSettings
from paysandbox.funds.store import FundsTable


@cache
def funds() -> FundsTable:
    """Return the table of merchants' funds."""
    return FundsTable(runtime.dynamodb(), runtime.settings_of(FundsTableSettings).funds_table)
