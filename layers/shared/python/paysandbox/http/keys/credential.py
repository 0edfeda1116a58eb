"""API keys of the Stripe-compatible API: how a request sends one, the publishable key, and the stored digest.

There are three forms. The sandbox's own keys contain their merchant (`sk_test_<merchant>_<160 random bits>`). So does
an ephemeral key, and its own ID (`ek_test_<merchant>_<ID><160 bits>`). Every other test key was issued elsewhere: by
Stripe, or invented in somebody's settings. A live key has none of these forms.
"""

import base64
import hashlib
import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from paysandbox.core.ids import BODY_LENGTH, base32
from paysandbox.core.merchant import DEFAULT_MERCHANT, MERCHANT_PATTERN, merchant_of

WRONG_KEY: Final = "wrong_key"
"""In the context of the Stripe-compatible API's authorizer, the key as a refusal shows it (`masked_wrong_key`)."""

_SECRET_LENGTH: Final = 32  # of 5 bits each: 160 bits
OWN_KEY: Final = re.compile(rf"[sp]k_test_{MERCHANT_PATTERN}_[A-Za-z0-9]{{16,64}}")
_NAMES_MERCHANT: Final = re.compile(rf"[spr]k_test_({MERCHANT_PATTERN})_.*")
_TEST_KEY: Final = re.compile(r"[spr]k_test_[A-Za-z0-9_-]{1,247}")
_LIVE_KEY: Final = re.compile(r"[spr]k_live_")
# Stripe's keys contain their account: `51` and 15 characters are the ID `acct_1` and the same 15. The keys of an
# account agree in these. Keys from before 2020 and invented ones name no account.
_WITH_ACCOUNT: Final = re.compile(r"[spr]k_test_5(1[A-Za-z0-9]{15})[A-Za-z0-9]+")
_ACCOUNT_LENGTH: Final = 16  # of 5 bits each
_KEY_ID_LENGTH: Final = 10
_EPHEMERAL: Final = re.compile(rf"ek_test_({MERCHANT_PATTERN})_([a-z2-7]{{{BODY_LENGTH}}})[a-z2-7]{{{_SECRET_LENGTH}}}")
_SHOWN: Final = 4
_SHOWN_FIRST: Final = 8
_LONGEST_KEY: Final = 255
_UNSHOWN: Final = re.compile(r"[^A-Za-z0-9_.-]")
# Of a shorter secret, the last four characters would be a part worth hiding.
_SHOWN_OF_AT_LEAST: Final = 16


class KeyKind(StrEnum):
    """What a key grants: full access to its merchant, or access to one intent together with its client secret, or to
    one customer for an hour.

    A restricted key (`rk_test_…`) is a secret key here: what it was restricted to is known to Stripe alone.
    """

    SECRET = "secret"  # noqa: S105 - the word
    PUBLISHABLE = "publishable"
    EPHEMERAL = "ephemeral"


def credential_of(authorization: str) -> str | None:
    """Return the key in an Authorization header: a bearer token, or the user name of Basic (RFC 7617).

    None for anything that cannot be a key: another scheme or format, or a password next to the user name.
    """
    scheme, _, sent = authorization.strip().partition(" ")
    sent = sent.strip()
    if scheme.lower() == "basic":
        sent, _, password = _decoded(sent).partition(":")
        if password:
            return None
    elif scheme.lower() != "bearer":
        return None
    return sent if is_key(sent) or ephemeral_key_named(sent) else None


def sent_as_key(authorization: Sequence[str]) -> str:
    """Return what Authorization headers send as a key, whether it is one or not, or "" if they send nothing.

    Of several headers the first that sends one counts: a bearer token, or the user name or password of Basic.
    """
    return next((sent for sent in map(_sent, authorization) if sent), "")


def masked_wrong_key(text: str) -> str:
    """Return a key that is none as an error shows it: with a star for each character but the first eight and last four.

    Stripe masks so: `sk_test_*ummy`, `your_str**********_key`, and of a short text only the last four are left:
    `*****ined` (public logs of `Invalid API Key provided`; spectrum#2716). Ours: what is no letter, digit, `_`, `-` or
    `.` is a star too, since API Gateway fills the text into JSON as it is; so are the first eight of a number, which
    may be a card's; and there are no more stars than the longest key has characters.
    """
    plain = _UNSHOWN.sub("*", text)
    ending = plain[-_SHOWN:] if len(plain) > _SHOWN else ""
    beginning = plain[:_SHOWN_FIRST] if len(plain) > _SHOWN_FIRST + _SHOWN else ""
    if beginning.isdigit():
        beginning = ""
    stars = min(len(plain), _LONGEST_KEY) - len(beginning) - len(ending)
    return f"{beginning}{'*' * stars}{ending}"


