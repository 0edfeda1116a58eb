"""POST /sandbox/clock: the next request has the new time, at the limits of `paysandbox clock`, whatever fails."""

import io
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from paysandbox.aws import environment_item, runtime
from paysandbox.clock import deployed
from paysandbox.clock.due_sweeps import SWEEPS
from paysandbox.clock.offset_item import get_offset
from paysandbox.clock.routes import GET_CLOCK, MOVE_CLOCK
from paysandbox.clock.rules import AHEAD_S_MAX
from tests.support.builders import build
from tests.support.clients.call import Reply, send
from tests.support.tools.tiers import full_but, soak_but
from tests.support.worlds.aws_transport import Killed, Wire
from tests.support.worlds.crash import (
    ANSWER_LOST,
    CONNECTION_GONE,
    EVERY_ANSWER_LOST,
    FAILING,
    KILLED_AFTER,
    KILLED_BEFORE,
    Failure,
    Trouble,
    failures,
)

CALL = "_make_api_call"  # botocore's method that sends a call
DAY_S = 86_400


def move(**body: Any) -> Reply:
    return send(MOVE_CLOCK, body=body)


def stored() -> int | None:
    return get_offset(deployed.clock_table())


def ahead_s() -> int:
    """Return how far ahead the next request is."""
    return send(GET_CLOCK).json["offset_s"]


def test_the_next_request_has_the_new_time() -> None:
    reply = move(advance_s=691_200)
    assert reply.status == 200
    assert {name: reply.json[name] for name in ("offset_s", "may_move", "unfinished")} == {
        "offset_s": 691_200, "may_move": True, "unfinished": [],
    }  # fmt: skip
    ahead = datetime.fromisoformat(reply.json["now"]) - datetime.fromisoformat(reply.json["wall"])
    assert ahead == timedelta(days=8)
    assert stored() == ahead_s() == 691_200
    assert runtime.now() - datetime.now(UTC) > timedelta(days=7, hours=23)


def test_a_move_waits_until_no_execution_environment_has_the_offset_from_before(monkeypatch: Any) -> None:
    waited: list[int | None] = []
    monkeypatch.setattr(environment_item, "VALID_MS", 250)
    monkeypatch.setattr(environment_item, "pause", lambda ms: waited.append(ms if stored() == 60 else None))
    move(advance_s=60)
    assert waited == [250]


def test_advances_add_up_and_reset_reverts_them() -> None:
    move(advance_s=8 * DAY_S)
    assert move(advance_s=DAY_S).json["offset_s"] == 9 * DAY_S
    assert move(reset=True).json["offset_s"] == 0
    assert ahead_s() == 0


def test_until_can_be_repeated() -> None:
    until = (datetime.now(UTC) + timedelta(days=3)).replace(microsecond=0)
    for _ in range(2):
        now = datetime.fromisoformat(move(until=until.isoformat()).json["now"])
        assert timedelta(0) <= now - until < timedelta(minutes=1)
        until = now + timedelta(seconds=1)  # a time that the clock has not reached meanwhile


INVALID = [
    ({}, "parameter_invalid"),
    ({"advance_s": 1, "reset": True}, "parameter_invalid"),
    ({"advance_s": 1, "until": "2027-01-01T00:00:00Z"}, "parameter_invalid"),
    ({"reset": False}, "parameter_invalid"),
    ({"advance_s": -1}, "parameter_invalid"),
    ({"advance_s": 1.5}, "parameter_invalid"),
    ({"advance_s": "1"}, "parameter_invalid"),
    ({"advance_s": True}, "parameter_invalid"),
    ({"advance_s": AHEAD_S_MAX + 1}, "parameter_invalid"),
    ({"until": "2027-01-01"}, "parameter_invalid"),
    ({"until": "2027-01-01T00:00:00"}, "parameter_invalid"),
    ({"back_s": 1}, "parameter_unknown"),
    ({"until": "2999-01-01T00:00:00Z"}, "clock_out_of_range"),
    ({"until": "2026-01-01T00:00:00Z"}, "clock_out_of_range"),
]


@pytest.mark.parametrize(
    "body, code", full_but(INVALID, keep=lambda row: row[1] == "clock_out_of_range" or not row[0], rows=True)
)
def test_invalid_moves_change_nothing(body: Any, code: str) -> None:
    assert move(**body).code == code
    assert (stored(), ahead_s()) == (None, 0)


