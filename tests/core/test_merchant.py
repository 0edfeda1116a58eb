"""API keys: the text names the merchant, and has one valid form."""

import pytest
from hypothesis import given, strategies as st

from paysandbox.core.merchant import (
    MERCHANT_PATTERN,
    api_key,
    dashboard_key,
    is_dashboard_key,
    is_merchant,
    may_have_keys,
    merchant_of,
)
from tests.support.builders.build import SECRET


@pytest.mark.parametrize(
    "name, ok",
    [
        ("demo", True),
        ("a1", True),
        ("a", False),
        ("m" * 32, True),
        ("m" * 33, False),
        ("acme-corp-2", True),
        ("Acme", False),
        ("acme_corp", False),  # the underscore ends the name within a key
        ("acme corp", False),
        ("acm\u00e9", False),
        ("demo\n", False),
        ("", False),
    ],
)
def test_merchant_names(name: str, ok: bool) -> None:
    assert is_merchant(name) is ok


def test_a_connected_account_is_a_merchant_without_keys() -> None:
    merchants = ("connected-abcdefghijklmnop", "connected", "demo", "Demo")
    assert [may_have_keys(name) for name in merchants] == [False, True, True, False]
    assert is_merchant(merchants[0])


@pytest.mark.parametrize(
    "key, merchant",
    [
        (f"sk_test_demo_{SECRET}", "demo"),
        (f"sk_test_acme-corp_{SECRET}", "acme-corp"),
        ("sk_test_demo_" + "a" * 16, "demo"),
        ("sk_test_demo_" + "a" * 15, None),
        ("sk_test_demo_" + "a" * 64, "demo"),
        ("sk_test_demo_" + "a" * 65, None),
        (f"sk_test_{'m' * 32}_{SECRET}", "m" * 32),
        (f"sk_test_{'m' * 33}_{SECRET}", None),
        (f"sk_test_--_{SECRET}", "--"),
        ("sk_test_demo_0123456789abcdefABCDEF", "demo"),
        (f"sk_live_demo_{SECRET}", None),  # possibly a real key: neither repeated nor accepted
        (f"sk_test_Demo_{SECRET}", None),
        (f"sk_test_d_{SECRET}", None),
        (f"sk_test__{SECRET}", None),
        (f"sk_test_{SECRET}", None),
        (f"sk_test_de_mo_{SECRET}", None),
        (f"sk_test_demo#1_{SECRET}", None),
        (f"sk_test_d\u00e9mo_{SECRET}", None),
        (f"SK_TEST_DEMO_{SECRET}", None),
        (f"pk_test_demo_{SECRET}", None),
        (f" sk_test_demo_{SECRET}", None),
        (f"sk_test_demo_{SECRET}\n", None),
        ("sk_test_demo_" + "\uff41" * 16, None),
        ("demo", None),
        ("", None),
    ],
)
def test_the_merchant_of_a_key(key: str, merchant: str | None) -> None:
    assert merchant_of(key) == merchant


@pytest.mark.full
@given(
    merchant=st.from_regex(MERCHANT_PATTERN, fullmatch=True), secret=st.from_regex("[A-Za-z0-9]{16,64}", fullmatch=True)
)
def test_keys_name_their_merchant(merchant: str, secret: str) -> None:
    assert merchant_of(api_key(merchant, secret)) == merchant


@pytest.mark.parametrize(
    "key, is_one",
    [
        (dashboard_key("demo", "a" * 32), True),
        (dashboard_key("acme-corp", "z7" * 16), True),
        (f"sk_test_demo_dashboard{'a' * 23}", False),  # an ordinary key whose random text begins like that
        (f"sk_test_demo_dashboard{'a' * 33}", False),
        (f"sk_test_demo_dashboard{'A' * 32}", False),
        (f"pk_test_demo_dashboard{'a' * 32}", False),
        (f"sk_live_demo_dashboard{'a' * 32}", False),
        (f"sk_test_demo_dashboard{'a' * 32}\n", False),
        (f"sk_test_demo_{SECRET}", False),
        ("", False),
    ],
)
def test_the_dashboards_keys(key: str, is_one: bool) -> None:
    assert is_dashboard_key(key) is is_one


def test_a_dashboard_key_is_a_key_of_its_merchant() -> None:
    assert merchant_of(dashboard_key("acme", "a" * 32)) == "acme"
