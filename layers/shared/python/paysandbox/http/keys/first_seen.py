"""Accept a test key at first sight, in the local environment only: an application runs with the key that it has.

The key's merchant follows from its account, so that all keys of an account open the same merchant. Only the authorizer
of the local environment has the setting, and the rights to write.
"""

from typing import Final

from paysandbox.aws.runtime import settings_of, wall_now
from paysandbox.aws.settings import UnknownKeySettings
from paysandbox.core.merchant import DEFAULT_MERCHANT
from paysandbox.http.keys.api_keys import ApiKeys, StoredKey, count_first_seen, has_own_keys, put_first_seen
from paysandbox.http.keys.credential import (
    is_issued_elsewhere,
    key_id_of,
    kind_of_key,
    masked_key,
    merchant_by_account,
    merchant_named_in,
)

PLAN: Final = "sandbox"
"""The usage plan of such a key. The local engine finds it by the digest."""


def accepts_unknown_keys() -> bool:
    """Whether this environment accepts keys at first sight."""
    try:
        return settings_of(UnknownKeySettings).accept_unknown_keys
    except KeyError:  # the variable of the local environment alone
        return False


def accept_at_first_sight(keys: ApiKeys, text: str, digest: str) -> StoredKey | None:
    """Store a key that is unknown, and return what is stored of it.

    None if the key has the sandbox's own form, was revoked, or is one too many. Also if it begins like a key of one of
    the sandbox's merchants: a part of it must not open another merchant. Of concurrent requests one stores it.
    """
    named = merchant_named_in(text)
    if not is_issued_elsewhere(text) or (named is not None and has_own_keys(keys, named)):
        return None
    key = StoredKey(
        digest=digest,
        merchant=merchant_by_account(text),
        kind=kind_of_key(text),
        key_id=key_id_of(digest),
        created_at=wall_now(),
        masked=masked_key(text),
        plan=PLAN,
        first_seen=True,
    )
    # Counted first: a key that is counted and not stored is stored by the next request.
    if not count_first_seen(keys, key, makes_merchant=key.merchant != DEFAULT_MERCHANT):
        return None
    return put_first_seen(keys, key)
