# pyright: standard
"""Lists of resources that the sandbox does not simulate, for programs that read everything an account has.

Such a list is empty, which is true: its objects cannot be created here. A header says why. No application grants or
withdraws access by one of these. Active entitlements have no empty list, since an application that reads it would cut
its customers off, and neither do lists that are never empty at Stripe (tax codes) or whose objects exist here
(payouts).
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, cast

from pydantic import ConfigDict

from paysandbox.core.record import replace
from paysandbox.http.middleware import Response
from paysandbox.http.reading import parameter_name
from paysandbox.http.request import Event
from paysandbox.http.route import Route
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.lists.answer import list_answer
from paysandbox.stripe_api.lists.parameters import around
from paysandbox.stripe_api.objects.expand import expand_of_list
from paysandbox.stripe_api.parameter_errors import parameter_names, parameters_of, unknown_parameters
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import ListingByTime

NOT_SIMULATED_HEADER: Final = "Sandbox-Not-Simulated"
"""`true` in the answer of a list that is empty because its resource is not simulated."""

EMPTY_LISTS: Final[Mapping[str, str]] = {
    "/v1/credit_notes": "credit_note",
    "/v1/entitlements/features": "entitlements.feature",
    "/v1/file_links": "file_link",
    "/v1/files": "file",
    "/v1/payment_links": "payment_link",
    "/v1/plans": "plan",
    "/v1/quotes": "quote",
    "/v1/reviews": "review",
    "/v1/tax_ids": "tax_id",
    "/v1/topups": "topup",
}
"""The lists by their path, and what Stripe calls one of their objects. Stripe's parameters of each are in the
catalog."""


class ListNotSimulated(ListingByTime):
    """A page of a list that is empty, with any filter that Stripe has of it."""

    model_config = ConfigDict(extra="allow")


def empty_list(any_other_url: Route, path: str) -> Callable[[Event, Any], Response]:
    """Return the handler of one of these lists. Refuses parameters that Stripe does not have, and reads nothing."""
    route = replace(any_other_url, path=path.removeprefix("/v1"), query=ListNotSimulated)

    @stripe_endpoint(route)
    def handler(call: StripeCall[None, ListNotSimulated]) -> StripeAnswer:
        query = call.query
        known = {*parameter_names(parameters_of(route))}
        unknown = [place for place in _places(query.model_dump(exclude_unset=True)) if place not in known]
        if unknown:
            raise unknown_parameters(route, unknown)
        expand_of_list(query.expand)
        around(query, EMPTY_LISTS[path], lambda _: None)
        return replace(list_answer(path, query, (), more=False), headers={NOT_SIMULATED_HEADER: "true"})

    return handler


def _places(sent: Mapping[str, Any], inside: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, value in sent.items():
        place = (*inside, parameter_name(name))
        yield place
        if isinstance(value, Mapping):
            yield from _places(cast("Mapping[str, Any]", value), place)
