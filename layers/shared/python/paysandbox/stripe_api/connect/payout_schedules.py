"""The payout schedules of connected accounts, as their `settings.payouts.schedule` has them."""

from paysandbox.core.merchant import is_connected
from paysandbox.settlement.payout_schedule import DAILY, WEEKDAYS, Interval, PayoutSchedule
from paysandbox.stripe_api.connect.accounts import platform_of
from paysandbox.stripe_api.connect.connected_account import ACCOUNT
from paysandbox.stripe_api.ids import account_id
from paysandbox.stripe_api.objects.stored_object import Attributes
from paysandbox.stripe_api.resource_kit.objects_table import get_object
from paysandbox.stripe_api.resource_kit.tables import objects_table


def schedule_of(merchant: str) -> PayoutSchedule:
    """Return the schedule of a merchant as of now: daily, unless it is a connected account that has another. Two reads
    of an account.
    """
    platform = platform_of(merchant) if is_connected(merchant) else None
    stored = get_object(objects_table(), ACCOUNT, platform, account_id(merchant)) if platform else None
    return schedule_in(stored.attributes) if stored else DAILY


def schedule_in(account: Attributes) -> PayoutSchedule:
    """Return the schedule that an account's attributes have."""
    settings: Attributes = account.get("settings") or {}
    payouts: Attributes = settings.get("payouts") or {}
    chosen: Attributes = payouts.get("schedule") or {}
    return PayoutSchedule(
        interval=Interval(chosen.get("interval") or Interval.DAILY),
        weekly_anchor=WEEKDAYS.index(chosen.get("weekly_anchor") or WEEKDAYS[0]),
        monthly_anchor=chosen.get("monthly_anchor") or 1,
    )
