"""Stripe's list parameters, applied to our lists: the range of `created`, and the object to start from."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from paysandbox.core.errors import Code, Refused
from paysandbox.stripe_api.errors import no_such
from paysandbox.stripe_api.lists.page import Around, Objects
from paysandbox.stripe_api.requests import CreatedSpan, Listing

_SECOND = timedelta(seconds=1)
_LAST = 253_402_300_799  # the end of the year 9999


def span_of(created: CreatedSpan | None) -> tuple[datetime | None, datetime | None]:
    """Return the start (inclusive) and end (exclusive) of a range. Stripe counts whole seconds, rounded down."""
    if created is None:
        return None, None
    since = [_at(created.gte)] if created.gte is not None else []
    since += [_at(created.gt) + _SECOND] if created.gt is not None else []
    until = [_at(created.lt)] if created.lt is not None else []
    until += [_at(created.lte) + _SECOND] if created.lte is not None else []
    return max(since, default=None), min(until, default=None)


def created_in(created: CreatedSpan | None, objects: Objects) -> Objects:
    """Return the objects created in the range, for lists whose rows have another time or were not queried by it."""
    if created is None:
        return objects
    return [entry for entry in objects if _is_in(created, entry[1]["created"])]


def of_customer(customer: str | None, objects: Objects) -> Objects:
    """Return the objects of a customer, or all without one."""
    return objects if customer is None else [entry for entry in objects if entry[1]["customer"] == customer]


def around(query: Listing, kind: str, position_of: Callable[[str], str | None]) -> Around | None:
    """Return the object to start from, of a `kind` (`charge`). `position_of` returns the sort key of an object's row,
    None if it is not listed.

    Raises Refused: parameter_invalid if both parameters are sent, whatever they name, and resource_not_found for an
    unknown object. The words are Stripe's (stripe-python#585).
    """
    if query.starting_after is not None and query.ending_before is not None:
        raise Refused(
            Code.PARAMETER_INVALID,
            "Received both starting_after and ending_before parameters. Please pass in only one.",
        )
    for param, named in (("starting_after", query.starting_after), ("ending_before", query.ending_before)):
        if named is None:
            continue
        position = position_of(named)
        if position is None:
            raise no_such(kind, named, param)
        return Around(object_id=named, position=position, newer=param == "ending_before")
    return None


def around_in(query: Listing, kind: str, objects: Objects) -> Around | None:
    """Return the object to start from in a list that is complete. Raises Refused as `around` does."""
    names = {name for name, _ in objects}
    return around(query, kind, lambda name: name if name in names else None)


def _is_in(span: CreatedSpan, second: int) -> bool:
    return (
        (span.gt is None or second > span.gt)
        and (span.gte is None or second >= span.gte)
        and (span.lt is None or second < span.lt)
        and (span.lte is None or second <= span.lte)
    )


def _at(seconds: int) -> datetime:
    return datetime.fromtimestamp(min(seconds, _LAST - 1), UTC)
