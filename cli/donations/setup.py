"""Sets up donations for `paysandbox up`, with the sandbox itself in Stripe's place.

The events of merchant donate-now go to the sandbox's own `/webhooks/stripe`. The functions read the API key and the
endpoint's secret from their parameters, as they would read Stripe's. A second run changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import httpx

from cli.connection.api import client_of
from cli.connection.keys import name_prefix
from cli.donations.stripe_parameters import StripeParameters, StripeSecret
from cli.terminal.failure import Failure
from paysandbox.aws.schema import ENDPOINTS
from paysandbox.donations.donation import MERCHANT
from paysandbox.donations.routes import RECEIVE_STRIPE_EVENT
from paysandbox.http.keys.credential import publishable_key
from paysandbox.webhooks.endpoints.endpoints import Endpoints, get_endpoints

if TYPE_CHECKING:
    from cli.connection.target import Target

EVENTS: Final = (
    "charge.refunded",
    "payment_intent.canceled",
    "payment_intent.payment_failed",
    "payment_intent.succeeded",
)
"""The Stripe events that donations need; an endpoint in a Stripe account must subscribe to these."""

PATH: Final = "/webhook_endpoints"
"""Of the routes for endpoints, whose module imports all others: half of the time that this program has for a start."""

_DESCRIPTION: Final = "Donate Now"
_MOST: Final = 100
_AGAIN: Final = "See `paysandbox logs --failed`, then run the command again. It resumes where it stopped."


def ensure_donations(target: Target, api_key: str) -> str:
    """Ensure the key, the endpoint and all parameters exist. Returns a summary of the changes."""
    parameters = StripeParameters.of(target)
    there, notes = parameters.get(), parameters.notes()
    done: list[str] = []
    if there.get(StripeSecret.KEY) != api_key:
        parameters.put(StripeSecret.KEY, api_key)
        done.append("API key")
    if there.get(StripeSecret.PUBLISHABLE) != publishable_key(api_key):
        parameters.put(StripeSecret.PUBLISHABLE, publishable_key(api_key))
    url = f"{target.base_url}{RECEIVE_STRIPE_EVENT.path}"
    known = notes.get(StripeSecret.WEBHOOK)
    if not done and _is_set_up(target, url, known):
        return "unchanged"
    with client_of(f"{target.outputs('v1')['StripeApiBase'].rstrip('/')}/v1") as http:
        stripe = _Endpoints(http, api_key)
        endpoint = None
        for found in stripe.all():
            # A secret is shown once, so an endpoint whose secret is in no parameter is useless.
            if endpoint is None and found["id"] == known:
                endpoint = found
            elif found["description"] == _DESCRIPTION:
                stripe.delete(found["id"])
        if endpoint is None:
            made = stripe.create(url)
            parameters.put(StripeSecret.WEBHOOK, made["secret"], note=made["id"])
            done.append("webhook endpoint")
        elif (endpoint["url"], sorted(endpoint["enabled_events"]), endpoint["status"]) != (url, [*EVENTS], "enabled"):
            stripe.update(endpoint["id"], url)
            done.append("endpoint URL")
    return f"{' and '.join(done)} set, at {url}" if done else "unchanged"


def _is_set_up(target: Target, url: str, known: str | None) -> bool:
    """Return whether the stored endpoint is the only one of donations, and as it is to be.

    Asked through the API, two functions would have to start first: half of the time of a second `paysandbox up`.
    """
    table = Endpoints(target.client("dynamodb"), f"{name_prefix(target)}{ENDPOINTS}")
    found = [each for each in get_endpoints(table, MERCHANT).values() if each.description == _DESCRIPTION]
    return [(each.id, each.url, sorted(each.events), each.enabled) for each in found] == [(known, url, [*EVENTS], True)]


@dataclass(frozen=True)
class _Endpoints:
    """The webhook endpoints of the merchant, over the API in Stripe's shape."""

    http: httpx.Client
    api_key: str

    def all(self) -> list[dict[str, Any]]:
        return self._ask("GET", query={"limit": _MOST})["data"]

    def create(self, url: str) -> dict[str, Any]:
        return self._ask("POST", {"url": url, "description": _DESCRIPTION} | _chosen())

    def update(self, endpoint_id: str, url: str) -> None:
        self._ask("POST", {"url": url, "disabled": "false"} | _chosen(), endpoint_id)

    def delete(self, endpoint_id: str) -> None:
        self._ask("DELETE", None, endpoint_id)

    def _ask(
        self,
        method: str,
        form: Mapping[str, Any] | None = None,
        endpoint_id: str | None = None,
        query: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        path = PATH if endpoint_id is None else f"{PATH}/{endpoint_id}"
        headers = {"Authorization": f"Bearer {self.api_key}"}
        try:
            answer = self.http.request(method, path.lstrip("/"), params=query, headers=headers, data=form)
        except httpx.RequestError as error:
            raise Failure(f"{method} {self.http.base_url}{path} got no answer: {error}", _AGAIN) from error
        if answer.status_code != 200:
            raise Failure(
                f"{method} {answer.request.url} answered {answer.status_code}: {answer.text[:300]}",
                _AGAIN,
            )
        return answer.json()


def _chosen() -> dict[str, str]:
    return {f"enabled_events[{place}]": name for place, name in enumerate(EVENTS)}
