"""How many requests are held at once: in all, and of one owner."""

from contextlib import ExitStack

from engine.holds import Holds


def test_what_ends_makes_room_for_another() -> None:
    holds = Holds(most=2, most_of_one=1)
    with ExitStack() as first:
        assert first.enter_context(holds.one_of("a"))
        with holds.one_of("a") as again, holds.one_of("b") as other, holds.one_of("c") as third:
            assert (again, other, third, holds.held) == (False, True, False, 2)
    with holds.one_of("a") as later:
        assert (later, holds.held) == (True, 1)
    assert holds.held == 0
