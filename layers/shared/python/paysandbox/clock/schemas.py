"""The shapes of the answers of the clock's routes: for documents and tests. No function loads them."""

from typing import Annotated

from pydantic import Field

from paysandbox.http.answer_shape import Answer


class Clock(Answer):
    """The sandbox's clock: wall time plus an offset that all merchants of the environment share."""

    now: Annotated[str, Field(description="The sandbox's time.")]
    wall: Annotated[str, Field(description="Wall-clock time.")]
    offset_s: Annotated[int, Field(description="Seconds that the sandbox's time is ahead of wall time.")]
    may_move: Annotated[bool, Field(description="Whether the clock of this environment may be moved.")]


class MovedClock(Clock):
    """The clock after it was moved. Every request that is sent from now on has the new time."""

    unfinished: Annotated[
        list[str],
        Field(
            description="Work that is due and not done yet, one sentence each. It continues in the background within "
            "15 minutes."
        ),
    ]
