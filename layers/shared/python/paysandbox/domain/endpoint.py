"""Webhook endpoints: where a merchant wants to hear of events, of which ones, and since when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

MAX_ENDPOINTS: Final = 10
"""Of one merchant. They share an item, which a plan reads whole."""

MAX_ROTATIONS: Final = 50
"""Of one endpoint, ever. Each is remembered, so that one that is repeated is the same one."""

ROTATION_OVERLAP: Final = timedelta(hours=24)
"""For so long the secret before signs beside the new one."""

EVERY_EVENT: Final = "*"

SUSPECT_FOR: Final = timedelta(minutes=10)
"""For so long after trouble an endpoint's deliveries go a way of their own, where they hold up nobody else's."""


class DisabledBecause(StrEnum):
    """Why an endpoint hears nothing."""

    ASKED = "asked"
    GONE = "gone"
    """It answered 410: RFC 9110, section 15.5.11, and Standard Webhooks."""
    FAILING = "failing"


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where events go. Times are UTC, the sandbox's.

    `events` are types, or `*`. It hears what is recorded from `listens_since` on, which is when it was created or
    last enabled. `generation` counts its enablings from 1: a delivery planned under an earlier one is cancelled.
    `rotations` are the times of its secret's rotations by the id of each. `trouble_at` is when an attempt last failed
    or was slow.
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
    trouble_at: datetime | None = None
    rotations: Mapping[str, datetime] | None = None

    @property
    def enabled(self) -> bool:
        """Whether it hears anything."""
        return self.disabled is None

    def hears(self, event_type: str, at: datetime) -> bool:
        """Whether an event of that type, recorded then, is for it."""
        return self.enabled and at >= self.listens_since and (EVERY_EVENT in self.events or event_type in self.events)

    def is_suspect(self, now: datetime) -> bool:
        """Whether it was slow or failed lately."""
        return self.trouble_at is not None and now - self.trouble_at < SUSPECT_FOR

    @property
    def secret_version(self) -> int:
        """The version of its secret, from 1."""
        return 1 + len(self.rotations or {})

    def signing_versions(self, now: datetime) -> tuple[int, ...]:
        """The versions that sign now, the newest first: for a day after a rotation, two."""
        current = self.secret_version
        rotated_at = max((self.rotations or {}).values(), default=None)
        overlap = rotated_at is not None and now - rotated_at < ROTATION_OVERLAP
        return (current, current - 1) if overlap else (current,)
