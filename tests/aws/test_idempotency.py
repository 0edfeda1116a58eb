"""Powertools' idempotency with records that bind a key: the order of its steps, and what becomes of failures."""

from types import SimpleNamespace
from typing import Final

import pytest

from paysandbox.aws.idempotency import DISABLED_VARIABLE, run_bound
from paysandbox.core.errors import Code, Refused

CONTEXT: Final = SimpleNamespace(get_remaining_time_in_millis=lambda: 10_000)


def test_the_effect_follows_what_the_key_is_bound_to() -> None:
    steps: list[str] = []

    def bind() -> str:
        steps.append("bound")
        return "op_1"

    def effect(bound: str) -> dict[str, str]:
        steps.append(f"effect of {bound}")
        return {"client_secret": "never stored"}

    assert run_bound("key", CONTEXT, bind, effect) == ({"client_secret": "never stored"}, "op_1")
    assert steps == ["bound", "effect of op_1"]


@pytest.mark.parametrize("result", [None, {}, 0, ""])
def test_a_result_that_is_false_is_returned(result: object) -> None:
    assert run_bound("key", CONTEXT, lambda: "op_1", lambda _: result) == (result, "op_1")


@pytest.mark.parametrize(
    "error", [Refused(Code.IDEMPOTENCY_KEY_REUSED, "Another body."), TimeoutError()], ids=["refused", "time-out"]
)
def test_without_a_binding_there_is_no_effect(error: Exception) -> None:
    def bind() -> str:
        raise error

    with pytest.raises(type(error)) as raised:
        run_bound("key", CONTEXT, bind, lambda _: pytest.fail("the effect ran"))
    assert raised.value is error


def test_after_a_failure_a_retry_is_bound_to_the_same() -> None:
    """Powertools would delete its record, and a retry would be a second effect."""
    record: list[str] = []

    def bind() -> str:
        record[:] = record or ["op_1"]
        return record[0]

    def effect(_: str) -> None:
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        run_bound("key", CONTEXT, bind, effect)
    assert run_bound("key", CONTEXT, bind, lambda bound: f"effect of {bound}") == ("effect of op_1", "op_1")


def test_it_cannot_be_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DISABLED_VARIABLE, "1")
    with pytest.raises(RuntimeError, match=DISABLED_VARIABLE):
        run_bound("key", CONTEXT, lambda: pytest.fail("bound"), lambda _: pytest.fail("the effect ran"))
