"""The inbox's table, from the settings of this function."""

from functools import cache

from paysandbox.aws import runtime
from paysandbox.aws.settings import InboxTableSettings
from paysandbox.inbox.inbox_table import InboxTable


@cache
def inbox() -> InboxTable:
    """Return the inbox's table."""
    return InboxTable(runtime.dynamodb(), runtime.settings_of(InboxTableSettings).inbox_table)
