"""What the operations behind Stripe's events of objects work with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class ObjectShop:
    """A client's `v1` services, the metadata of what is created, and the operations so far: name and object ID of each.

    `raw` sends a request for which the SDK has no method: `raw("post", path, **parameters)`. `fund` adds money to the
    merchant's funds over the native API, and returns the ID of the funding.

    The last object of the operations is the event's.
    """

    services: Any
    metadata: Mapping[str, str]
    raw: Callable[..., Any]
    fund: Callable[[], str]
    done: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    @property
    def current(self) -> str:
        """The ID of the object of the last operation."""
        return self.done[-1][1]
