"""`paysandbox disbursements secrets`: which credentials are accepted. The message never repeats one."""

import json
from collections.abc import Iterator
from typing import Any, Final

import pytest

from cli.disbursements.paypal_parameter import form_fault
from tests.support.clients.program import paysandbox
from tests.support.worlds.deployed_account import Account, deployed

PARAMETER: Final = "/disbursements/PAYPAL_CREDENTIALS"
KEY: Final = "arn:aws:kms:us-east-1:123456789012:key/of-the-environment"

GOOD = {"client_id": "AeA1QIZXiflr1_-r0U2UbWTziOWX1GRQer5jkUq4ZfWT5qwb6qQRPq7jDtv57TL4POEEezGLdutcxnkJ",
        "client_secret": "ECYYrrSHdKfk_Q0EdvzdGkzj58a66kKaUQ5dZAEv4HvvtDId2_DpSuYDB088BZxGuMji7G4OFUnPog6p",
        "webhook_id": "0EH40505U7160970P"}  # fmt: skip


def test_credentials_are_accepted() -> None:
    assert form_fault(GOOD) is None


@pytest.mark.parametrize(
    "name, value",
    [
        *(("client_id", value) for value in ("", "abc", "with a space", "“quoted”", "x" * 300)),
        ("client_secret", "abc"),
        ("webhook_id", "abc"),
    ],
)
def test_other_texts_are_refused_and_not_repeated(name: str, value: str) -> None:
    fault = form_fault({**GOOD, name: value})
    assert fault is not None
    assert name in fault
    assert not value or value not in fault


def test_each_field_is_needed_and_no_other() -> None:
    assert "webhook_id" in str(form_fault({"client_id": GOOD["client_id"], "client_secret": GOOD["client_secret"]}))
    assert "fields are" in str(form_fault({**GOOD, "root_certificate": "-----BEGIN"}))


# --- the commands -----------------------------------------------------------------------------------------------------


@pytest.fixture
def there() -> Iterator[Account]:
    with deployed("dev", outputs={"BaseUrl": "https://api.example.test"}) as account:
        account.deploy_stack("secrets", {"ParameterKey": KEY})
        account.deploy_stack("disbursements", {"PaypalCredentialsParameter": PARAMETER})
        yield account


def stored(account: Account) -> Any:
    found = account.client("ssm").get_parameters(Names=[PARAMETER], WithDecryption=True)["Parameters"]
    return json.loads(found[0]["Value"]) if found else None


@pytest.mark.parametrize("indent", [None, 2])
def test_credentials_are_stored_under_the_environments_own_key(there: Account, indent: int | None) -> None:
    said = paysandbox("disbursements", "secrets", "set", "--env", "dev", piped=json.dumps(GOOD, indent=indent))
    assert said.exit_code == 0, said.stderr
    assert stored(there) == GOOD
    kept = {one["Name"]: one for one in there.client("ssm").describe_parameters()["Parameters"]}
    assert (kept[PARAMETER]["Type"], kept[PARAMETER]["KeyId"]) == ("SecureString", KEY)
    assert not any(value in said.stdout + said.stderr for value in GOOD.values())


def test_new_credentials_replace_the_old_ones(there: Account) -> None:
    for webhook_id in ("WEBHOOK1", "WEBHOOK2"):
        said = paysandbox(
            "disbursements", "secrets", "set", "--env", "dev", piped=json.dumps({**GOOD, "webhook_id": webhook_id})
        )
        assert said.exit_code == 0, said.stderr
    assert stored(there)["webhook_id"] == "WEBHOOK2"


@pytest.mark.parametrize(
    "text", ["", "no JSON", "[]", '{"client_id": 7}', json.dumps({"client_id": GOOD["client_id"]})]
)
def test_other_input_is_refused_and_stores_nothing(there: Account, text: str) -> None:
    said = paysandbox("disbursements", "secrets", "set", "--env", "dev", piped=text)
    assert said.exit_code == 2
    assert GOOD["client_id"] not in said.stdout + said.stderr
    assert stored(there) is None


def test_show_states_whether_credentials_are_set_and_never_their_values(there: Account) -> None:
    missing = paysandbox("disbursements", "secrets", "show", "--env", "dev", "--json")
    assert (missing.exit_code, json.loads(missing.stdout)["set"]) == (1, False)
    paysandbox("disbursements", "secrets", "set", "--env", "dev", piped=json.dumps(GOOD))
    known = paysandbox("disbursements", "secrets", "show", "--env", "dev")
    assert (known.exit_code, known.stdout.strip()) == (0, f"{PARAMETER} is set.")
