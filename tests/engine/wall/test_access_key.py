"""The access key of a sandbox's AWS: random, one per home, and readable by its owner only."""

import json

import pytest

from engine.wall import access_key
from engine.wall.execution_keys import execution_credentials

CONFIG = {
    "FunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:pay",
    "Role": "arn:aws:iam::000000000000:role/pay-role",
    "FunctionName": "pay",
}
KEY = access_key.AccessKey("PAYSANDBOX0123456789", "a secret")


def test_access_key_is_created_once_with_owner_only_permissions(home):
    assert access_key.read(home.path) is None
    made = access_key.ensure(home.path)

    assert access_key.ensure(home.path) == access_key.read(home.path) == made
    assert (home.path / access_key.FILE_NAME).stat().st_mode & 0o777 == 0o600
    assert made.id.isalnum()
    assert len(made.id) == 20
    assert len(made.secret) >= 40
    assert made.secret not in repr(made)


def test_keys_are_unique_and_a_new_one_replaces_the_old(home):
    made = [access_key.make(home.path) for _ in range(20)]
    assert len({key.id for key in made}) == len({key.secret for key in made}) == 20
    assert access_key.read(home.path) == made[-1]

    access_key.discard(home.path)
    assert access_key.read(home.path) is None


@pytest.mark.parametrize("content", ["", "[]", "{", '{"id": "x"}'])
def test_an_unreadable_file_is_no_key(home, content):
    (home.path / access_key.FILE_NAME).write_text(content)
    assert access_key.read(home.path) is None
    assert json.loads((home.path / access_key.FILE_NAME).read_text() or "null") if access_key.make(home.path) else None


def test_functions_use_the_sandboxs_own_key():
    of = execution_credentials(KEY, auth=False, register_session=lambda *_: pytest.fail("there is no session"))
    assert of(CONFIG) == {"AWS_ACCESS_KEY_ID": KEY.id, "AWS_SECRET_ACCESS_KEY": KEY.secret, "AWS_SESSION_TOKEN": ""}


def test_with_policies_sessions_are_derived_from_the_secret():
    sessions = {}
    given = execution_credentials(KEY, auth=True, register_session=sessions.__setitem__)(CONFIG)
    other_key = access_key.AccessKey(KEY.id, "another secret")
    others = [
        execution_credentials(other_key, auth=True, register_session=lambda *_: None)(CONFIG),
        execution_credentials(KEY, auth=True, register_session=lambda *_: None)(
            CONFIG | {"Role": "arn:aws:iam::0:role/x"}
        ),
    ]

    assert all(not set(given.values()) & set(other.values()) for other in others)
    assert sessions == {
        given["AWS_ACCESS_KEY_ID"]: {
            "Arn": "arn:aws:sts::000000000000:assumed-role/pay-role/pay",
            "UserId": "pay-role:pay",
            "SecretAccessKey": given["AWS_SECRET_ACCESS_KEY"],
            "SessionToken": given["AWS_SESSION_TOKEN"],
        }
    }
