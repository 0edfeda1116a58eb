"""The ways to send a key, the publishable key derived from it, and the stored digest."""

import base64
import hashlib
import re

import pytest

from paysandbox.core.merchant import is_merchant, merchant_of
from paysandbox.http.keys.credential import (
    KeyKind,
    credential_of,
    is_issued_elsewhere,
    is_live_key,
    key_digest,
    kind_of_key,
    masked_key,
    masked_wrong_key,
    merchant_by_account,
    publishable_key,
    sent_as_key,
)

KEY = "sk_test_acme_" + "a" * 32
PUBLISHABLE = "pk_test_acme_" + "b" * 32
ACCOUNT = "HxAbCdEfGhIjKlM"  # of acct_1HxAbCdEfGhIjKlM


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
        "Bearer rk_live_51" + "a" * 97,
        "Bearer pk_live_51" + "a" * 97,
        "Bearer ak_test_" + "a" * 32,
        "Bearer sk_test_",
        "Bearer sk_test_" + "a" * 248,
        f"Bearer sk_test_51{ACCOUNT}.x",
        "Bearer sk_prod_" + "a" * 32,
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


def of_account(kind: str, account: str = ACCOUNT, rest: str = "z" * 82) -> str:
    """Return a key as Stripe makes it: `51`, 15 characters of its account's ID, and random ones."""
    return f"{kind}_test_51{account}{rest}"


@pytest.mark.parametrize(
    "key, elsewhere",
    [
        (of_account("sk"), True),
        (of_account("pk"), True),
        (of_account("rk"), True),
        ("sk_test_" + "a" * 24, True),  # as Stripe made them before 2020
        ("sk_test_123", True),
        ("sk_test_dummy-key", True),
        ("rk_test_acme_" + "a" * 32, True),  # the sandbox makes no restricted keys
        ("sk_test_Acme_" + "a" * 32, True),  # no merchant has such a name
        (KEY, False),
        (PUBLISHABLE, False),
        ("sk_live_51" + "a" * 97, False),
        ("whsec_" + "a" * 32, False),
        ("", False),
    ],
)
def test_keys_issued_elsewhere(key: str, elsewhere: bool) -> None:
    """One of the sandbox's own form never was: it would come back after its revocation, as another merchant's."""
    assert is_issued_elsewhere(key) is elsewhere
    if elsewhere:
        assert credential_of(f"Bearer {key}") == credential_of(basic(key)) == key
        assert merchant_of(key) is None, "it opens nothing of the native API"


def test_the_keys_of_an_account_are_of_one_merchant_and_others_of_demo() -> None:
    merchant = merchant_by_account(of_account("sk"))
    assert re.fullmatch(r"acct-[a-z2-7]{16}", merchant)
    assert is_merchant(merchant)
    for kind in ("sk", "pk", "rk"):
        assert merchant_by_account(of_account(kind, rest="aB3")) == merchant
    # Letters count in both cases, as in Stripe's IDs.
    accounts = (ACCOUNT, ACCOUNT.lower(), "x" * 15)
    assert len({merchant_by_account(of_account("sk", account)) for account in accounts}) == 3
    for rest in ("123", "a" * 24, "52" + "a" * 97, "51short", f"51{ACCOUNT}", "51" + "_" * 40):
        assert merchant_by_account(f"sk_test_{rest}") == "demo"


def test_the_merchant_of_an_account_never_changes() -> None:
    """It is stored with every payment."""
    assert merchant_by_account(of_account("sk")) == "acct-lb37y5ounldvh5m5"


@pytest.mark.parametrize("key, kind", [("sk_test_1", "secret"), ("rk_test_1", "secret"), ("pk_test_1", "publishable")])
def test_the_prefix_of_a_key_determines_its_rights(key: str, kind: str) -> None:
    assert kind_of_key(key) is KeyKind(kind)


@pytest.mark.parametrize(
    "key, shown",
    [
        (of_account("sk", rest="z" * 78 + "wxyz"), "sk_test_…wxyz"),
        ("pk_test_" + "a" * 12 + "wxyz", "pk_test_…wxyz"),
        ("rk_test_123", "rk_test_…"),  # its last four characters would be the key
    ],
)
def test_displayed_form_of_a_key(key: str, shown: str) -> None:
    assert masked_key(key) == shown


@pytest.mark.parametrize("key", ["sk_live_x", "rk_live_51" + "a" * 97, "pk_live_x"])
def test_live_keys_are_recognized(key: str) -> None:
    assert is_live_key(key)
    assert not is_live_key(key.replace("live", "test"))


@pytest.mark.parametrize(
    "key, shown",
    [
        # As Stripe's own answers in public logs
        ("sk_test_dummy", "sk_test_*ummy"),
        ("sk_test_abc123", "sk_test_**c123"),
        ("your_stripe_secret_key", "your_str**********_key"),
        ("your-stripe-key", "your-str***-key"),
        ("undefined", "*****ined"),
        # Ours
        ("", ""),
        ("null", "****"),
        ("x", "*"),
        ("sk_test_fake", "********fake"),
        ('"sk_test_dummy"', "*sk_test***mmy*"),
        ("sk_test_$context.requestId\\", "sk_test_***************tId*"),
        ("4242424242424242", "************4242"),
        ("sk_live_" + "a" * 99, "sk_live_" + "*" * 95 + "aaaa"),
        ("sk_test_" + "a" * 5_000, "sk_test_" + "*" * 243 + "aaaa"),
    ],
)
def test_a_wrong_key_is_masked_as_stripe_masks_it(key: str, shown: str) -> None:
    assert masked_wrong_key(key) == shown


@pytest.mark.parametrize(
    "authorization, sent",
    [
        ((), ""),
        (("", "Basic Og==", "Bearer"), ""),
        (("Bearer  undefined ",), "undefined"),
        ((basic("x"),), "x"),
        ((basic("", "y"),), "y"),
        ((f"Token {KEY}", f"Bearer {KEY}", "Bearer z"), KEY),
    ],
)
def test_what_is_sent_as_a_key(authorization: tuple[str, ...], sent: str) -> None:
    assert sent_as_key(authorization) == sent
