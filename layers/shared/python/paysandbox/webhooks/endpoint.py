"""Webhook endpoints: where a merchant wants to hear of events, of which ones, and since when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from paysandbox.core.errors import Code, Refused

MAX_ENDPOINTS: Final = 10
"""Of one merchant. They share an item, which a plan reads whole."""

MAX_DELETED: Final = 500
"""Deleted ones that are remembered: for as long as a repeated creation could bring one back."""

MAX_ROTATIONS: Final = 50
"""Of one endpoint, ever. Each is remembered, so that one that is repeated is the same one."""

ROTATION_OVERLAP: Final = timedelta(hours=24)
"""For so long the secret before signs beside the new one."""

EVERY_EVENT: Final = "*"

OF_ONE_ENDPOINT: Final = "endpoint_ping"
"""The type of what tries one endpoint: none hears it because of what it listens to, only because it is the one."""

UNHEALTHY_FOR: Final = timedelta(minutes=10)
"""For so long after trouble an endpoint's deliveries go a way of their own, where they hold up nobody else's."""


class DisabledBecause(StrEnum):
    """Why an endpoint hears nothing."""

    ASKED = "asked"
    GONE = "gone"
    """It answered 410: RFC 9110, section 15.5.11, and Standard Webhooks."""
    FAILING = "failing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failing:
    """Attempts that failed since the last one that did not. Counted at most once a minute: a hint, no statistics."""

    since: datetime
    failures: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Disabled:
    """Since when an endpoint hears nothing, and why. `told`: whether the event about it was published."""

    at: datetime
    because: DisabledBecause
    told: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where events go. Times are UTC, the sandbox's.

    `events` are types, or `*`. It hears what is recorded from `listens_since` on, which is when it was created or
    last enabled. `generation` counts its enablings from 1: a delivery planned under an earlier one is cancelled.
    `rotations` are the times of its secret's rotations by the id of each. `trouble_at` is when an attempt last failed
    or was slow. `stripe`: it hears Stripe's types (`charge.succeeded`) in Stripe's shape, and none of ours. `metadata`
    is the caller's map as JSON.
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

    @property
    def enabled(self) -> bool:
        """Whether it hears anything."""
        return self.disabled is None

    def is_subscribed(self, event_type: str, at: datetime) -> bool:
        """Whether an event of that type, recorded then, is for it."""
        return self.enabled and at >= self.listens_since and self.wants(event_type)

    def wants(self, event_type: str) -> bool:
        """Whether it listens to events of that type, whenever they happened."""
        if is_of_stripe(event_type) is not self.stripe:
            return False
        return event_type != OF_ONE_ENDPOINT and (EVERY_EVENT in self.events or event_type in self.events)

    def is_unhealthy(self, now: datetime) -> bool:
        """Whether it was slow or failed lately."""
        return self.unhealthy_since is not None and now - self.unhealthy_since < UNHEALTHY_FOR

    @property
    def secret_version(self) -> int:
        """The version of its secret, from 1."""
        return 1 + len(self.rotations or {})

    def version_of(self, rotation_id: str) -> int:
        """The version that a rotation of it made. No two have the same time, so they have an order for ever."""
        rotations = self.rotations or {}
        return 1 + sum(at <= rotations[rotation_id] for at in rotations.values())

    @property
    def rotated_at(self) -> datetime | None:
        """When its secret was rotated last."""
        return max((self.rotations or {}).values(), default=None)

    def both_sign_until(self, now: datetime) -> datetime | None:
        """Until when the secret before the newest signs beside it; None where it does no longer."""
        until = self.rotated_at + ROTATION_OVERLAP if self.rotated_at else None
        return until if until and now < until else None

    def signing_versions(self, now: datetime) -> tuple[int, ...]:
        """The versions that sign now, the newest first: for a day after a rotation, two."""
        current = self.secret_version
        return (current, current - 1) if self.both_sign_until(now) else (current,)


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointChange:
    """What is to be changed of an endpoint; None leaves a part as it is.

    `forgets_description` takes the description away. A change of `enabled` that is none changes nothing. `stripe`
    says of which kind the endpoint must be for its events to be changed.
    """

    url: str | None = None
    events: tuple[str, ...] | None = None
    description: str | None = None
    forgets_description: bool = False
    enabled: bool | None = None
    stripe: bool = False


def is_of_stripe(event_type: str) -> bool:
    """Whether a type is one of Stripe's: those have a point in them, and none of ours has."""
    return "." in event_type


def other_kind(*, stripe: bool) -> Refused:
    """Its events have names that this API does not know."""
    surface = "native" if stripe else "Stripe-compatible"
    return Refused(
        Code.PARAMETER_INVALID, f"The endpoint was made through the {surface} API; change it there.", "events"
    )


def not_found() -> Refused:
    """The one answer for an unknown, malformed, deleted or foreign id."""
    return Refused(Code.RESOURCE_NOT_FOUND, "No webhook endpoint of this merchant has that id.")


def limit_reached(endpoints: int) -> Refused:
    """No further endpoint is added to so many."""
    if endpoints >= MAX_ENDPOINTS:
        detail = f"{MAX_ENDPOINTS} endpoints are there; delete one."
    else:
        detail = f"{MAX_DELETED} endpoints were created and deleted within two days; change one instead."
    return Refused(Code.ENDPOINT_LIMIT_REACHED, detail, possible={"limit": MAX_ENDPOINTS})


def too_many_rotations() -> Refused:
    """Its secret is rotated no more."""
    detail = f"The secret was rotated {MAX_ROTATIONS} times; create another endpoint."
    return Refused(Code.TOO_MANY_ROTATIONS, detail, possible={"limit": MAX_ROTATIONS})


def is_disabled(disabled: Disabled) -> Refused:
    """Nothing is sent to it."""
    because = str(disabled.because)
    return Refused(
        Code.ENDPOINT_DISABLED,
        f"Enable it first; it was disabled ({because}).",
        possible={"current_status": "disabled", "disabled_reason": because},
    )
