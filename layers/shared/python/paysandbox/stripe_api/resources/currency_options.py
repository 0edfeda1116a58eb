"""`currency_options`: what an object has in currencies other than its own, by their codes in lower case."""

from collections.abc import Collection
from typing import Annotated, Final

from pydantic import Field as Limits

from paysandbox.core.currency import is_known
from paysandbox.http.reading import parameter_name
from paysandbox.stripe_api.errors import unsupported_currency
from paysandbox.stripe_api.resource_kit.declaration import refused

CURRENCY_OPTIONS: Final = "currency_options"
_MAX_SHOWN: Final = 40

CurrencyKey = Annotated[str, Limits(max_length=100)]
"""A currency as it is sent: `check_currencies` refuses what is none, in Stripe's words."""


def check_currencies(options: Collection[str], own: str | None, param: str) -> None:
    """Refuse options for what is no currency, and for the object's `own` one."""
    for name in options:
        shown = parameter_name(name)[:_MAX_SHOWN]
        if not is_known(name.upper()):
            raise refused(unsupported_currency(shown), param)
        if name != name.lower():
            hint = f"Use `{name.lower()}` instead of `{name}`."
            raise refused(f"Currencies must be lowercase when used as keys in a map. {hint}", param)
        if name == own:
            raise refused(f"`{param}` must not have the currency of the object itself ({name}).", param)
