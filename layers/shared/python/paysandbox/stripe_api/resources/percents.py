"""Percentages: of a coupon, and of a tax. Stored as whole ten-thousandths of a percent, sent and shown as decimals."""

import re
from typing import Annotated, Final

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

_DECIMALS: Final = 4
_DECIMAL: Final = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,4})?")


def read_percent(value: object) -> int:
    """Read a decimal, as ten-thousandths."""
    if not isinstance(value, str) or not _DECIMAL.fullmatch(value):
        raise PydanticCustomError("decimal_invalid", "This must be a decimal.")
    whole, _, fraction = value.partition(".")
    return int(whole + fraction.ljust(_DECIMALS, "0"))


Percent = Annotated[
    int,
    BeforeValidator(read_percent),
    WithJsonSchema({"type": "number", "exclusiveMinimum": 0, "maximum": 100, "examples": [25]}),
]
"""Above 0, at most 100: the resource refuses another one in Stripe's words."""
Rate = Annotated[
    int,
    BeforeValidator(read_percent),
    WithJsonSchema({"type": "number", "minimum": 0, "maximum": 100, "examples": [19]}),
]
"""From 0 to 100. The resource refuses another one."""
