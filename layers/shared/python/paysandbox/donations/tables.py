"""The donations table from this function's settings."""

from functools import cache

from paysandbox.aws import runtime
from paysandbox.aws.settings import DonationsTableSettings
from paysandbox.donations.table import Donations


@cache
def donations() -> Donations:
    """Return the table of donors, donations and totals."""
    return Donations(runtime.dynamodb(), runtime.settings_of(DonationsTableSettings).dynamo_table_name)
