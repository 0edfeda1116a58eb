"""Times in the future that an object is created with, in Unix seconds. The sentences are Stripe's."""

from datetime import datetime
from typing import Annotated, Final

from pydantic import Field as Limits

from paysandbox.stripe_api.requests import Whole
from paysandbox.stripe_api.resource_kit.declaration import refused

_YEARS: Final = 5

UnixTime = Annotated[Whole, Limits(ge=0)]


def check_future(name: str, time: int | None, now: datetime) -> None:
    """Refuse a time that is not in the future, and one in more than five years."""
    if time is None:
        return
    if time <= now.timestamp():
        raise refused(
            f"The parameter `{name}` expects a unix timestamp representing a date and time in the future. You "
            f"specified the value `{time}` which is in the past.",
            name,
        )
    leap = now.month == 2 and now.day == 29
    if time > now.replace(year=now.year + _YEARS, day=28 if leap else now.day).timestamp():
        raise refused("Invalid timestamp: can be no more than five years in the future.", name)
