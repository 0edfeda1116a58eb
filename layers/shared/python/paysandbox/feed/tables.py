"""The feed's table, from the settings of this function."""

from functools import cache

from paysandbox.aws import runtime
from paysandbox.aws.settings import FeedSettings
from paysandbox.feed.feed_table import FeedTable


@cache
def feed() -> FeedTable:
    """Return the feed's table."""
    return FeedTable(runtime.dynamodb(), runtime.settings_of(FeedSettings).feed_table)
