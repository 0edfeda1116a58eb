# pyright: standard
"""How a resource is declared: its fields, what each takes when an object is created or updated, and what is derived.

A field has the type of its parameter (pydantic's annotation). What it has on the object is that value, read, or its
default. Names are Stripe's, as are the limits.
"""

from collections.abc import Callable
from dataclasses import field
from typing import Annotated, Any, Final

from pydantic import Field as Limits

from paysandbox.core.record import record
from paysandbox.stripe_api.requests import Metadata
from paysandbox.stripe_api.resource_kit.stored_object import Attributes, StoredObject


@record(kw_only=True)
class Field:
    """A field of a resource, and the parameter of the same name.

    It is `required` to create an object, or has a `default`. With `create` or `update` False, the operation does not
    take it. A `clearable` one is reset to its default by an empty text. `filters`: a list can be limited to a value.
    A field that is not `shown` is a parameter only. What it `expands` to is Stripe's name of the object (`price`).
    """

    name: str
    type: Any = field(hash=False)
    required: bool = False
    default: Any = field(default=None, hash=False)
    create: bool = True
    update: bool = True
    clearable: bool = False
    filters: bool = False
    shown: bool = True
    expands: str | None = None


def _nothing(_: StoredObject) -> Attributes:
    return {}


@record(kw_only=True)
class Resource:
    """A resource: Stripe's name of its objects (`product`), the prefix of their IDs, its path, and its fields.

    `noun` is the word of Stripe's errors (`No such product: …`). `derived` returns the fields that follow from others.
    Only what is `deletable` can be deleted.
    """

    object: str
    prefix: str
    path: str
    noun: str
    fields: tuple[Field, ...]
    derived: Callable[[StoredObject], Attributes] = _nothing
    deletable: bool = False

    @property
    def name(self) -> str:
        """Its name in the plural, as routes have it: the last part of its path."""
        return self.path.rpartition("/")[2]


METADATA: Final = Field(name="metadata", type=Metadata, default={}, clearable=True)
"""Every resource has it. An entry with an empty value is removed, and an empty text removes all."""


def text(characters: int) -> Any:
    """Return the type of a text that is not empty."""
    return Annotated[str, Limits(min_length=1, max_length=characters)]
