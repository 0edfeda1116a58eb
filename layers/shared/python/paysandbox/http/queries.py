"""What the queries of all lists have in common: pages, and instants.

A query is text, so numbers are read from text here and nowhere else.
"""

import re
from datetime import UTC, datetime
from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

MAX_PAGE: Final = 100

# RFC 3339, section 5.6, in the years that a payment can be of; microseconds are as fine as we keep time.
_RFC_3339 = re.compile(
    r"(19|2[0-9])[0-9]{2}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)


def _instant(text: object) -> datetime:
    try:
        if isinstance(text, str) and _RFC_3339.fullmatch(text):
            return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except ValueError:
        pass  # 30 February, 25 o'clock
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


class Query(BaseModel):
    """Which page of a list."""

    model_config = ConfigDict(extra="forbid", strict=False, frozen=True, hide_input_in_errors=True)

    limit: Annotated[int, Field(ge=1, le=MAX_PAGE, description="Maximum number of entries on the page.")] = 20
    cursor: Annotated[
        str | None,
        Field(max_length=200, description="`next_cursor` of the previous page. The filters must be the same."),
    ] = None
