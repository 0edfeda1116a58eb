"""`paysandbox donations secrets`: a value of the right format is stored in its parameter and never shown."""

import json
from collections.abc import Iterator

import pytest

from tests.support.clients.program import paysandbox
from tests.support.worlds.donation_account import (
    KEY,
    KEY_PARAMETER,
    PUBLISHABLE_PARAMETER,
    WEBHOOK_PARAMETER,
    DonationAccount,
    donation_account,
)

TEST_KEY = "sk_test_51HxAbCdEfGhIjKlMn"
LIVE_KEY = "sk_live_51HxAbCdEfGhIjKlMn"
SECRET = "whsec_AbCdEfGhIjKlMnOpQrStUv"
PUBLISHABLE = "pk_test_51HxAbCdEfGhIjKlMn"


@pytest.fixture
def there() -> Iterator[DonationAccount]:
    with donation_account() as account:
        yield account


def set_to(name: str, text: str, *words: str):
    return paysandbox("donations", "secrets", "set", name, "--env", "dev", *words, piped=text)


@pytest.mark.full
@pytest.mark.parametrize("name, text, parameter, words", [
    ("STRIPE_SECRET_KEY", TEST_KEY, KEY_PARAMETER, []),
    ("STRIPE_SECRET_KEY", f"  {TEST_KEY}\n", KEY_PARAMETER, []),
    ("STRIPE_SECRET_KEY", TEST_KEY.replace("sk_", "rk_"), KEY_PARAMETER, []),
    ("STRIPE_SECRET_KEY", "sk_test_donate-now_" + "a" * 32, KEY_PARAMETER, []),
    ("STRIPE_SECRET_KEY", LIVE_KEY, KEY_PARAMETER, ["--live"]),
    ("STRIPE_WEBHOOK_SECRET", SECRET, WEBHOOK_PARAMETER, []),
    ("STRIPE_WEBHOOK_SECRET", "whsec_c2VjcmV0+/c2VjcmV0==", WEBHOOK_PARAMETER, []),
])  # fmt: skip
def test_credentials_are_stored_under_the_environments_key(
    there: DonationAccount, name: str, text: str, parameter: str, words: list[str]
) -> None:
    said = set_to(name, text, *words)

    assert said.exit_code == 0, said.stderr
    assert there.parameters() == {parameter: text.strip()}
    assert text.strip() not in said.stdout + said.stderr
    ssm = there.account.client("ssm")
    kept = {one["Name"]: one for one in ssm.describe_parameters()["Parameters"]}
    assert (kept[parameter]["Type"], kept[parameter]["KeyId"]) == ("SecureString", KEY)


def test_a_publishable_key_is_a_text_for_everybody(there: DonationAccount) -> None:
    """Its reader, a function of public routes, has no right to a KMS key."""
    assert set_to("STRIPE_PUBLISHABLE_KEY", PUBLISHABLE).exit_code == 0
    assert there.parameters() == {PUBLISHABLE_PARAMETER: PUBLISHABLE}
    kept = {one["Name"]: one for one in there.account.client("ssm").describe_parameters()["Parameters"]}
    assert (kept[PUBLISHABLE_PARAMETER]["Type"], kept[PUBLISHABLE_PARAMETER].get("KeyId")) == ("String", None)


@pytest.mark.full
@pytest.mark.parametrize("name, text, told", [
    ("STRIPE_SECRET_KEY", "", "The first line of standard input is empty"),
    ("STRIPE_SECRET_KEY", SECRET, "begins with sk_test_"),
    ("STRIPE_SECRET_KEY", f"{TEST_KEY} {TEST_KEY}", "begins with sk_test_"),
    ("STRIPE_SECRET_KEY", f"“{TEST_KEY}”", "begins with sk_test_"),
    ("STRIPE_SECRET_KEY", "pk_test_51HxAbCdEfGhIjKlMn", "publishable"),
    ("STRIPE_SECRET_KEY", LIVE_KEY, "use --live"),
    ("STRIPE_WEBHOOK_SECRET", TEST_KEY, "begins with whsec_"),
    ("STRIPE_PUBLISHABLE_KEY", TEST_KEY, "begins with pk_test_"),
    ("STRIPE_PUBLISHABLE_KEY", PUBLISHABLE.replace("_test_", "_live_"), "--live"),
    ("STRIPE_WEBHOOK_SECRET", "we_1AbCdEfGhIjKlMnOp", "begins with whsec_"),
])  # fmt: skip
def test_malformed_credentials_are_refused_and_not_printed(there: DonationAccount, name, text, told) -> None:
    said = set_to(name, text)

    assert said.exit_code == 2
    assert told in said.words
    assert text == "" or text not in said.stdout + said.stderr
    assert there.parameters() == {}


def test_a_new_key_replaces_the_old_one(there: DonationAccount) -> None:
    for text in (TEST_KEY, TEST_KEY + "2"):
        set_to("STRIPE_SECRET_KEY", text)
    assert there.parameters() == {KEY_PARAMETER: TEST_KEY + "2"}


def test_no_word_of_the_command_line_is_a_value(there: DonationAccount) -> None:
    said = paysandbox("donations", "secrets", "set", "STRIPE_SECRET_KEY", TEST_KEY, "--env", "dev")
    assert (said.exit_code, there.parameters()) == (2, {})


def test_the_list_states_which_credentials_are_set_and_shows_none(there: DonationAccount) -> None:
    def listed() -> tuple[int, set[str]]:
        said = paysandbox("donations", "secrets", "list", "--env", "dev", "--json")
        assert TEST_KEY not in said.stdout
        return said.exit_code, {row["secret"] for row in json.loads(said.stdout)["data"] if row["set"]}

    set_to("STRIPE_SECRET_KEY", TEST_KEY)
    assert listed() == (1, {"STRIPE_SECRET_KEY"})
    set_to("STRIPE_WEBHOOK_SECRET", SECRET)
    assert listed() == (0, {"STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"}), "the page for donors is optional"
    set_to("STRIPE_PUBLISHABLE_KEY", PUBLISHABLE)
    assert listed() == (0, {"STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET", "STRIPE_PUBLISHABLE_KEY"})
