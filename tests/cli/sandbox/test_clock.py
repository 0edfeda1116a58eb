"""`paysandbox clock` against an account in memory: one item is written, and what is due is done."""

import io
import json
import re
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from cli.sandbox import due_work
from cli.sandbox.clock import MAY_MOVE_OUTPUT, advance_by, advance_until
from cli.terminal.failure import Failure
from paysandbox.aws import environment_item
from paysandbox.clock.due_sweeps import SWEEPS
from paysandbox.clock.offset_item import ClockTable, get_offset
from paysandbox.clock.rules import AHEAD_S_MAX
from tests.support.clients.program import paysandbox
from tests.support.worlds.deployed_account import deployed

CALL = "_make_api_call"  # botocore's method that sends a call
DAY_S = 86_400


@contextmanager
def environment(name="dev", *, may_move: str | None = "true"):
    with deployed(name, outputs={MAY_MOVE_OUTPUT: may_move} if may_move else {}) as account:
        yield account


@pytest.fixture
def account():
    with environment() as account:
        yield account


@pytest.fixture(autouse=True)
def in_no_time(monkeypatch):
    monkeypatch.setattr(environment_item, "VALID_MS", 0)


def stored(account):
    return get_offset(ClockTable(account.client("dynamodb"), "paysandbox-dev-MerchantSettings"))


def run(*words, env="dev"):
    return paysandbox("clock", *words, "--env", env)


def refused(code, operation):
    return ClientError({"Error": {"Code": code, "Message": "not now"}}, operation)


def test_advance_moves_the_clock_that_functions_read(account):
    ran = run("advance", "1d12h", "--json")

    assert ran.exit_code == 0
    told = json.loads(ran.stdout)
    assert told["offset_s"] == stored(account) == 129_600
    ahead = datetime.fromisoformat(told["now"]) - datetime.fromisoformat(told["wall"])
    assert ahead == timedelta(days=1.5)


def test_a_move_waits_until_no_function_has_the_offset_from_before(account, monkeypatch):
    waited = []
    monkeypatch.setattr(environment_item, "VALID_MS", 250)
    monkeypatch.setattr(environment_item, "pause", lambda ms: waited.append((ms, stored(account))))
    run("advance", "1d")
    run("reset")
    assert waited == [(250, DAY_S), (250, 0)]


def test_advances_add_up_and_reset_reverts_them(account):
    run("advance", "8d")
    assert "9 days ahead" in run("advance", "24h").stdout
    assert "9 days ahead" in run("show").stdout

    ran = run("reset")
    assert ran.exit_code == 0
    assert "Offset        none" in ran.stdout
    assert "once wall time catches up" in ran.stderr
    assert stored(account) == 0


def test_reset_of_an_unmoved_clock(account):
    ran = run("reset")
    assert (ran.exit_code, ran.stderr) == (0, "")


def test_advance_to_a_time(account):
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(days=3)
    ran = run("advance", "--to", until.isoformat(), "--json")

    assert ran.exit_code == 0
    assert datetime.fromisoformat(json.loads(ran.stdout)["now"]) - until < timedelta(seconds=5)
    assert datetime.fromisoformat(json.loads(ran.stdout)["now"]) >= until


def test_clock_never_goes_back(account):
    run("advance", "8d")
    before = datetime.now(UTC) + timedelta(days=7)
    with pytest.raises(Failure, match="is in the past: the sandbox's time is") as told:
        advance_until(account.target, before)

    assert "clock reset" in told.value.advice
    assert stored(account) == 8 * DAY_S


def test_clock_stops_before_the_test_cards_expire(account):
    advance_by(account.target, AHEAD_S_MAX)
    with pytest.raises(Failure, match="at most 1826 days ahead"):
        advance_by(account.target, 1)
    assert stored(account) == AHEAD_S_MAX


@pytest.mark.parametrize("env", ["staging", "prod"])
@pytest.mark.parametrize("words", [["advance", "1d"], ["advance", "--to", "2999-01-01T00:00:00Z"], ["reset"]])
def test_environments_without_a_movable_clock_are_refused(env, words):
    with environment(env, may_move="false"):
        ran = run(*words, "--json", env=env)
        shown = json.loads(run("show", "--json", env=env).stdout)

    assert ran.exit_code == 1
    assert f"The clock of {env} cannot be changed" in ran.problem["title"]
    assert (shown["offset_s"], shown["may_move"]) == (0, False)


