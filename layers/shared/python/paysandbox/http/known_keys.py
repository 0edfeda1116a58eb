"""Which key a request of the Stripe-compatible API sends, and whether it is one that is taken."""

import hmac
from collections.abc import Sequence
from functools import cache

from paysandbox.aws.runtime import dynamodb, settings_of
from paysandbox.aws.settings import ApiKeySettings
from paysandbox.http.api_keys import ApiKeys, StoredKey, get_key
from paysandbox.http.credential import credential_of, key_digest


@cache
def api_keys() -> ApiKeys:
    """The digests of all keys that are taken."""
    return ApiKeys(dynamodb(), settings_of(ApiKeySettings).api_keys_table)


def known_key(authorization: Sequence[str]) -> StoredKey | None:
    """The key that these values of the Authorization header send, if it is taken. Several values send none.

    One read; none for what cannot be a key. The table is asked for a digest and answers with one, and the two are
    compared in constant time: however an answer is timed, it tells nothing of a key's text.
    """
    sent = credential_of(authorization[0]) if len(authorization) == 1 else None
    if sent is None:
        return None
    digest = key_digest(sent)
    kept = get_key(api_keys(), digest)
    return kept if kept is not None and hmac.compare_digest(kept.digest, digest) else None


def forget() -> None:
    """Make the client anew: for tests, whose AWS is another one each time."""
    api_keys.cache_clear()