def is_key(text: str) -> bool:
    """Whether text has the form of a test key: one of the sandbox's own, or one that was issued elsewhere."""
    return _TEST_KEY.fullmatch(text) is not None


def ephemeral_key(merchant: str, body: str, secret: str) -> str:
    """Build an ephemeral key, of the body of its ID and its secret part."""
    return f"ek_test_{merchant}_{body}{secret}"


def ephemeral_key_named(text: str) -> tuple[str, str] | None:
    """Return the merchant and the body of the ID that an ephemeral key names, or None for any other text."""
    named = _EPHEMERAL.fullmatch(text)
    return (named[1], named[2]) if named else None


def is_live_key(text: str) -> bool:
    """Whether text begins as Stripe's live keys do. No such key is accepted, looked up or stored."""
    return _LIVE_KEY.match(text) is not None


def merchant_named_in(key: str) -> str | None:
    """Return the merchant that a key names, if it begins like one of the sandbox's own, or None.

    Such a key may be a part of the merchant's key, or one that was issued elsewhere and happens to begin so.
    """
    named = _NAMES_MERCHANT.fullmatch(key)
    return named[1] if named else None


def is_issued_elsewhere(key: str) -> bool:
    """Whether a key was issued elsewhere. One of the sandbox's own form never was, even if it is unknown or revoked."""
    return is_key(key) and OWN_KEY.fullmatch(key) is None


def kind_of_key(key: str) -> KeyKind:
    """Return what a key grants, by its first letter."""
    return KeyKind.PUBLISHABLE if key.startswith("p") else KeyKind.SECRET


def merchant_by_account(key: str) -> str:
    """Return the merchant of a key that was issued elsewhere: its account's (`acct-…`), or DEFAULT_MERCHANT.

    A digest, so that the merchant's name shows nothing of a key.
    """
    account = _WITH_ACCOUNT.fullmatch(key)
    if account is None:
        return DEFAULT_MERCHANT
    return f"acct-{base32(hashlib.sha256(f'account {account[1]}'.encode()).digest(), _ACCOUNT_LENGTH)}"


def masked_key(key: str) -> str:
    """Return the only part of a key that is shown: `sk_test_…` and, of a long one, its last four characters."""
    kind, _, secret = key.partition("_test_")
    return f"{kind}_test_…{secret[-_SHOWN:] if len(secret) >= _SHOWN_OF_AT_LEAST else ''}"


def publishable_key(api_key: str) -> str:
    """Return the publishable key that belongs to a secret one: `pk_test_<merchant>_<its own secret>`.

    Raises ValueError for text that is no secret key. The publishable key is derived from the secret key, so it need not
    be stored to be displayed or revoked. It cannot be reversed: finding the secret key means guessing its 160 bits.
    """
    merchant = merchant_of(api_key)
    if merchant is None:
        raise ValueError("no secret key")
    digest = hashlib.sha256(f"publishable key of {api_key}".encode()).digest()
    return f"pk_test_{merchant}_{base32(digest, _SECRET_LENGTH)}"


def key_digest(key: str) -> str:
    """Return the digest that is stored instead of a key: SHA-256 of the whole key, in hexadecimal.

    A slow hash would add nothing here. It protects secrets that people choose by making each guess expensive. A key has
    160 random bits, which cannot be guessed at any cost, and a slow hash would delay every request.
    """
    return hashlib.sha256(key.encode()).hexdigest()


def key_id_of(digest: str) -> str:
    """Return the ID of a key that was issued elsewhere: the beginning of its digest."""
    return digest[:_KEY_ID_LENGTH]


def _sent(authorization: str) -> str:
    scheme, _, sent = authorization.strip().partition(" ")
    sent = sent.strip()
    if scheme.lower() == "basic":
        user, _, password = _decoded(sent).partition(":")
        return user or password
    return sent if scheme.lower() == "bearer" else ""


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode()
    except ValueError:  # not Base64, or not UTF-8
        return ""
