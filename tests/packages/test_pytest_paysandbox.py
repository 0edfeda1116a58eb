"""pytest-paysandbox: its fixtures in a project and an environment of their own, and the messages without a sandbox."""

import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from pytest_paysandbox import PaysandboxApi, PaysandboxClock, RequestError, credential

from paysandbox.http.keys.credential import KeyKind, key_digest, publishable_key
from tests.support.fakes.wire import Reply, served
from tests.support.tools.python_package import PYTEST_PAYSANDBOX, empty_environment

ROOT = Path(__file__).resolve().parents[2]
API_KEY = re.compile(r"sk_test_test-[a-z2-7]{12}_[a-z2-7]{32}")

TWO_TESTS = """
    seen = []

    def test_one(paysandbox_api):
        seen.append(paysandbox_api)

    def test_two(paysandbox_api, paysandbox_merchants):
        other = paysandbox_merchants()
        assert len({api.api_key for api in [*seen, paysandbox_api, other]}) == 3
        assert len({api.merchant for api in [*seen, paysandbox_api, other]}) == 3
        assert paysandbox_api.merchant in paysandbox_api.api_key
        assert paysandbox_api.api_key not in repr(paysandbox_api)
        assert paysandbox_api.stripe_base_addresses == {"api": paysandbox_api.base_url}
        print("BASE", paysandbox_api.base_url)
"""


@pytest.fixture(scope="session")
def environment(tmp_path_factory):
    """An environment with pytest and the package, installed from a wheel, and nothing else of this project."""
    return empty_environment(tmp_path_factory.mktemp("environment"))


