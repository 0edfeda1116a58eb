"""Webhook endpoints: their URLs, subscribed event types and status."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from paysandbox.core.errors import Code, Refused
from paysandbox.core.record import record

MAX_ENDPOINTS: Final = 16
"""Maximum number of endpoints per merchant. They share one item, which the fan-out reads as a whole."""

MAX_METADATA_BYTES: Final = 6_144
"""For the metadata of one endpoint, as JSON, so that all endpoints of a merchant fit into their item."""

MAX_DELETED: Final = 500
"""Maximum number of deleted endpoints that are remembered, for as long as a repeated creation could recreate one."""

MAX_ROTATIONS: Final = 50
"""Maximum number of rotations of one endpoint's secret. Each is stored, so that a repeated rotation is recognized."""

ROTATION_OVERLAP: Final = timedelta(hours=24)
"""How long the previous secret also signs deliveries after a rotation."""

EVERY_EVENT: Final = "*"

OF_ONE_ENDPOINT: Final = "endpoint_ping"
"""Type of the test event of one endpoint. It is sent to that endpoint only, regardless of subscriptions."""

UNHEALTHY_FOR: Final = timedelta(minutes=10)
"""How long after a failed or slow attempt an endpoint's deliveries use a separate queue, so that they delay no
others."""


class DisabledBecause(StrEnum):
    """Why an endpoint is disabled."""

    REQUESTED = "asked"
    GONE = "gone"
    """It returned 410 (RFC 9110, section 15.5.11, and Standard Webhooks)."""
    FAILING = "failing"


@record(kw_only=True)
class Failing:
    """Failed attempts since the last success. Counted at most once a minute, so `failures` is a lower bound."""

    since: datetime
    failures: int
    last_at: datetime


@record
class Disabled:
    """When and why an endpoint was disabled. `published`: whether its `endpoint_disabled` event was published."""

    at: datetime
    because: DisabledBecause
    published: bool = False


@record(kw_only=True)
class Endpoint:
    """A webhook endpoint. Times are UTC, in the sandbox's time.

    `events` are event types, or `*`. The endpoint receives events recorded from `listens_since` on, which is when it
    was created or last enabled. `generation` starts at 1 and increases each time it is enabled: deliveries planned
    under an earlier generation are canceled. `rotations` maps rotation IDs to times. `unhealthy_since` is when an
    attempt last failed or was slow. `stripe`: it receives Stripe's event types (`charge.succeeded`) in Stripe's format,
    and no native ones. `metadata` is the caller's map as JSON. `api_version` is the version of Stripe's API that was
    requested, if any. `connect`: it receives the events of its merchant's connected accounts, and none of its own.
    """

    id: str
    merchant: str
    url: str
    events: tuple[str, ...]
    created_at: datetime
    listens_since: datetime
    request_id: str
    description: str | None = None
    generation: int = 1
    disabled: Disabled | None = None
    failing: Failing | None = None
    unhealthy_since: datetime | None = None
    rotations: Mapping[str, datetime] | None = None
    stripe: bool = False
    metadata: str | None = None
    api_version: str | None = None
    connect: bool = False

    @property
    def enabled(self) -> bool:
        """Whether events are sent to it."""
        return self.disabled is None

    def is_subscribed(self, event_type: str, at: datetime) -> bool:
        """Whether it receives an event of this type, recorded at this time."""
        return self.enabled and at >= self.listens_since and self.subscribes_to(event_type)

    def subscribes_to(self, event_type: str) -> bool:
        """Whether it subscribes to this event type, regardless of time and status."""
        if is_of_stripe(event_type) is not self.stripe:
            return False
        return event_type != OF_ONE_ENDPOINT and (EVERY_EVENT in self.events or event_type in self.events)

    def is_unhealthy(self, now: datetime) -> bool:
        """Whether an attempt recently failed or was slow."""
        return self.unhealthy_since is not None and now - self.unhealthy_since < UNHEALTHY_FOR

    @property
    def secret_version(self) -> int:
        """Current version of the signing secret, starting at 1."""
        return 1 + len(self.rotations or {})

    def version_of(self, rotation_id: str) -> int:
        """Return the secret version that a rotation created. Rotation times are unique, so their order is fixed."""
        rotations = self.rotations or {}
        return 1 + sum(at <= rotations[rotation_id] for at in rotations.values())

    @property
    def rotated_at(self) -> datetime | None:
        """Time of the last secret rotation, or None."""
        return max((self.rotations or {}).values(), default=None)

    def both_sign_until(self, now: datetime) -> datetime | None:
        """Return until when the previous secret also signs deliveries, or None if it no longer does."""
        until = self.rotated_at + ROTATION_OVERLAP if self.rotated_at else None
        return until if until and now < until else None

    def signing_versions(self, now: datetime) -> tuple[int, ...]:
        """Return the secret versions that currently sign, newest first: two for a day after a rotation."""
        current = self.secret_version
        return (current, current - 1) if self.both_sign_until(now) else (current,)


@record(kw_only=True)
class EndpointChange:
    """Changes to an endpoint. None leaves a field unchanged.

    `forgets_description` removes the description. Setting `enabled` to its current value changes nothing. `stripe` is
    the kind of endpoint whose events this API can change.
    """

    url: str | None = None
    events: tuple[str, ...] | None = None
    description: str | None = None
    forgets_description: bool = False
    enabled: bool | None = None
    stripe: bool = False


@record(kw_only=True)
class MetadataChange:
    """A change of an endpoint's metadata, which depends on what it was: `merge` returns the new JSON for the old one.

    `read` is the metadata as the caller read it. If it has changed since, `merge` is called again.
    """

    read: str | None
    merge: Callable[[str | None], str | None]


def is_of_stripe(event_type: str) -> bool:
    """Whether this is one of Stripe's event types. Those contain a dot, native ones never do."""
    return "." in event_type


def other_kind(*, stripe: bool) -> Refused:
    """Return the refusal to change the events of an endpoint that belongs to the other API."""
    surface = "native" if stripe else "Stripe-compatible"
    return Refused(
        Code.PARAMETER_INVALID, f"The endpoint was created through the {surface} API. Update it there.", "events"
    )


def not_found() -> Refused:
    """Return the same refusal for an unknown, malformed, deleted or foreign ID."""
    return Refused(Code.RESOURCE_NOT_FOUND, "This merchant has no webhook endpoint with this id.")


def limit_reached(endpoints: int) -> Refused:
    """Return the refusal to add an endpoint to so many."""
    if endpoints >= MAX_ENDPOINTS:
        detail, limit = f"The merchant has {MAX_ENDPOINTS} endpoints. Delete one first.", MAX_ENDPOINTS
    else:
        detail = f"{MAX_DELETED} endpoints were created and deleted within two days. Update an existing one instead."
        limit = MAX_DELETED
    return Refused(Code.ENDPOINT_LIMIT_REACHED, detail, possible={"limit": limit})


def too_many_rotations() -> Refused:
    """Return the refusal to rotate a secret again."""
    detail = f"The secret was rotated {MAX_ROTATIONS} times, which is the maximum. Create another endpoint."
    return Refused(Code.TOO_MANY_ROTATIONS, detail, possible={"limit": MAX_ROTATIONS})


def is_disabled(disabled: Disabled) -> Refused:
    """Return the refusal to send events to a disabled endpoint."""
    because = str(disabled.because)
    return Refused(
        Code.ENDPOINT_DISABLED,
        f"The endpoint is disabled ({because}). Enable it first.",
        possible={"current_status": "disabled", "disabled_reason": because},
    )
