"""The ways to send a key, the publishable key derived from it, and the stored digest."""

import base64
import hashlib

import pytest

from paysandbox.core.merchant import merchant_of
from paysandbox.http.credential import credential_of, key_digest, publishable_key

KEY = "sk_test_acme_" + "a" * 32
PUBLISHABLE = "pk_test_acme_" + "b" * 32


def basic(user: str, password: str = "") -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.mark.parametrize(
    "authorization, sent",
    [
        (f"Bearer {KEY}", KEY),
        (f"Bearer {PUBLISHABLE}", PUBLISHABLE),
        (f"bearer {KEY}", KEY),  # schemes are case-insensitive (RFC 9110, section 11.1)
        (f"BEARER   {KEY}  ", KEY),
        (basic(KEY), KEY),
        (basic(PUBLISHABLE), PUBLISHABLE),
        (basic(KEY).replace("Basic", "basic"), KEY),
        ("Basic " + base64.b64encode(KEY.encode()).decode(), KEY),  # some clients omit the colon
    ],
)
def test_every_way_to_send_a_key(authorization: str, sent: str) -> None:
    assert credential_of(authorization) == sent


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        " ",
        KEY,
        "Bearer",
        "Bearer ",
        f"Bearer {KEY} {KEY}",
        f"Bearer {KEY},",
        f"Bearer {KEY}é",
        f"Token {KEY}",
        f"Digest {KEY}",
        f"Bearer {basic(KEY)}",
        "Bearer sk_live_acme_" + "a" * 32,
        "Bearer rk_test_acme_" + "a" * 32,
        "Bearer sk_test_" + "a" * 32,
        "Bearer sk_test_Acme_" + "a" * 32,
        "Bearer sk_test_acme_" + "a" * 15,
        "Bearer sk_test_acme_" + "a" * 65,
        basic(KEY, "password"),
        basic("", KEY),
        basic("acme"),
        "Basic",
        "Basic !",
        "Basic " + KEY,
        "Basic /w==",  # not UTF-8
    ],
)
def test_invalid_keys(authorization: str) -> None:
    assert credential_of(authorization) is None


def test_publishable_key_is_derived_from_the_secret_key() -> None:
    made = publishable_key(KEY)
    assert made == publishable_key(KEY) == credential_of(f"Bearer {made}")
    assert made.startswith("pk_test_acme_")
    assert made != publishable_key("sk_test_acme_" + "a" * 31 + "b")
    assert merchant_of(made) is None, "it opens nothing of the native API"


@pytest.mark.parametrize("text", ["", PUBLISHABLE, "sk_test_acme_short", KEY + "\n"])
def test_no_publishable_key_for_other_keys(text: str) -> None:
    with pytest.raises(ValueError, match="no secret key"):
        publishable_key(text)


def test_the_whole_key_is_hashed() -> None:
    assert key_digest(KEY) == hashlib.sha256(KEY.encode()).hexdigest()
    assert key_digest(KEY) != key_digest(publishable_key(KEY))


def test_key_format_is_stable() -> None:
    """They are given to pages and stored nowhere: a change of form would invalidate every one of them."""
    assert publishable_key(KEY) == "pk_test_acme_bdfmpiqlgvmzcgo7aaabwxi2tfeubz23"
