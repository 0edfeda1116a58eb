"""GET /sandbox/clock: the sandbox's time, wall time and the offset between them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from paysandbox.clock.routes import GET_CLOCK, MOVE_CLOCK
from tests.support.builders import build
from tests.support.clients.call import send
from tests.support.worlds.aws_transport import Wire


def between(answer: dict[str, Any]) -> timedelta:
    return datetime.fromisoformat(answer["now"]) - datetime.fromisoformat(answer["wall"])


def test_wall_time() -> None:
    answer = send(GET_CLOCK).json
    assert (answer["offset_s"], answer["may_move"], between(answer)) == (0, True, timedelta(0))
    assert abs(datetime.fromisoformat(answer["wall"]) - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_clock_that_is_ahead() -> None:
    send(MOVE_CLOCK, body={"advance_s": 691_200})
    answer = send(GET_CLOCK).json
    assert (answer["offset_s"], between(answer)) == (691_200, timedelta(days=8))


def test_an_environment_whose_clock_may_not_move(told: Any) -> None:
    told(clock_may_move=False)
    assert send(GET_CLOCK).json["may_move"] is False


def test_a_fixed_clock_is_a_setting_that_costs_no_call(wire: Wire, told: Any) -> None:
    told(clock_may_move=False, clock_table="", clock_offset_s=60)
    with wire.record() as sent:
        assert send(GET_CLOCK).json["offset_s"] == 60
    assert sent == []


@pytest.mark.parametrize("gateway", ["aws", "engine"])
def test_an_operators_key_opens_nothing_else(gateway: Any) -> None:
    reply = send(GET_CLOCK, api_key=build.OPERATOR_KEY, gateway=gateway)
    assert (reply.status, reply.code) == (401, "api_key_invalid")
    assert "An operator's key moves the clock and opens nothing else." in reply.json["detail"]
