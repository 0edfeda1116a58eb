"""Scenarios: the requests to each handler, and the AWS calls that each one makes.

A route's scenarios are in `tests/<feature>/scenarios.py`, beside the tests of its feature, and nowhere else. They serve
the tests that count the calls, make each of them fail, and compare rights, headers and what is logged. A route's
refusals are below them. `scenarios.py` finds both.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from paysandbox.aws.schema import INDEX_SHARDS
from paysandbox.aws.settings import HashingKeySettings, WebhookSecretSettings
from paysandbox.core.errors import Code
from paysandbox.http.route import Api, Route
from tests.support.builders.build import OTHER_MERCHANT
from tests.support.clients.call import Merchant, Reply, send
from tests.support.clients.stripe_merchant import StripeMerchant
from tests.support.worlds.handlers import Clock

KEY = "the-key"

READS = frozenset({"BatchGetItem", "GetItem", "GetSecretValue", "Query"})
"""The calls that change nothing."""

_SECRETS = frozenset({HashingKeySettings, WebhookSecretSettings})

Parts = Mapping[str, Any]
Given = Callable[[Merchant, Clock], Parts]


@dataclass(frozen=True)
class Scenario:
    """A request to a route. `given` prepares the ledger and returns the request's parts.

    `calls` are the AWS calls that the request makes. `replayed`: the request was sent before, so the stored response is
    returned. `side_by_side`: threads make some of the calls, so that their order varies. `reads_secrets`: the request
    needs the secrets that its route is configured with. `outcome` is that of the line in the log, if it differs from
    what a route of this verb logs. Not `counted`: tests of the feature count the calls, with accounts or queues of
    their own, and make them fail.
    """

    name: str
    route: Route
    calls: tuple[str, ...]
    given: Given
    replayed: bool = False
    status: int = 200
    side_by_side: bool = False
    reads_secrets: bool = True
    outcome: str = ""
    counted: bool = True

    @property
    def secrets(self) -> tuple[str, ...]:
        """The calls that read the route's secrets, in a new execution environment."""
        return ("GetSecretValue",) * len(_SECRETS & {*self.route.settings}) * self.reads_secrets

    @property
    def sequence(self) -> tuple[str, ...]:
        """The calls in their order, and the route if it writes: a repeated read does nothing twice, on any route."""
        calls = tuple(sorted(self.calls)) if self.side_by_side else self.calls
        return (*self.secrets, *calls) if {*calls} <= READS else (self.route.name, *self.secrets, *calls)

    def ask(self, parts: Parts) -> Reply:
        """Send the request in the format of the route's API."""
        return StripeMerchant().ask(self.route, **parts) if self.route.api is Api.V1 else send(self.route, **parts)

    def __str__(self) -> str:
        return f"{self.route.name}: {self.name}"


@dataclass(frozen=True)
class Refusal:
    """A request that a route refuses with this code. `claims`: by design, the refusal binds the idempotency key."""

    route: Route
    code: Code
    given: Given
    param: str | None = None
    claims: bool = False

    def __str__(self) -> str:
        return f"{self.route.name}: {self.code}"


def sending(**parts: Any) -> Given:
    """Prepare nothing."""
    return lambda *_: parts


def payment_of_another() -> str:
    """Return the ID of a payment of another merchant."""
    return Merchant(OTHER_MERCHANT).authorized()


def with_key(content: Any) -> Parts:
    return {"body": content, "key": KEY}


ONE_WRITE = ("PutItem",)

USED_AGAIN = ("PutItem", "PutItem", "PutItem")

USED_AGAIN_LATE = ("PutItem", "UpdateItem", "PutItem", "PutItem")

CLAIM_AND_UPDATE = ("PutItem", "UpdateItem")

CORNER = ("PutItem", "UpdateItem", "UpdateItem")

CLAIM_READ_AND_UPDATE = ("PutItem", "GetItem", "UpdateItem")

A_PAGE = ("Query",) * INDEX_SHARDS + ("BatchGetItem",)
