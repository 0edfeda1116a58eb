"""Connected accounts as merchants: which of them a platform's key may act for, and which platform one has."""

from paysandbox.stripe_api.connect.connected_account import ACCOUNT, PLATFORM
from paysandbox.stripe_api.errors import no_access
from paysandbox.stripe_api.ids import account_id, merchant_of_account
from paysandbox.stripe_api.objects.stored_object import StoredObject
from paysandbox.stripe_api.resource_kit.objects_table import get_object
from paysandbox.stripe_api.resource_kit.tables import objects_table


def find_account(platform: str, account: str) -> StoredObject:
    """Return a connected account of a platform. One consistent read.

    Raises Refused(forbidden), whether it is another platform's, deleted, or no account at all.
    """
    stored = get_object(objects_table(), ACCOUNT, platform, account) if merchant_of_account(account) else None
    if stored is None or stored.deleted:
        raise no_access(account)
    return stored


def platform_of(merchant: str) -> str | None:
    """Return the platform of a connected account's merchant, or None if no account has that merchant. One read."""
    stored = get_object(objects_table(), PLATFORM, merchant, account_id(merchant))
    return stored.attributes[PLATFORM] if stored else None