def test_a_deployment_of_an_older_version_is_refused():
    with environment(may_move=None):
        ran = run("advance", "1d")
    assert ran.exit_code == 1
    assert "cdk deploy" in ran.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["advance"],
        ["advance", "-8d"],
        ["advance", "8"],
        ["advance", "1d", "--to", "2026-12-01T00:00:00Z"],
        ["advance", "--to", "2026-12-01"],
        ["back", "1d"],
    ],
)
def test_usage_errors_exit_2(words):
    ran = run(*words)
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert ran.words


def test_time_format_is_the_apis(account):
    assert re.search(r"^Sandbox time  \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", run("show").stdout, re.MULTILINE)


@contextmanager
def sweeping(account, monkeypatch, answers):
    """Deploy the sweeps whose runs get these answers in turn, and return the runs."""
    for name in SWEEPS:
        account.deploy_function(name)
    call = getattr(BaseClient, CALL)
    left, ran = list(answers), []

    def answer(client, operation, parameters):
        if operation != "Invoke":
            return call(client, operation, parameters)
        ran.append(parameters["FunctionName"].removeprefix("paysandbox-dev-"))
        assert 0 < json.loads(parameters["Payload"])["seconds"] <= 15
        said = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(said, Exception):
            raise said
        failed = {"FunctionError": "Unhandled"} if "errorMessage" in said else {}
        return {"Payload": io.BytesIO(json.dumps(said).encode()), **failed}

    with monkeypatch.context() as patched:
        patched.setattr(BaseClient, CALL, answer)
        yield ran


def test_due_expiries_run_to_completion(account, monkeypatch):
    monkeypatch.setattr(due_work, "SAY_EVERY_S", 0)
    answers = [{"expired": 1_200, "objects": 34, "more": True}, {"expired": 6, "more": True}, {"more": False}]
    with sweeping(account, monkeypatch, answers) as ran:
        done = run("advance", "8d", "--json")
    assert (done.exit_code, json.loads(done.stdout)["offset_s"]) == (0, 8 * DAY_S)
    assert ran == ["expire_payments"] * 3 + ["sweep_disbursements", "sweep_deliveries"]
    assert [line.partition(" in ")[0] for line in done.stderr.splitlines()] == [
        "expire_payments goes on: 1,234 done",
        "expire_payments goes on: 1,240 done",
    ]


def test_due_work_of_a_moment_needs_no_words(account, monkeypatch):
    with sweeping(account, monkeypatch, [{"objects": 3, "more": True}, {"more": False}]):
        done = run("advance", "32d")
    assert (done.exit_code, done.stderr) == (0, "")


def test_sweeps_beyond_the_time_limit_are_left_to_the_schedule(account, monkeypatch):
    monkeypatch.setattr(due_work, "PATIENCE_S", 0)
    with sweeping(account, monkeypatch, [{"more": True}]) as ran:
        done = run("advance", "8d", "--json")
    assert (done.exit_code, json.loads(done.stdout)["offset_s"]) == (0, 8 * DAY_S)
    assert set(ran) == {*SWEEPS}
    assert "expire_payments is not finished" in done.stderr
    assert "within 15 minutes" in done.stderr


def test_a_sweep_response_without_a_continuation_is_the_last(account, monkeypatch):
    with sweeping(account, monkeypatch, [{"advanced": 7}]) as ran:
        assert run("advance", "8d").exit_code == 0
    assert ran == [*SWEEPS]


@pytest.mark.parametrize("said", [{"errorMessage": "boom"}, refused("AccessDeniedException", "Invoke")])
def test_a_failed_sweep_is_named_and_the_clock_stays_moved(account, monkeypatch, said):
    with sweeping(account, monkeypatch, [said]) as ran:
        done = run("advance", "8d", "--json")
    assert (done.exit_code, json.loads(done.stdout)["offset_s"]) == (0, 8 * DAY_S)
    assert ran == [*SWEEPS]
    assert "sweep_deliveries" in done.stderr
    assert "within 15 minutes" in done.stderr


def test_show_and_reset_run_no_sweeps(account, monkeypatch):
    with sweeping(account, monkeypatch, [{"more": False}]) as ran:
        run("show")
        run("reset")
    assert ran == []
