"""The table of donations, as this function was told of it."""

from functools import cache

from paysandbox.aws import runtime
from paysandbox.aws.settings import DonationsTableSettings
from paysandbox.donations.table import Donations


@cache
def donations() -> Donations:
    """Donors, donations and totals."""
    return Donations(runtime.dynamodb(), runtime.settings_of(DonationsTableSettings).dynamo_table_name)
