"""Turns at the processors: at most so many at once, in rotation, and a share for each client that is active."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from engine.workers.turns import Turns, client_of

Turn = AbstractContextManager[None]
LONG = {"turn_s": 60.0, "share_s": 60.0, "active_s": 60.0}


class Room:
    """Clients that ask for turns. `began` has them in the order in which they got one."""

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self.began: list[str] = []
        self.asked: list[asyncio.Task[Turn]] = []
        self._held: dict[str, list[Turn]] = {}

    async def ask(self, *clients: str) -> None:
        """Ask for a turn for each of them."""
        for client in clients:
            self.asked.append(asyncio.create_task(self._turn_of(client)))
            await settled()

    async def end(self, client: str) -> None:
        """Give back the oldest turn of a client."""
        with self._held[client].pop(0):
            pass
        await settled()

    async def _turn_of(self, client: str) -> Turn:
        turn = await self.turns.turn(client)
        self.began.append(client)
        self._held.setdefault(client, []).append(turn)
        return turn


async def settled() -> None:
    """Let all tasks go as far as they can."""
    for _ in range(3):
        await asyncio.sleep(0)


def in_room(run: Callable[[Room], Awaitable[Any]], **rules: Any) -> Room:
    """Run this with turns of which two may be taken at once."""

    async def with_room() -> Room:
        room = Room(Turns(at_once=2, **(LONG | rules)))
        await run(room)
        for each in room.asked:
            each.cancel()
        return room

    return asyncio.run(with_room())


def test_a_client_alone_has_all_turns() -> None:
    assert in_room(lambda room: room.ask("a", "a", "a")).began == ["a", "a"]


def test_a_turn_that_ends_is_the_next_ones() -> None:
    async def run(room: Room) -> None:
        await room.ask("a", "a", "a", "a")
        await room.end("a")

    assert in_room(run).began == ["a", "a", "a"]


def test_a_client_that_comes_waits_for_one_turn_only() -> None:
    async def run(room: Room) -> None:
        await room.ask("noisy", "noisy", "noisy", "noisy", "quiet")
        await room.end("noisy")

    assert in_room(run).began == ["noisy", "noisy", "quiet"]


def test_beside_an_active_client_another_has_its_share() -> None:
    async def run(room: Room) -> None:
        await room.ask("quiet")
        await room.end("quiet")
        await room.ask("noisy", "noisy", "quiet")

    assert in_room(run).began == ["quiet", "noisy", "quiet"]


def test_a_client_that_is_not_active_any_more_leaves_its_share() -> None:
    async def run(room: Room) -> None:
        await room.ask("quiet")
        await room.end("quiet")
        await room.ask("noisy", "noisy")

    assert in_room(run, active_s=-1.0).began == ["quiet", "noisy", "noisy"]


def test_clients_that_wait_get_turns_in_rotation() -> None:
    async def run(room: Room) -> None:
        await room.ask("a", "a", "b", "b", "c", "c")
        for client in "aabc":
            await room.end(client)

    assert in_room(run).began == ["a", "a", "b", "c", "b", "c"]


def test_a_turn_that_takes_long_is_given_back_once() -> None:
    async def run(room: Room) -> None:
        await room.ask("a", "a", "a", "a", "a")
        await asyncio.wait(room.asked, timeout=5)
        assert len(room.began) == 5
        for _ in range(5):
            await room.end("a")
        await room.ask("a", "a", "a")
        assert not room.asked[-1].done()

    in_room(run, turn_s=0.01)


def test_a_turn_that_takes_long_is_part_of_the_share_for_a_while() -> None:
    async def run(room: Room) -> None:
        await room.ask("quiet")
        await room.end("quiet")
        await room.ask("noisy", "noisy", "quiet", "other")
        await asyncio.wait(room.asked[3:], timeout=5)
        assert room.began == ["quiet", "noisy", "quiet", "other"]  # its turn is over, and noisy has its share
        await asyncio.wait(room.asked, timeout=5)

    assert in_room(run, turn_s=0.01, share_s=0.2).began[4:] == ["noisy"]


def test_requests_without_a_key_take_no_turn() -> None:
    assert in_room(lambda room: room.ask("a", "a", "", "", "", "a")).began == ["a", "a", "", "", ""]


def test_a_client_that_is_gone_takes_no_turn() -> None:
    async def run(room: Room) -> None:
        await room.ask("a", "a", "b", "c")
        room.asked[2].cancel()
        await room.end("a")

    assert in_room(run).began == ["a", "a", "c"]


def test_a_turn_of_a_client_that_is_gone_is_the_next_ones() -> None:
    async def run(room: Room) -> None:
        await room.ask("a", "a", "b", "c")
        with room.asked[0].result():
            pass
        room.asked[2].cancel()  # it has the turn, and does not know yet
        await settled()

    assert in_room(run).began == ["a", "a", "c"]


@pytest.mark.parametrize("seed", range(20))
def test_everybody_gets_a_turn_and_never_more_than_two_at_once(seed: int) -> None:
    chance = random.Random(seed)
    running = most = done = 0

    async def request(turns: Turns, client: str) -> None:
        nonlocal running, most, done
        with await turns.turn(client):
            running += 1
            most = max(most, running)
            try:
                for _ in range(chance.randrange(4)):
                    await asyncio.sleep(0)
                done += 1
            finally:
                running -= 1

    async def run() -> None:
        turns = Turns(at_once=2, **LONG)
        requests: list[asyncio.Task[None]] = []
        for _ in range(100):
            requests.append(asyncio.create_task(request(turns, chance.choice("abc"))))
            if chance.random() < 0.2:
                chance.choice(requests).cancel()
            await asyncio.sleep(0)
        await asyncio.wait(requests, timeout=10)
        assert done + sum(one.cancelled() for one in requests) == 100

    asyncio.run(run())
    assert most <= 2


@pytest.mark.parametrize(
    "event, client",
    [
        ({"headers": {"x-api-key": "key-1", "authorization": "Bearer key-2"}}, "key-1"),
        ({"headers": {"authorization": "Bearer key-2"}}, "Bearer key-2"),
        ({"headers": {}}, ""),
        ({"headers": None}, ""),
        ("an event of another service", ""),
    ],
)
def test_a_client_is_known_by_its_key(event: Any, client: str) -> None:
    assert client_of(event) == client
