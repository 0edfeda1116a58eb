"""`paysandbox clock` against an account in memory: every function is updated, and no other setting changes."""

import io
import json
import re
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from cli.connection import clock_offset
from cli.sandbox import due_work
from cli.sandbox.clock import MAY_MOVE_OUTPUT, advance_by, advance_until, clock_of
from cli.terminal.failure import Failure
from paysandbox.clock.due_sweeps import SWEEPS
from paysandbox.clock.offset_item import ClockTable, advance, get_offset
from paysandbox.clock.rules import AHEAD_S_MAX
from tests.support.clients.program import paysandbox
from tests.support.worlds.deployed_account import deployed

CALL = "_make_api_call"  # botocore's method that sends a call
DAY_S = 86_400
OTHERS = {"PAYSANDBOX_LEDGER_TABLE": "ledger", "POWERTOOLS_LOG_LEVEL": "INFO"}
READERS = ("authorize_payment", "capture_payment", "get_health")


@contextmanager
def environment(name="dev", *, may_move: str | None = "true"):
    """Deploy three functions that read the clock, one that does not, and one of another environment."""
    with deployed(name, outputs={MAY_MOVE_OUTPUT: may_move} if may_move else {}) as account:
        for reader in READERS:
            account.deploy_function(reader, variables=OTHERS | {"PAYSANDBOX_CLOCK_OFFSET_S": "0"})
        account.deploy_function("generate_secret", variables=OTHERS)
        yield account


@pytest.fixture
def account():
    with environment() as account:
        yield account


@pytest.fixture(autouse=True)
def in_no_time(monkeypatch):
    monkeypatch.setattr(clock_offset, "PATIENCE_MS", 200)
    monkeypatch.setattr(clock_offset, "PAUSE_MS", 1)


def variables_of(account, function):
    found = account.client("lambda").get_function_configuration(FunctionName=f"paysandbox-dev-{function}")
    return found["Environment"]["Variables"]


def offsets(account):
    return [variables_of(account, reader)["PAYSANDBOX_CLOCK_OFFSET_S"] for reader in READERS]


def stored(account):
    return get_offset(ClockTable(account.client("dynamodb"), "paysandbox-dev-MerchantSettings"))


def run(*words, env="dev"):
    return paysandbox("clock", *words, "--env", env)


def refused(code, operation="UpdateFunctionConfiguration"):
    return ClientError({"Error": {"Code": code, "Message": "not now"}}, operation)


def test_advance_updates_every_function_and_nothing_else(account):
    ran = run("advance", "1d12h", "--json")

    assert ran.exit_code == 0
    told = json.loads(ran.stdout)
    assert (told["offset_s"], told["functions"], told["disagree"]) == (129_600, 3, {})
    ahead = datetime.fromisoformat(told["now"]) - datetime.fromisoformat(told["wall"])
    assert ahead == timedelta(days=1.5)
    assert offsets(account) == ["129600"] * 3
    assert stored(account) == 129_600
    for reader in READERS:
        assert variables_of(account, reader).items() >= OTHERS.items()
    assert variables_of(account, "generate_secret") == OTHERS


def test_advances_add_up_and_reset_reverts_them(account):
    run("advance", "8d")
    assert "9 days ahead" in run("advance", "24h").stdout
    assert offsets(account) == [str(9 * DAY_S)] * 3

    ran = run("reset")
    assert ran.exit_code == 0
    assert "Offset        none" in ran.stdout
    assert "once wall time catches up" in ran.stderr
    assert offsets(account) == ["0"] * 3
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
    assert offsets(account) == [str(8 * DAY_S)] * 3


def test_clock_stops_before_the_test_cards_expire(account):
    advance_by(account.target, AHEAD_S_MAX)
    with pytest.raises(Failure, match="at most 730 days ahead"):
        advance_by(account.target, 1)
    assert stored(account) == AHEAD_S_MAX


def test_two_advances_at_once_advance_by_both(account, monkeypatch):
    """The one that stored its offset first updates the functions last, and to the offset of both."""
    call = getattr(BaseClient, CALL)
    table = ClockTable(account.client("dynamodb"), "paysandbox-dev-MerchantSettings")
    other = iter([table])

    def moved_meanwhile(client, operation, parameters):
        if operation == "UpdateFunctionConfiguration" and next(other, None):
            advance(table, DAY_S, datetime.now(UTC), "the other")
        return call(client, operation, parameters)

    monkeypatch.setattr(BaseClient, CALL, moved_meanwhile)
    ran = run("advance", "8d", "--json")
    assert json.loads(ran.stdout)["offset_s"] == 9 * DAY_S
    assert offsets(account) == [str(9 * DAY_S)] * 3


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


def test_show_lists_functions_that_disagree(account):
    run("advance", "8d")
    account.client("lambda").update_function_configuration(
        FunctionName="paysandbox-dev-get_health",
        Environment={"Variables": OTHERS | {"PAYSANDBOX_CLOCK_OFFSET_S": "0"}},
    )
    ran = run("show")
    facts = json.loads(run("show", "--json").stdout)

    assert ran.exit_code == 1
    assert "1 of 3 functions disagree" in ran.stdout
    assert "get_health uses an offset of 0 s instead of 691200 s" in ran.stderr
    assert "paysandbox clock advance 0s --env dev" in ran.stderr
    assert facts["disagree"] == {"get_health": 0}

    assert run("advance", "0s").exit_code == 0
    assert run("show").exit_code == 0
    assert offsets(account) == ["691200"] * 3


