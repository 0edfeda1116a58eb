"""Query parameters common to all lists: pages and timestamps.

Query parameters are text, so numbers are parsed from text here and nowhere else.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal, LiteralString

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, WithJsonSchema
from pydantic_core import PydanticCustomError

MAX_PAGE: Final = 100

# RFC 3339, section 5.6, limited to plausible years and to microseconds, the precision of stored times.
_RFC_3339 = re.compile(
    r"(19|2[0-9])[0-9]{2}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)


def _instant(text: object) -> datetime:
    try:
        if isinstance(text, str) and _RFC_3339.fullmatch(text):
            return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except ValueError:
        pass  # such as 30 February or 25:00
    raise PydanticCustomError(
        "instant_invalid", "Use an RFC 3339 time such as 2026-11-20T07:41:14Z. Encode the + of an offset as %2B."
    )


Instant = Annotated[
    datetime,
    BeforeValidator(_instant),
    WithJsonSchema(
        {
            "type": "string",
            "format": "date-time",
            "pattern": f"^{_RFC_3339.pattern}$",
            "examples": ["2026-11-20T07:41:14Z"],
        }
    ),
]


def later_than(start: str, message: LiteralString) -> Callable[[Any, ValidationInfo], Any]:
    """Return the check that the end of a range, if both ends are sent, is later than the field `start`.

    For pydantic's `field_validator`. A range that is empty is refused with the message.
    """

    def check(end: Any, info: ValidationInfo) -> Any:
        begin = info.data.get(start)
        if begin is not None and end is not None and end <= begin:
            raise PydanticCustomError("span_empty", message)
        return end

    return check


class Query(BaseModel):
    """The page of a list to return."""

    model_config = ConfigDict(extra="forbid", strict=False, frozen=True, hide_input_in_errors=True)

    limit: Annotated[int, Field(ge=1, le=MAX_PAGE, description="Maximum number of entries on the page.")] = 20
    cursor: Annotated[
        str | None,
        Field(max_length=250, description="`next_cursor` of the previous page. The filters must be the same."),
    ] = None


class OrderedQuery(Query):
    """The page of a list to return, and the list's order."""

    order: Annotated[
        Literal["asc", "desc"],
        Field(description="`desc`: newest first. `asc`: oldest first. A cursor is valid for the same order only."),
    ] = "desc"

    @property
    def oldest_first(self) -> bool:
        """Whether the list begins with the oldest entry."""
        return self.order == "asc"
