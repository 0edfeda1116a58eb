"""`paysandbox donations sign-up` and `sign-in`: created, signed in, and nothing left behind by a failure."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ReadTimeoutError

from cli.donations.donor_pool import DEMO_EMAIL, DonorPool, fresh_password
from cli.donations.donors import VARIABLE
from tests.support.clients.program import paysandbox
from tests.support.worlds.donation_account import ADDRESS, DonationAccount, donation_account

GOOD = "Correct-horse-9-battery"
CALL = "_make_api_call"  # botocore's method that sends a call


@pytest.fixture
def there() -> Iterator[DonationAccount]:
    with donation_account(with_pool=True) as account:
        yield account


def run(*words: str, piped: str = ""):
    return paysandbox("donations", *words, "--env", "dev", piped=piped)


def users(there: DonationAccount) -> list[dict[str, Any]]:
    return there.account.client("cognito-idp").list_users(UserPoolId=there.pool_id)["Users"]


def claims(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    return json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def test_a_new_donor_signs_in_with_the_generated_password(there: DonationAccount, monkeypatch) -> None:
    made = json.loads(run("sign-up", "--email", "Jo@Example.com", "--name", "Jo", "--json").stdout)
    assert made.keys() == {"email", "name", "user_id", "password"}
    assert made["email"] == ADDRESS
    [user] = users(there)
    attributes = {one["Name"]: one["Value"] for one in user["Attributes"]}
    assert (attributes["email"], attributes["email_verified"], attributes["name"]) == (ADDRESS, "true", "Jo")
    assert user["UserStatus"] == "CONFIRMED"

    monkeypatch.setenv(VARIABLE, made["password"])
    token = run("sign-in", "--email", ADDRESS).stdout.strip()
    assert (claims(token)["token_use"], claims(token)["aud"], claims(token)["email"]) == (
        "id",
        there.client_id,
        ADDRESS,
    )


def test_a_given_password_is_not_printed(there: DonationAccount) -> None:
    given = ["--password-file", "-"]
    said = run("sign-up", "--email", ADDRESS, *given, "--json", piped=GOOD)
    assert (said.exit_code, json.loads(said.stdout).keys()) == (0, {"email", "name", "user_id"})
    assert GOOD not in run("sign-up", "--email", "b@example.com", *given, piped=GOOD).stderr
    assert run("sign-in", "--email", ADDRESS, *given, piped=GOOD).exit_code == 0


@pytest.mark.full
@pytest.mark.parametrize("words, code, told", [
    (["sign-up"], 2, "An email address is required outside the local sandbox"),
    (["sign-up", "--email", "nobody"], 2, "is not an email address"),
    (["sign-in"], 2, "the demo donor exists only in the local sandbox"),
    (["sign-in", "--email", ADDRESS], 1, f"Set {VARIABLE}"),
    (["sign-in", "--email", ADDRESS, "--password-file", "-"], 1, "Sign-in failed for jo@example.com"),
])  # fmt: skip
def test_missing_options_are_named(there: DonationAccount, words: list[str], code: int, told: str) -> None:
    said = run(*words, piped=GOOD)
    assert (said.exit_code, said.stdout) == (code, "")
    assert told in said.words


def test_an_address_belongs_to_one_donor(there: DonationAccount) -> None:
    run("sign-up", "--email", ADDRESS)
    said = run("sign-up", "--email", ADDRESS.upper())
    assert (said.exit_code, "already exists in dev" in said.stderr, len(users(there))) == (1, True, 1)


@pytest.mark.full
@pytest.mark.parametrize("stopped_by", [ReadTimeoutError(endpoint_url="https://example.test"), KeyboardInterrupt()])
def test_an_incomplete_donor_is_removed(there: DonationAccount, monkeypatch, stopped_by) -> None:
    call = getattr(BaseClient, CALL)

    def fail(client: Any, operation: str, parameters: Any) -> Any:
        if operation == "AdminSetUserPassword":
            raise stopped_by
        return call(client, operation, parameters)

    monkeypatch.setattr(BaseClient, CALL, fail)
    with pytest.raises(type(stopped_by)):
        DonorPool.of(there.target).create(ADDRESS, "Jo")
    monkeypatch.undo()
    assert users(there) == []


def test_demo_donor_is_created_once_and_can_sign_in(there: DonationAccount) -> None:
    pool = DonorPool.of(there.target)
    for _ in range(2):
        assert claims(pool.demo_token())["email"] == DEMO_EMAIL
    assert len(users(there)) == 1


def test_generated_passwords_have_every_kind_of_character() -> None:
    for password in (fresh_password() for _ in range(200)):
        assert len(password) == 20
        assert any(one.islower() for one in password)
        assert any(one.isupper() for one in password)
        assert any(one.isdigit() for one in password)
        assert not password.isalnum()


def test_removing_a_donor_is_idempotent(there: DonationAccount) -> None:
    pool = DonorPool.of(there.target)
    pool.create(ADDRESS, "Jo")
    for _ in range(2):
        pool.remove(ADDRESS)
    assert users(there) == []