def test_clock_never_goes_back_except_by_reset() -> None:
    move(advance_s=8 * DAY_S)
    reply = move(until=(datetime.now(UTC) + timedelta(days=7)).isoformat())
    assert (reply.status, reply.code) == (409, "clock_out_of_range")
    assert "is in the past: the sandbox's time is" in reply.json["detail"]
    assert ahead_s() == 8 * DAY_S


def test_clock_stops_before_the_test_cards_expire() -> None:
    move(advance_s=AHEAD_S_MAX)
    reply = move(advance_s=1)
    assert (reply.status, reply.code) == (409, "clock_out_of_range")
    assert "at most 1826 days ahead" in reply.json["detail"]
    assert stored() == AHEAD_S_MAX


@pytest.mark.parametrize("body", [{"advance_s": 1}, {"until": "2999-01-01T00:00:00Z"}, {"reset": True}])
def test_an_environment_that_uses_wall_time(told: Any, wire: Wire, body: Any) -> None:
    told(clock_may_move=False, clock_table="", environment="prod")
    with wire.record() as sent:
        reply = move(**body)
    assert (reply.status, reply.code) == (409, "clock_fixed")
    assert reply.json["detail"] == "The clock of prod cannot be changed; this environment uses wall time."
    assert sent == []


@pytest.mark.parametrize(
    "gateway, api_key, status, code",
    [
        ("aws", build.api_key("globex"), 403, "forbidden"),
        ("aws", None, 401, "api_key_invalid"),
        ("engine", build.api_key("globex"), 403, "forbidden"),
        ("engine", None, 401, "api_key_invalid"),
        ("engine", "ok_test_short", 401, "api_key_invalid"),
        ("engine", f"ok_live_{build.SECRET}", 401, "api_key_invalid"),
        ("engine", f"ok_test_demo_{build.SECRET}", 401, "api_key_invalid"),
        ("engine", f"{build.OPERATOR_KEY}\n", 401, "api_key_invalid"),
    ],
)
def test_only_an_operator_may_move_the_clock(gateway: Any, api_key: Any, status: int, code: str) -> None:
    reply = send(MOVE_CLOCK, body={"advance_s": 1}, api_key=api_key, gateway=gateway)
    assert (reply.status, reply.code) == (status, code)
    assert stored() is None


def test_two_keys_are_none() -> None:
    keys = [build.OPERATOR_KEY, build.OPERATOR_KEY]
    assert send(MOVE_CLOCK, body={"advance_s": 1}, api_key=keys, gateway="engine").status == 401


def test_log_line_has_no_key_and_no_merchant(lines: Any) -> None:
    move(advance_s=1)
    (line,) = lines()
    assert (line["outcome"], line.get("merchant"), line["body"]) == ("moved", None, '{"advance_s":1}')
    assert "ok_test_" not in json.dumps(line)


# --- concurrency ------------------------------------------------------------------------------------------------------


def test_moves_at_once_add_up(wire: Wire) -> None:
    """Each stores its offset in one conditional write."""
    with wire.meeting(3, "UpdateItem"), ThreadPoolExecutor(3) as pool:
        replies = list(pool.map(lambda days: move(advance_s=days * DAY_S), (1, 2, 4)))
    assert stored() == 7 * DAY_S
    assert [reply.status for reply in replies] == [200] * 3
    assert max(reply.json["offset_s"] for reply in replies) == ahead_s() == 7 * DAY_S


def test_an_advance_at_once_with_a_move_to_a_later_time_does_not_move_it_back(wire: Wire) -> None:
    later = (datetime.now(UTC) + timedelta(days=30)).isoformat()
    with wire.meeting(2, "UpdateItem"), ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda body: move(**body), ({"until": later}, {"advance_s": 60})))
    assert (stored() or 0) >= 30 * DAY_S - 60


# --- failures ---------------------------------------------------------------------------------------------------------

SERVED = (ANSWER_LOST, CONNECTION_GONE)
BROKEN = (KILLED_BEFORE, KILLED_AFTER, EVERY_ANSWER_LOST, FAILING)


def recorded(wire: Wire, *troubles: Trouble) -> list[Failure]:
    with wire.record() as sent:
        move(until=future())
    move(reset=True)
    return failures(sent, *troubles)


def future() -> str:
    return (datetime.now(UTC) + timedelta(days=8)).isoformat()


