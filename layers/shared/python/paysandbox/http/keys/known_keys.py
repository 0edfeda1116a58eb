"""Authenticate requests to the Stripe-compatible API: look up the key that a request sends."""

import hmac
from collections.abc import Sequence
from functools import cache

from paysandbox.aws.runtime import dynamodb, settings_of
from paysandbox.aws.settings import ApiKeySettings
from paysandbox.http.keys.api_keys import ApiKeys, StoredKey, get_key
from paysandbox.http.keys.credential import credential_of, key_digest
from paysandbox.http.keys.first_seen import accept_at_first_sight, accepts_unknown_keys


@cache
def api_keys() -> ApiKeys:
    """Return the table of key digests."""
    return ApiKeys(dynamodb(), settings_of(ApiKeySettings).api_keys_table)


def known_key(authorization: Sequence[str]) -> tuple[str, StoredKey] | None:
    """Return the key in the values of an Authorization header, and what is stored of it, or None if it is unknown.

    Several values count as none. Takes one read, and none for text that cannot be a key. The lookup is by digest, and
    the two digests are compared in constant time, so that response times reveal nothing about a key's text. The local
    environment accepts a key at first sight if it was issued elsewhere.
    """
    sent = credential_of(authorization[0]) if len(authorization) == 1 else None
    if sent is None:
        return None
    digest = key_digest(sent)
    # API Gateway caches the answer for longer than a second, and takes up to a minute to know a new key itself. Anybody
    # may send keys that do not exist, each of which takes this read.
    stored = get_key(api_keys(), digest, as_of_now=False)
    if stored is None and accepts_unknown_keys():
        stored = accept_at_first_sight(api_keys(), sent, digest)
    return (sent, stored) if stored is not None and hmac.compare_digest(stored.digest, digest) else None


def forget() -> None:
    """Drop the cached client, for tests that change AWS."""
    api_keys.cache_clear()
