"""The access token of PayPal's API: fetched once for many workers, and shared through an item of a table.

The item is sealed (AES-GCM) with a key that is derived from the client secret, so that reading the table does not give
access to the account. A worker that takes the lease fetches the next token; the others wait for it. If that worker is
killed, its lease ends.
"""

import base64
import hashlib
import threading
import time
from dataclasses import field
from functools import cache
from typing import Final
from urllib.parse import urlencode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from paysandbox.aws import backoff, runtime
from paysandbox.aws.settings import PaypalSettings
from paysandbox.core.record import record, replace
from paysandbox.disbursements.paypal.credentials import Credentials
from paysandbox.disbursements.paypal.messages import TOKEN_PATH
from paysandbox.disbursements.paypal.token_items import SharedToken, find_token, replace_token
from paysandbox.disbursements.store.disbursements_table import DisbursementsTable
from paysandbox.http import outbound
from paysandbox.http.outbound import NoAnswerError

MARGIN_S: Final = 120
"""A token is not used in the last two minutes of its life."""

LEASE_S: Final = 15
"""Longer than a request for a token can take."""

PATIENCE_S: Final = 2 * LEASE_S

FAILED_FOR_S: Final = 5
"""After PayPal gave no token, this process does not ask for one for so long: its other threads wait for the same one,
and one after the other they would use up the function's time."""

_NONCE_BYTES: Final = 12


class TokenRefusedError(Exception):
    """PayPal refused the credentials."""


@record
class AccessToken:
    """A token, and until when it is used (seconds since 1970, UTC)."""

    text: str = field(repr=False)
    expires_at: int


class _Cache:
    """The token of this process, by the credentials' ID."""

    lock: Final = threading.Lock()
    tokens: Final[dict[str, AccessToken]] = {}
    failed_until: Final[dict[str, float]] = {}


def forget() -> None:
    """Forget the token of this process, and that there was none."""
    _Cache.tokens.clear()
    _Cache.failed_until.clear()


def access_token(table: DisbursementsTable, credentials: Credentials, *, refused: str | None = None) -> str:
    """Return an access token. `refused` is one that PayPal did not accept, and that is not returned again.

    Raises TokenRefusedError if PayPal refuses the credentials, and NoAnswerError if it does not answer.
    """
    name = _name(credentials)
    with _Cache.lock:
        known = _Cache.tokens.get(name)
        if known is None or not _is_usable(known, refused):
            if time.monotonic() < _Cache.failed_until.get(name, 0):
                raise NoAnswerError("token_not_fetched")
            try:
                known = _Cache.tokens[name] = _shared(table, credentials, name, refused)
            except NoAnswerError:
                _Cache.failed_until[name] = time.monotonic() + FAILED_FOR_S
                raise
        return known.text


def _shared(table: DisbursementsTable, credentials: Credentials, name: str, refused: str | None) -> AccessToken:
    """Return the shared token if it is usable. Otherwise fetch one, or wait for the worker that does."""
    until, tries = time.monotonic() + PATIENCE_S, 0
    while True:
        found = find_token(table, name)
        token = _opened(found, credentials, name)
        if token is not None and _is_usable(token, refused):
            return token
        now = _now()
        if found.leased_until <= now:
            leased = replace(found, leased_until=now + LEASE_S)
            if replace_token(table, name, found, leased):
                return _fetch_shared(table, credentials, name, replace(leased, number=found.number + 1))
        elif time.monotonic() > until:
            raise NoAnswerError("token_not_fetched")
        tries += 1
        backoff.wait(min(tries, 3))


def _fetch_shared(table: DisbursementsTable, credentials: Credentials, name: str, leased: SharedToken) -> AccessToken:
    try:
        token = _fetch(credentials)
    except Exception:
        # The next worker may try at once. If this is not written, it waits for the lease's end.
        replace_token(table, name, leased, replace(leased, leased_until=0))
        raise
    sealed = _sealed(token.text, credentials, name)
    replace_token(table, name, leased, SharedToken(sealed=sealed, expires_at=token.expires_at))
    return token


def _fetch(credentials: Credentials) -> AccessToken:
    basic = base64.b64encode(f"{credentials.client_id}:{credentials.client_secret}".encode()).decode()
    requested_at = _now()
    answer = outbound.request(
        "POST",
        runtime.settings_of(PaypalSettings).paypal_api_base + TOKEN_PATH,
        headers={"Authorization": f"Basic {basic}", "Content-Type": "application/x-www-form-urlencoded"},
        body=urlencode({"grant_type": "client_credentials"}).encode(),
    )
    if answer.status in (400, 401, 403):
        raise TokenRefusedError
    body = answer.body or {}
    text, lasts_s = body.get("access_token"), body.get("expires_in")
    if answer.status != 200 or not isinstance(text, str) or not text or type(lasts_s) is not int:
        raise NoAnswerError(f"token_not_given ({answer.status})")
    return AccessToken(text, requested_at + max(lasts_s, 0))


def _is_usable(token: AccessToken, refused: str | None) -> bool:
    return token.text != refused and _now() < token.expires_at - MARGIN_S


def _opened(found: SharedToken, credentials: Credentials, name: str) -> AccessToken | None:
    """Return the token in an item, or None if there is none, or if it was sealed under another client secret."""
    if not found.sealed:
        return None
    nonce, content = found.sealed[:_NONCE_BYTES], found.sealed[_NONCE_BYTES:]
    try:
        text = AESGCM(_key(credentials.client_secret)).decrypt(nonce, content, name.encode())
    except (InvalidTag, ValueError):
        return None
    return AccessToken(text.decode(), found.expires_at)


def _sealed(text: str, credentials: Credentials, name: str) -> bytes:
    nonce = runtime.random_nonce()
    return nonce + AESGCM(_key(credentials.client_secret)).encrypt(nonce, text.encode(), name.encode())


@cache
def _key(client_secret: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"paysandbox paypal access token").derive(
        client_secret.encode()
    )


def _name(credentials: Credentials) -> str:
    """Return the name under which the token of an account is shared: of its ID and the API, without showing either."""
    base = runtime.settings_of(PaypalSettings).paypal_api_base
    return "paypal-" + hashlib.sha256(f"{base}\n{credentials.client_id}".encode()).hexdigest()[:32]


def _now() -> int:
    return int(runtime.wall_now().timestamp())
