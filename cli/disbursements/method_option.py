"""The option `--method`: how disbursements are paid."""

from __future__ import annotations

from typing import Annotated, Final

import typer

NAMES: Final = ("--method", "--payment-method")
"""The second is the name of the API's field."""


def complete_method(incomplete: str) -> list[str]:
    """The payment methods that begin like this."""
    from paysandbox.disbursements.methods import AVAILABLE  # only a shell's completion lists them

    return [str(method) for method in AVAILABLE if method.startswith(incomplete)]


def known_method(text: str | None) -> str | None:
    """Return a payment method that has a rail. Raises typer.BadParameter for any other."""
    from paysandbox.disbursements.methods import AVAILABLE

    if text is not None and text not in AVAILABLE:
        raise typer.BadParameter(f"{text!r} is none of {', '.join(AVAILABLE)}.")
    return text


PaidBy = Annotated[
    str | None,
    typer.Option(
        *NAMES,
        metavar="METHOD",
        autocompletion=complete_method,
        callback=known_method,
        help="Only disbursements that are paid by this method: paypal, ach or stripe.",
    ),
]
