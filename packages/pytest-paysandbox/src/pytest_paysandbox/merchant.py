"""A merchant of one test: its API key, where its requests go, and its events."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, cast

import pytest
from paysandbox_client import Sandbox

from pytest_paysandbox.credential import publishable_key

if TYPE_CHECKING:
    from paysandbox_client.shapes import EventList

EVENT_TIMEOUT_S: Final = 30.0  # a first event on a busy machine takes ten seconds
_POLL_S: Final = 0.1
_PAGE: Final = 100
_SHOWN_MAX: Final = 20


@dataclass(frozen=True)
class PaysandboxApi:
    """A merchant: the base URL of both APIs, its API key, and its name."""

    base_url: str
    api_key: str = field(repr=False)
    merchant: str

    @property
    def client(self) -> Sandbox:
        """A typed client for the native API: `paysandbox_api.client.authorize_payment({…})`."""
        return Sandbox(self.base_url, self.api_key)

    @property
    def publishable_key(self) -> str:
        """The publishable key, for a web page: with an intent's client secret it retrieves and confirms that intent."""
        return publishable_key(self.api_key)

    @property
    def stripe_base_addresses(self) -> dict[str, str]:
        """The argument `base_addresses` of `stripe.StripeClient`."""
        return {"api": self.base_url}

    def events(self, *, type: str | None = None, transaction_id: str | None = None) -> list[dict[str, Any]]:  # noqa: A002 - the API's name
        """Return the merchant's events, newest first: `id`, `type`, `timestamp`, `sequence` and `data`.

        `transaction_id` is any ID of a payment, and selects the events of that payment. Raises RequestError.
        """
        return list(self._events({"type": type, "transaction_id": transaction_id}))

    def wait_for_event(
        self,
        type: str,  # noqa: A002 - the API's name
        *,
        transaction_id: str | None = None,
        timeout_s: float = EVENT_TIMEOUT_S,
    ) -> dict[str, Any]:
        """Return the newest event of this type (`payment_captured`), and wait until there is one.

        The test fails after `timeout_s` seconds, with a list of the merchant's events. Raises RequestError.
        """
        __tracebackhide__ = True
        deadline = time.monotonic() + timeout_s
        while True:
            found = next(self._events({"type": type, "transaction_id": transaction_id}), None)
            if found is not None:
                return found
            if time.monotonic() > deadline:
                break
            time.sleep(_POLL_S)
        payment = f" of {transaction_id}" if transaction_id else ""
        pytest.fail(f"No {type} event{payment} was published within {timeout_s:g} s. {self._published()}")

    def _published(self) -> str:
        events = self.events()
        if not events:
            return f"Merchant {self.merchant} has no events."
        lines = [
            f"  {event['timestamp']}  {event['type']}  {event['data'].get('transaction_id', '')}".rstrip()
            for event in events[:_SHOWN_MAX]
        ]
        of_all = f", the newest {_SHOWN_MAX} of {len(events)}" if len(events) > _SHOWN_MAX else ""
        return "\n".join([f"The events of merchant {self.merchant}{of_all}:", *lines])

    def _events(self, filters: dict[str, str | None]) -> Iterator[dict[str, Any]]:
        client, cursor = self.client, None
        # The API refuses a type that it does not know.
        list_events = cast("Callable[..., EventList]", client.list_events)
        while True:
            page = list_events(limit=_PAGE, cursor=cursor, **filters)
            yield from (cast("dict[str, Any]", event) for event in page["data"])
            cursor = page["next_cursor"]
            if cursor is None:
                return