@pytest.mark.parametrize("code", ["ResourceConflictException", "PreconditionFailedException"])
def test_a_function_that_is_being_updated_is_retried(account, monkeypatch, code):
    call = getattr(BaseClient, CALL)
    met = []

    def busy_at_first(client, operation, parameters):
        if operation == "UpdateFunctionConfiguration":
            assert parameters["RevisionId"]
            met.append(parameters["FunctionName"])
            if met.count(parameters["FunctionName"]) == 1:
                raise refused(code)
        return call(client, operation, parameters)

    monkeypatch.setattr(BaseClient, CALL, busy_at_first)
    assert run("advance", "1d").exit_code == 0
    monkeypatch.undo()

    assert len(met) == 6
    assert offsets(account) == [str(DAY_S)] * 3


def test_advance_waits_until_updates_are_effective(account, monkeypatch):
    """In AWS, a list of functions has no status of their last update."""
    call = getattr(BaseClient, CALL)
    looked = []

    def slow(client, operation, parameters):
        answer = call(client, operation, parameters)
        for function in answer.get("Functions", []):
            function.pop("LastUpdateStatus", None)
        if operation == "GetFunctionConfiguration" and answer["Environment"]["Variables"][clock_offset.VARIABLE] != "0":
            looked.append(parameters["FunctionName"])
            if looked.count(parameters["FunctionName"]) < 3:
                answer["LastUpdateStatus"] = "InProgress"
        return answer

    monkeypatch.setattr(BaseClient, CALL, slow)
    assert run("advance", "1d").exit_code == 0
    assert len(looked) == 9


def test_functions_whose_status_is_listed_are_not_read_one_by_one(account, monkeypatch):
    """Locally, a list has it, and each function takes one call instead of three."""
    call = getattr(BaseClient, CALL)
    sent = []

    def listed(client, operation, parameters):
        sent.append(operation)
        answer = call(client, operation, parameters)
        for function in answer.get("Functions", []):
            function["LastUpdateStatus"] = "Successful"
        return answer

    monkeypatch.setattr(BaseClient, CALL, listed)
    assert run("advance", "1d").exit_code == 0
    monkeypatch.undo()
    assert sent.count("UpdateFunctionConfiguration") == 3
    assert "GetFunctionConfiguration" not in sent
    assert offsets(account) == [str(DAY_S)] * 3


def test_a_function_that_another_caller_changed_meanwhile_is_updated_again(account, monkeypatch):
    call = getattr(BaseClient, CALL)
    updated = []

    def overtaken(client, operation, parameters):
        if operation == "UpdateFunctionConfiguration":
            updated.append(parameters["FunctionName"])
            if len(updated) == 1:
                wrong = parameters["Environment"]["Variables"] | {clock_offset.VARIABLE: "7"}
                return call(client, operation, parameters | {"Environment": {"Variables": wrong}})
        return call(client, operation, parameters)

    monkeypatch.setattr(BaseClient, CALL, overtaken)
    assert run("advance", "1d").exit_code == 0
    monkeypatch.undo()
    assert len(updated) == 4
    assert offsets(account) == [str(DAY_S)] * 3


@pytest.mark.parametrize("code", ["ResourceConflictException", "AccessDeniedException"])
def test_functions_that_cannot_be_updated_are_named(account, monkeypatch, code):
    call = getattr(BaseClient, CALL)

    def never(client, operation, parameters):
        if operation == "UpdateFunctionConfiguration" and parameters["FunctionName"].endswith("get_health"):
            raise refused(code)
        return call(client, operation, parameters)

    monkeypatch.setattr(BaseClient, CALL, never)
    ran = run("advance", "8d")
    monkeypatch.undo()

    assert ran.exit_code == 1
    assert "The clock of 1 of 3 functions could not be set: get_health" in ran.stderr
    assert "paysandbox clock advance 0s --env dev" in ran.stderr
    assert offsets(account) == ["691200", "691200", "0"]
    assert clock_of(account.target).function_offsets.differing(8 * DAY_S) == ["get_health"]


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
        account.deploy_function(name, variables=OTHERS)
    call = getattr(BaseClient, CALL)
    left, ran = list(answers), []

    def answer(client, operation, parameters):
        if operation != "Invoke":
            return call(client, operation, parameters)
        ran.append(parameters["FunctionName"].removeprefix("paysandbox-dev-"))
        assert 0 < json.loads(parameters["Payload"])["seconds"] <= 45
        said = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(said, Exception):
            raise said
        failed = {"FunctionError": "Unhandled"} if "errorMessage" in said else {}
        return {"Payload": io.BytesIO(json.dumps(said).encode()), **failed}

    with monkeypatch.context() as patched:
        patched.setattr(BaseClient, CALL, answer)
        yield ran


def test_due_expiries_run_to_completion(account, monkeypatch):
    with sweeping(account, monkeypatch, [{"more": True}, {"more": True}, {"more": False}]) as ran:
        assert run("advance", "8d").exit_code == 0
    assert ran == ["expire_payments"] * 3 + ["sweep_disbursements", "sweep_deliveries"]


def test_sweeps_beyond_the_time_limit_are_left_to_the_schedule(account, monkeypatch):
    monkeypatch.setattr(due_work, "PATIENCE_MS", 10)
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
