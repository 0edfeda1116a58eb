"""Amounts on the command line: read, checked and refused before anything is sent."""

from __future__ import annotations

import re
from typing import Any, Final

import typer
from typer.core import TyperCommand
from typer.exceptions import TyperException

from cli.terminal.amount import Unreadable, to_decimal, to_minor, whole_minor

MAX_AMOUNT: Final = 99_999_999
"""The largest amount of the API, in minor units. The API's own constant takes too long to load."""

_TOO_SMALL: Final = "Amount must be greater than 0."
_LIKE_A_NUMBER: Final = re.compile(r"-[0-9.]")


class AmountCommand(TyperCommand):
    """A command whose argument is an amount: a negative one is not mistaken for an option."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments. `-5` is an unknown option to the parser; here it is an amount."""
        try:
            return super().parse_args(ctx, args)
        except TyperException as misuse:
            if _LIKE_A_NUMBER.match(getattr(misuse, "option_name", "")):
                raise typer.BadParameter(_TOO_SMALL, ctx=ctx, param_hint="AMOUNT") from None
            raise


def minor_units(text: str, currency: str, *, minor: bool = False, hint: str = "AMOUNT") -> int:
    """The amount in minor units. `minor` says that the text is in minor units already."""
    if text.startswith("-"):
        raise typer.BadParameter(_TOO_SMALL, param_hint=hint)
    try:
        amount = whole_minor(text) if minor else to_minor(text, currency)
    except Unreadable as unreadable:
        raise typer.BadParameter(str(unreadable), param_hint=hint) from None
    if amount == 0:
        raise typer.BadParameter(_TOO_SMALL, param_hint=hint)
    if amount > MAX_AMOUNT:
        most = str(MAX_AMOUNT) if minor else f"{to_decimal(MAX_AMOUNT, currency)} {currency.upper()}"
        raise typer.BadParameter(f"Amount must be at most {most}.", param_hint=hint)
    return amount
