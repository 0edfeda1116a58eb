"""Something is created once, whoever calls first."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from paysandbox.core.once import once

PATIENCE_S = 10


def test_it_is_created_at_the_first_call() -> None:
    created: list[object] = []

    @once
    def thing() -> object:
        created.append(object())
        return created[-1]

    assert created == []
    assert thing() is thing() is created[0]


def test_a_thread_that_comes_meanwhile_gets_the_same() -> None:
    creating, may_end = Event(), Event()
    created: list[object] = []

    @once
    def thing() -> object:
        creating.set()
        assert may_end.wait(PATIENCE_S)
        created.append(object())
        return created[-1]

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(thing)
        assert creating.wait(PATIENCE_S)
        second = threads.submit(thing)
        may_end.set()
        assert first.result(PATIENCE_S) is second.result(PATIENCE_S)
    assert len(created) == 1


def test_what_is_created_may_need_another() -> None:
    inner = once(object)
    outer = once(lambda: (inner(),))
    assert outer() == (inner(),)


def test_after_an_error_the_next_call_tries_again() -> None:
    answers = iter([ValueError("not yet"), "created"])

    @once
    def thing() -> str:
        match next(answers):
            case str() as text:
                return text
            case error:
                raise error

    with pytest.raises(ValueError, match="not yet"):
        thing()
    assert thing() == "created"


def test_it_can_be_forgotten() -> None:
    thing = once(object)
    before = thing()
    thing.cache_clear()
    assert thing() is not before
