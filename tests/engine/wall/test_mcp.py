"""`/mcp` in the wall: who gets in, and the programs that answer, one for each key, with stand-ins for the real one."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import psutil
import pytest

from engine.wall.dashboard import Refusal, Reply
from engine.wall.mcp import COMMAND, PROGRAMS_MAX, Mcp
from engine.wall.request import Request
from tests.support.tools.waiting import until

KEYS = tuple(f"sk_test_shop-{number}_x" for number in range(PROGRAMS_MAX + 1))
HOUR_S = 3600.0

# Answers with what it was asked, its environment and its process. `die`, `hang` and `wait FILE` are bodies.
STAND_IN = """
import json, os, sys, time
for line in sys.stdin:
    asked = json.loads(line)
    word, _, file = asked["body"].partition(" ")
    if word == "die":
        sys.exit(1)
    while word == "hang" or (word == "wait" and not os.path.exists(file)):
        time.sleep(0.01)
    body = None if word == "note" else json.dumps({"asked": asked, "environment": dict(os.environ), "pid": os.getpid()})
    print(json.dumps({"status": 202 if body is None else 200, "body": body}), flush=True)
"""


def request(key: str = KEYS[0], method: str = "POST", peer: str = "127.0.0.1", **headers: str) -> Request:
    """Return a request to /mcp."""
    given = {"authorization": f"Bearer {key}", "content-type": "application/json"} if key else {}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request(method, "/mcp", "/mcp", {}, given | named, ("127.0.0.1:4610",), peer, 4610)


def run(
    home: Path, work: Callable[[Mcp], Coroutine[Any, Any, Any]], call_s: float = HOUR_S, idle_s: float = HOUR_S
) -> Any:
    """Do the work with an Mcp of stand-ins, and check that no program outlives it."""

    async def main() -> Any:
        environment = dict(os.environ) | {"AWS_SECRET_ACCESS_KEY": "of the engine"}
        command = ("-c", STAND_IN)
        mcp = Mcp(home, 4610, KEYS.__contains__, environment, command=command, call_s=call_s, idle_s=idle_s)
        try:
            return await work(mcp)
        finally:
            mcp.end()

    before = {child.pid for child in psutil.Process().children()}
    try:
        return asyncio.run(main())
    finally:
        assert {child.pid for child in psutil.Process().children()} <= before


async def ask(mcp: Mcp, body: str = "{}", key: str = KEYS[0], **headers: str) -> Any:
    """Return what the stand-in answers, or the refusal."""
    reply = await mcp.answer(request(key, **headers), body.encode(), sys.executable)
    return reply if isinstance(reply, Refusal) or not reply.body else json.loads(reply.body)


@pytest.mark.parametrize(
    "sent, status",
    [
        (request(), None),
        (request(peer="172.17.0.1"), None),  # a sandbox in a container
        (request(""), 401),
        (request("sk_test_nobody_x"), 401),
        (request("", x_api_key=KEYS[0]), 401),
        (request("", authorization=f"Basic {KEYS[0]}"), 401),
        (request(origin="http://127.0.0.1:4610"), 403),
        (request(origin="null"), 403),
        (request(sec_fetch_site="cross-site"), 403),
        (request(method="GET"), 405),
        (request(method="DELETE"), 405),
        (request(method="OPTIONS"), 405),
    ],
)
def test_only_programs_with_a_key_get_in(tmp_path: Path, sent: Request, status: int | None) -> None:
    async def work(mcp: Mcp) -> Any:
        assert mcp.serves(sent)
        return mcp.refusal(sent)

    refused = run(tmp_path, work)
    assert (None if refused is None else refused.status) == status
    if status == 405:
        assert isinstance(refused, Reply)
        assert refused.headers == [(b"allow", b"POST")]


def test_a_program_has_the_key_and_neither_the_home_nor_the_engine_s_environment(tmp_path: Path) -> None:
    async def work(mcp: Mcp) -> Any:
        return await ask(mcp, "a body", mcp_method="ping", cookie="a=b")

    answer = run(tmp_path, work)
    environment = answer["environment"]
    assert environment["PAYSANDBOX_API_KEY"] == KEYS[0]
    assert environment["PAYSANDBOX_BASE_URL"] == "http://127.0.0.1:4610"
    assert not Path(environment["PAYSANDBOX_HOME"]).exists()
    assert "AWS_SECRET_ACCESS_KEY" not in environment
    headers = {"content-type": "application/json", "mcp-method": "ping"}
    assert answer["asked"] == {"headers": headers, "body": "a body"}


def test_a_key_keeps_its_program_and_each_key_has_its_own(tmp_path: Path) -> None:
    async def work(mcp: Mcp) -> Any:
        return [(await ask(mcp, key=key))["pid"] for key in (KEYS[0], KEYS[1], KEYS[0])]

    first, second, again = run(tmp_path, work)
    assert first == again != second


def test_calls_of_one_key_wait_for_each_other(tmp_path: Path) -> None:
    flag = tmp_path / "flag"

    async def work(mcp: Mcp) -> Any:
        calls = [asyncio.create_task(ask(mcp, f"wait {flag}")) for _ in range(6)]
        other = await ask(mcp, key=KEYS[1])  # and not for those of another key
        assert not any(call.done() for call in calls)
        flag.touch()
        return other["pid"], [(await call)["pid"] for call in calls]

    other, pids = run(tmp_path, work)
    assert len({*pids}) == 1
    assert other not in pids


def test_a_notification_has_no_body(tmp_path: Path) -> None:
    async def work(mcp: Mcp) -> Any:
        return await ask(mcp, "note")

    assert run(tmp_path, work) == Reply(202, "application/json", b"")


@pytest.mark.parametrize(
    "body, code, call_s",
    [
        ("die", "upstream_error", HOUR_S),
        pytest.param("hang", "upstream_timeout", 4.0, marks=pytest.mark.full),
    ],
)
def test_after_a_program_that_ended_in_a_call_there_is_another(
    tmp_path: Path, body: str, code: str, call_s: float
) -> None:
    """The call behind it was not sent, so it has its answer, for which another program starts within the time."""

    async def work(mcp: Mcp) -> Any:
        before = await ask(mcp)
        failed, behind = await asyncio.gather(ask(mcp, body), ask(mcp))
        return before["pid"], failed, behind["pid"]

    before, failed, behind = run(tmp_path, work, call_s)
    assert failed.code == code
    assert behind != before


def test_a_call_that_failed_leaves_the_next_calls_program_alone(tmp_path: Path) -> None:
    """The next call finds that the program has ended before the failed one does."""

    async def work(mcp: Mcp) -> Any:
        process = psutil.Process((await ask(mcp))["pid"])
        failed = asyncio.create_task(ask(mcp, "die"))
        await asyncio.sleep(0)  # it is sent; this loop does not read its answer before the next call
        until(lambda: process.status() == psutil.STATUS_ZOMBIE, "the end of the program")
        behind = await ask(mcp)
        return process.pid, await failed, behind["pid"]

    before, failed, behind = run(tmp_path, work)
    assert failed.code == "upstream_error"
    assert behind != before


def test_a_canceled_call_keeps_no_other_call_waiting(tmp_path: Path) -> None:
    async def work(mcp: Mcp) -> Any:
        before = await ask(mcp)
        canceled = asyncio.create_task(ask(mcp, "hang"))
        await asyncio.sleep(0)  # it is sent
        canceled.cancel()
        await asyncio.wait([canceled])
        return before["pid"], await ask(mcp)

    before, behind = run(tmp_path, work)
    assert behind["pid"] != before


def test_a_program_that_ended_between_calls_is_started_again(tmp_path: Path) -> None:
    async def work(mcp: Mcp) -> Any:
        pid = (await ask(mcp))["pid"]
        process = psutil.Process(pid)
        process.kill()
        until(lambda: process.status() == psutil.STATUS_ZOMBIE, "the end of the program")
        return pid, (await ask(mcp))["pid"]

    killed, started = run(tmp_path, work)
    assert killed != started


def test_the_program_that_was_used_least_recently_makes_room(tmp_path: Path) -> None:
    async def work(mcp: Mcp) -> Any:
        pids = {key: (await ask(mcp, key=key))["pid"] for key in KEYS[:PROGRAMS_MAX]}
        await ask(mcp, key=KEYS[0])
        await ask(mcp, key=KEYS[-1])
        return pids, {key: psutil.pid_exists(pid) for key, pid in pids.items()}

    _, exist = run(tmp_path, work)
    assert [key for key, exists in exist.items() if not exists] == [KEYS[1]]


def test_no_call_is_ended_to_make_room(tmp_path: Path) -> None:
    flag = tmp_path / "flag"

    async def work(mcp: Mcp) -> Any:
        calls = [asyncio.create_task(ask(mcp, f"wait {flag}", key=key)) for key in KEYS[:PROGRAMS_MAX]]
        await asyncio.sleep(0)
        refused = await ask(mcp, key=KEYS[-1])
        flag.touch()
        for call in calls:
            assert (await call)["pid"]
        return refused, await ask(mcp, key=KEYS[-1])

    refused, later = run(tmp_path, work)
    assert (refused.code, refused.status) == ("service_unavailable", 503)
    assert later["pid"]


def test_an_idle_program_ends(tmp_path: Path) -> None:
    async def work(mcp: Mcp) -> Any:
        pid = (await ask(mcp))["pid"]
        return await asyncio.to_thread(until, lambda: not psutil.pid_exists(pid), "the end of the program")

    assert run(tmp_path, work, idle_s=0.05)


def test_a_call_that_takes_longer_is_not_idle(tmp_path: Path) -> None:
    flag = tmp_path / "flag"

    async def work(mcp: Mcp) -> Any:
        before = await ask(mcp)
        asyncio.get_running_loop().call_later(0.3, flag.touch)
        return before["pid"], (await ask(mcp, f"wait {flag}"))["pid"]

    before, after = run(tmp_path, work, idle_s=0.1)
    assert before == after


def test_before_the_first_up_there_is_no_program(tmp_path: Path) -> None:
    async def work(mcp: Mcp) -> Any:
        return await mcp.answer(request(), b"{}", None)

    assert run(tmp_path, work).status == 503


def test_the_program_answers_as_the_server_does() -> None:
    asked = {
        "headers": {"content-type": "application/json"},
        "body": json.dumps({"jsonrpc": "2.0", "id": 1, "method": "ping"}),
    }
    done = subprocess.run(
        [sys.executable, *COMMAND], input=json.dumps(asked) + "\n", capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == {"status": 200, "body": '{"jsonrpc":"2.0","id":1,"result":{}}'}