@pytest.fixture
def project(environment, tmp_path):
    """Return a function that runs pytest on a test file in the environment, with warnings as errors."""

    def run(tests: str, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        (tmp_path / "test_shop.py").write_text(textwrap.dedent(tests))
        return subprocess.run(
            [environment, "-W", "error", "-m", "pytest", "-s", "-p", "no:cacheprovider", *words, tmp_path],
            cwd=tmp_path,
            env={"PATH": os.defpath} | env,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def shell(base_url):
    """Return the variables that `paysandbox status -o env` sets."""
    return {
        "PAYSANDBOX_BASE_URL": base_url,
        "PAYSANDBOX_AWS_ENDPOINT_URL": base_url,
        "PAYSANDBOX_AWS_ACCESS_KEY_ID": "PAYSANDBOXTESTTEST12",
        "PAYSANDBOX_AWS_SECRET_ACCESS_KEY": "a secret",
    }


def engine(request):
    """Provide the parts of the engine that the plugin calls."""
    if request.path == "/usageplans":
        plans = {"p1": "other", "p2": "load", "p3": "v1-load", "p4": "operator"}
        return Reply(
            body={"item": [{"id": plan_id, "name": f"paysandbox-local-{name}"} for plan_id, name in plans.items()]}
        )
    if request.path == "/apikeys" and request.method == "POST":
        return Reply(201, {"id": f"id-of-{request.body['value']}"})
    if request.path == "/apikeys":  # the search for a publishable key, by the name that this engine gives
        text = request.query["name"].removesuffix("-publishable").removeprefix("name-of-")
        return Reply(body={"item": [{"id": f"id-of-{publishable_key(text)}"}]})
    if request.method == "GET" and "/apikeys/id-of-" in request.path:
        text = request.path.partition("id-of-")[2]
        return Reply(body={"value": text, "name": f"name-of-{text}"})
    return Reply(200)


def keys_made(wire):
    """Return the secret keys that were created, each followed by its publishable key."""
    made = [r.body["value"] for r in wire.requests if r.path == "/apikeys" and r.method == "POST"]
    assert made[1::2] == [publishable_key(key) for key in made[::2]]
    return made[::2]


def digests(wire, operation):
    """Return the key digests sent to DynamoDB by `PutItem` or `DeleteItem`."""
    told = [r.body for r in wire.requests if r.headers.get("x-amz-target") == f"DynamoDB_20120810.{operation}"]
    assert {body["TableName"] for body in told} <= {"paysandbox-local-ApiKeys"}
    return [body.get("Item", body.get("Key"))["key_digest"]["S"] for body in told]


def digests_of(keys):
    return sorted(key_digest(each) for key in keys for each in (key, publishable_key(key)))


def revoked(wire):
    return [request.path.removeprefix("/apikeys/id-of-") for request in wire.requests if request.method == "DELETE"]


@pytest.mark.full
def test_each_test_has_its_own_merchant_and_leaves_no_key(project):
    with served(engine) as wire:
        done = project(TWO_TESTS, **shell(wire.base_url))

    assert done.returncode == 0, done.stdout + done.stderr
    assert f"BASE {wire.base_url}" in done.stdout
    made = keys_made(wire)
    assert len(set(made)) == 3
    assert all(API_KEY.fullmatch(key) for key in made)
    assert sorted(revoked(wire)) == sorted(each for key in made for each in (key, publishable_key(key)))
    assert sorted(digests(wire, "PutItem")) == sorted(digests(wire, "DeleteItem")) == digests_of(made)
    attached = [request for request in wire.requests if request.path == "/usageplans/p2/keys"]
    assert [request.body["keyId"] for request in attached] == [f"id-of-{key}" for key in made]
    on_v1 = [request.body["keyId"] for request in wire.requests if request.path == "/usageplans/p3/keys"]
    assert sorted(on_v1) == sorted(f"id-of-{each}" for key in made for each in (key, publishable_key(key)))
    assert [request.path for request in wire.requests].count("/usageplans") == 1, "found once for all tests"


@pytest.mark.full
def test_a_key_that_could_not_be_attached_is_revoked(project):
    def refuse(request):
        return Reply(500) if request.path.endswith("/keys") else engine(request)

    with served(refuse) as wire:
        done = project("def test_it(paysandbox_api): pass", **shell(wire.base_url))

    assert done.returncode == 1
    assert sorted(revoked(wire)) == sorted(each for key in keys_made(wire) for each in (key, publishable_key(key)))
    assert sorted(digests(wire, "DeleteItem")) == digests_of(keys_made(wire))


@pytest.mark.full
@pytest.mark.parametrize(
    "env, message, remedy",
    [
        ({}, "the program `paysandbox` is not on the PATH", "Put it on the PATH"),
        (shell("http://127.0.0.1:9"), "GET http://127.0.0.1:9/health was not answered", "paysandbox up"),
    ],
)
def test_without_a_sandbox_the_remedy_is_shown(project, env, message, remedy):
    done = project("def test_it(paysandbox_api): pass", **env)

    assert done.returncode == 1
    assert message in done.stdout
    assert remedy in done.stdout
    assert "Traceback" not in done.stdout


@pytest.mark.full
def test_an_incomplete_address_is_an_error(project):
    done = project("def test_it(paysandbox_api): pass", PAYSANDBOX_BASE_URL="https://api.example.test")

    assert done.returncode == 1
    assert "PAYSANDBOX_AWS_ENDPOINT_URL is not set" in done.stdout
    assert "paysandbox status -o env" in done.stdout


@pytest.mark.full
def test_an_incomplete_sandbox_is_reported(project):
    with served(lambda _: Reply(body={})) as wire:
        done = project("def test_it(paysandbox_api): pass", **shell(wire.base_url))
    assert "no usage plan paysandbox-local-load" in done.stdout


@pytest.mark.full
def test_unused_fixture_costs_nothing(project):
    """The plugin is loaded in every project that the package is installed in."""
    loaded = 'import sys; print("LOADED", sorted({"boto3", "cli", "httpx", "paysandbox", "stripe"} & set(sys.modules)))'
    done = project(f"def test_it():\n        {loaded}\n")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "paysandbox-" in done.stdout.split("plugins:")[1].splitlines()[0]
    assert "LOADED []" in done.stdout


@pytest.mark.full
def test_without_playwright_the_remedy_is_shown(project):
    with served(engine) as wire:
        done = project("def test_it(paysandbox_stripe_redirect): pass", **shell(wire.base_url))
    assert done.returncode == 1
    assert "needs the fixture `context` of pytest-playwright" in done.stdout


MOVES_THE_CLOCK = """
    import pytest

    def test_a_hold_expires(paysandbox_clock):
        now = paysandbox_clock.advance(days=8, seconds=1)
        assert now.isoformat() == "2026-12-01T00:00:00+00:00"
        assert paysandbox_clock.operator_key not in repr(paysandbox_clock)

    def test_the_clock_is_only_read(paysandbox_clock):
        pass

    def test_fails_after_advancing(paysandbox_clock):
        paysandbox_clock.advance(hours=1)
        pytest.fail("as any test can")
"""


@pytest.mark.full
def test_the_clock_is_reset_after_each_test_that_advanced_it(project):
    def clock(request):
        moved = {"now": "2026-12-01T00:00:00Z", "unfinished": []}
        return Reply(body=moved) if request.path == "/sandbox/clock" else engine(request)

    with served(clock) as wire:
        done = project(MOVES_THE_CLOCK, **shell(wire.base_url))

    assert "1 failed, 2 passed" in done.stdout
    moves = [request for request in wire.requests if request.path == "/sandbox/clock"]
    assert [move.body for move in moves] == [
        {"advance_s": 691_201},
        {"reset": True},
        {"advance_s": 3600},
        {"reset": True},
    ]
    made = [r.body["value"] for r in wire.requests if r.path == "/apikeys" and r.method == "POST"]
    assert all(re.fullmatch(r"ok_test_[a-z2-7]{32}", key) for key in made)
    assert [request.body["keyId"] for request in wire.requests if request.path == "/usageplans/p4/keys"] == [
        f"id-of-{key}" for key in made
    ]
    assert [move.headers["x-api-key"] for move in moves] == [made[0], made[0], made[2], made[2]]
    assert revoked(wire) == made


@pytest.mark.parametrize(
    "unfinished_times, moves, result",
    [
        (0, 1, "2026-12-01"),
        (2, 3, "2026-12-01"),
        (10, 11, "2026-12-01"),
        (99, 11, "work that is due was not done: expire_payments is not finished."),
    ],
)
def test_advancing_the_clock_goes_on_until_all_due_work_is_done(unfinished_times, moves, result):
    def clock(_):
        unfinished = ["expire_payments is not finished"] if len(wire.requests) <= unfinished_times else []
        return Reply(body={"now": "2026-12-01T00:00:00Z", "unfinished": unfinished})

    with served(clock) as wire:
        try:
            said = PaysandboxClock(wire.base_url, "ok_test_key").advance(days=8).isoformat()
        except RequestError as error:
            said = str(error)

    assert result in said
    assert [request.body["advance_s"] for request in wire.requests] == [691_200] + [0] * (moves - 1)


# --- events -----------------------------------------------------------------------------------------------------------


def event(kind, transaction_id):
    return {"type": kind, "timestamp": "2026-11-22T10:00:00Z", "data": {"transaction_id": transaction_id}}


def page(*events, next_cursor=None):
    return Reply(body={"data": events, "next_cursor": next_cursor})


def test_waits_until_the_event_is_published():
    """A filtered page can be empty although more pages follow."""
    captured = event("payment_captured", "cap_1")
    replies = iter([page(), page(next_cursor="c1"), page(), page(next_cursor="c2"), page(captured)])
    with served(lambda _: next(replies)) as wire:
        api = PaysandboxApi(wire.base_url, "sk_test_shop_x", "shop")
        assert api.wait_for_event("payment_captured", transaction_id="auth_1") == captured

    filters = {"type": "payment_captured", "transaction_id": "auth_1", "limit": "100"}
    cursors = [{}, {}, {"cursor": "c1"}, {}, {"cursor": "c2"}]
    assert [request.query for request in wire.requests] == [filters | cursor for cursor in cursors]
    assert {request.headers["x-api-key"] for request in wire.requests} == {"sk_test_shop_x"}


def test_without_the_event_the_others_are_listed():
    came = [event("payment_declined", "auth_2"), {**event("endpoint_ping", ""), "data": {}}]
    with served(lambda request: page() if "type" in request.query else page(*came)) as wire:
        api = PaysandboxApi(wire.base_url, "sk_test_shop_x", "shop")
        with pytest.raises(pytest.fail.Exception) as failed:
            api.wait_for_event("payment_captured", transaction_id="auth_1", timeout_s=0)

    assert str(failed.value) == (
        "No payment_captured event of auth_1 was published within 0 s. The events of merchant shop:\n"
        "  2026-11-22T10:00:00Z  payment_declined  auth_2\n"
        "  2026-11-22T10:00:00Z  endpoint_ping"
    )


def test_without_any_event_the_merchant_is_named():
    with served(lambda _: page()) as wire:
        api = PaysandboxApi(wire.base_url, "sk_test_shop_x", "shop")
        with pytest.raises(pytest.fail.Exception, match=r"within 0 s\. Merchant shop has no events\.$"):
            api.wait_for_event("payment_captured", timeout_s=0)


def test_an_error_of_the_api_is_raised_with_its_detail():
    problem = {"code": "parameter_invalid", "detail": "type: Use one of payment_captured."}
    with served(lambda _: Reply(400, problem)) as wire:
        api = PaysandboxApi(wire.base_url, "sk_test_shop_x", "shop")
        with pytest.raises(RequestError, match=r"^GET /events\?.* 400: parameter_invalid\. type: Use one of"):
            api.wait_for_event("payment_caught")


# --- the package ------------------------------------------------------------------------------------------------------


def test_keys_are_formed_and_stored_as_the_sandbox_does():
    key = credential.new_api_key("shop-7")
    assert re.fullmatch(r"sk_test_shop-7_[a-z2-7]{32}", key)
    assert credential.publishable_key(key) == publishable_key(key)
    assert credential.key_digest(key) == key_digest(key)
    assert {KeyKind.SECRET, KeyKind.PUBLISHABLE} == {"secret", "publishable"}


def test_it_imports_pytest_the_client_and_the_standard_library_only():
    allowed = sys.stdlib_module_names | {"paysandbox_client", "pytest", "pytest_paysandbox"}
    imports = {
        name
        for file in PYTEST_PAYSANDBOX.rglob("*.py")
        for name in re.findall(r"^\s*(?:from|import) (\w+)", file.read_text(), re.MULTILINE)
    }
    assert "pytest" in imports
    assert imports <= allowed


@pytest.mark.full
def test_it_is_strictly_typed():
    done = subprocess.run(
        [ROOT / "node_modules/.bin/pyright", "--project", PYTEST_PAYSANDBOX],
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "0 errors" in done.stdout


def test_plugin_names_do_not_collide():
    """A fixture of a plugin and one of a test file may share a name: the file's wins, and nobody notices."""
    ours = fixtures_in(ROOT / "tests")
    its = fixtures_in(PYTEST_PAYSANDBOX)

    names = ("engine", "merchants", "api", "clock", "stripe_redirect")
    assert its == {f"paysandbox_{name}" for name in names}
    assert its & ours == set()


def fixtures_in(folder):
    return {
        name
        for file in folder.rglob("*.py")
        for name in re.findall(r"^@pytest\.fixture.*\ndef (\w+)", file.read_text(), re.MULTILINE)
    }