@pytest.mark.full
@pytest.mark.parametrize(
    "trouble", soak_but([*SERVED, *BROKEN], keep=lambda trouble: trouble in (ANSWER_LOST, KILLED_AFTER)), ids=str
)
def test_a_move_that_was_interrupted_is_completed_by_the_next(wire: Wire, trouble: Trouble) -> None:
    """Each call fails once. However the move ended, every function has the stored offset."""
    for failure in recorded(wire, trouble):
        until = future()
        with failure.happening(wire):
            try:
                first = move(until=until)
            except Killed:
                first = None
        assert first is None or first.status in (200, 409, 503), failure
        again = move(advance_s=0)
        assert again.status == 200, failure
        assert ahead_s() == again.json["offset_s"], failure
        # Before it stores the offset, it reads the time.
        never_stored = failure.operation == "GetItem" or (failure.operation, trouble) == ("UpdateItem", KILLED_BEFORE)
        if not never_stored and trouble is not FAILING:
            assert abs(again.json["offset_s"] - 8 * DAY_S) < 60, failure
        assert move(reset=True).status == 200


@pytest.mark.parametrize("trouble", SERVED, ids=str)
def test_an_advance_whose_answer_is_lost_counts_once(wire: Wire, trouble: Trouble) -> None:
    """boto3 sends the update again."""
    move(advance_s=60)
    with Failure(trouble, 1, "UpdateItem").happening(wire) as sent:
        assert move(advance_s=8 * DAY_S).json["offset_s"] == 8 * DAY_S + 60
    assert [one.attempt for one in sent if one.operation == "UpdateItem"] == [0, 1]
    assert ahead_s() == 8 * DAY_S + 60


def test_an_advance_of_unknown_effect_says_so(wire: Wire) -> None:
    with Failure(EVERY_ANSWER_LOST, 1, "UpdateItem").happening(wire):
        reply = move(advance_s=60)
    assert (reply.status, reply.code) == (503, "service_unavailable")
    assert reply.json["detail"].startswith("It is unknown whether the request took effect")
    assert move(advance_s=0).json["offset_s"] == 60, "three attempts, one effect"


# --- what is due ------------------------------------------------------------------------------------------------------


@contextmanager
def sweeping(monkeypatch: pytest.MonkeyPatch, *answers: Any) -> Iterator[list[str]]:
    """Let the sweeps give these answers in turn, the last one again and again. Yields the sweeps that ran."""
    call = getattr(BaseClient, CALL)
    left, ran = list(answers), list[str]()

    def answer(client: Any, operation: str, parameters: Any) -> Any:
        if operation != "Invoke":
            return call(client, operation, parameters)
        ran.append(parameters["FunctionName"].removeprefix("paysandbox-test-"))
        assert 0 < json.loads(parameters["Payload"])["seconds"] <= 29
        said = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(said, Exception):
            raise said
        failed = {"FunctionError": "Unhandled"} if "errorMessage" in said else {}
        return {"Payload": io.BytesIO(json.dumps(said).encode()), **failed}

    with monkeypatch.context() as patched:
        patched.setattr(BaseClient, CALL, answer)
        yield ran


@pytest.mark.parametrize("body", [{"advance_s": 60}, {"advance_s": 0}, {"until": "2027-06-01T00:00:00Z"}])
def test_due_work_runs_to_completion_in_order(monkeypatch: pytest.MonkeyPatch, body: Any) -> None:
    with sweeping(monkeypatch, {"more": True}, {"more": False}) as ran:
        assert move(**body).json["unfinished"] == []
    assert ran == ["expire_payments", *SWEEPS]


def test_reset_runs_no_sweeps(monkeypatch: pytest.MonkeyPatch) -> None:
    with sweeping(monkeypatch, {"more": False}) as ran:
        assert move(reset=True).json["unfinished"] == []
    assert ran == []


def test_due_work_beyond_the_time_for_an_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deployed, "_ANSWER_WITHIN_NS", 0)
    with sweeping(monkeypatch, {"more": True}) as ran:
        reply = move(advance_s=60)
    assert reply.json["unfinished"] == [f"{sweep} is not finished" for sweep in SWEEPS]
    assert ran == [*SWEEPS]


@pytest.mark.parametrize(
    "said, unfinished",
    [
        ({"errorMessage": "boom"}, "expire_payments failed: boom"),
        (ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "Invoke"), "could not be invoked"),
    ],
)
def test_a_sweep_that_failed_is_named_and_the_clock_stays_moved(
    monkeypatch: pytest.MonkeyPatch, said: Any, unfinished: str
) -> None:
    with sweeping(monkeypatch, said):
        reply = move(advance_s=60)
    assert (reply.status, reply.json["offset_s"]) == (200, 60)
    assert unfinished in reply.json["unfinished"][0]


def test_runtime_has_one_client_of_lambda() -> None:
    assert runtime.lambda_functions() is runtime.lambda_functions()
