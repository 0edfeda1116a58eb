"""The body of the route that moves the clock."""

from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from paysandbox.clock.rules import AHEAD_S_MAX
from paysandbox.http.parameter_shape import Shape
from paysandbox.http.queries import Instant


class MoveClock(Shape):
    """How to move the clock. Send exactly one field."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1, "maxProperties": 1})

    advance_s: Annotated[
        int | None,
        Field(
            ge=0,
            le=AHEAD_S_MAX,
            description="Seconds to advance the clock. A request that is repeated advances it again. 0 updates "
            "functions that use another time than the others, and does what is due.",
            examples=[691_200],
        ),
    ] = None
    until: Annotated[
        Instant | None,
        Field(description="Time to advance the clock to. Repeat a request that failed with this field, safely."),
    ] = None
    reset: Annotated[
        Literal[True] | None, Field(description="`true` returns the clock to wall time, the only way back.")
    ] = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(field is not None for field in (self.advance_s, self.until, self.reset)) != 1:
            raise PydanticCustomError("not_one_move", "Send exactly one of advance_s, until and reset.")
        return self
