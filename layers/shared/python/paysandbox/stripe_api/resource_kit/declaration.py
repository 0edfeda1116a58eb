# pyright: standard
"""How a resource is declared: its fields, what each takes when an object is created or updated, and what is derived.

A field has the type of its parameter (pydantic's annotation). What it has on the object is that value, read, or its
default. Names are Stripe's, as are the limits.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, Field as Limits

from paysandbox.aws.resources import BIND_SHARED_KEY, MERCHANT_FUNDS, READ_HASHING_KEYS, STRIPE_OBJECTS, Grant
from paysandbox.aws.settings import Settings
from paysandbox.core.errors import Code, Refused
from paysandbox.core.record import record
from paysandbox.http.answer import Body
from paysandbox.stripe_api.errors import StripeRefused
from paysandbox.stripe_api.lists.field_type import FieldType
from paysandbox.stripe_api.objects.stored_object import Attributes, Cause, Read, StoredObject, changed
from paysandbox.stripe_api.requests import Metadata


@record(kw_only=True)
class Field:
    """A field of a resource, and the parameter of the same name.

    It is `required` to create an object, or has a `default`. With `create` or `update` False, the operation does not
    take it. A `clearable` one is reset to its default by an empty text. `filters`: a list can be limited to a value.
    Of a field that `merges`, an update changes the entries that it names, and removes those it leaves empty; of one
    that `merges_deeply`, also the entries within those. If an update takes another type, that is `update_type`. A field
    that is `stored_only` is stored and shown, and nothing else here depends on it. One
    that is not `shown` is a parameter only, and an `optional` one is left out of an object without a value. What it
    `names` is Stripe's name of the object that it has the ID of (`price`).
    """

    name: str
    type: Any = field(hash=False)
    required: bool = False
    default: Any = field(default=None, hash=False)
    create: bool = True
    update: bool = True
    clearable: bool = False
    filters: bool = False
    merges: bool = False
    merges_deeply: bool = False
    update_type: Any = field(default=None, hash=False)
    shown: bool = True
    stored_only: bool = False
    optional: bool = False
    names: str | None = None


@record
class Filter:
    """A parameter of a list that is not the value of a field. `matches` compares a rendered object with its value.

    If it is not sent, it is the `default`; None for no filter.
    """

    name: str
    type: Any = field(hash=False)
    matches: Callable[[Body, Any], bool]
    default: Any = field(default=None, hash=False)


def _shown_by_version(_: StoredObject, __: Mapping[str, StoredObject]) -> Any:
    raise AssertionError("what is included has neither `shown` nor `shown_in`")


@record(kw_only=True)
class Included:
    """What an object shows under a name if that is expanded: made of stored objects of a type, which it has by ID.

    `ids` returns them, and `shown` what is shown, given the object and those of them that exist, by ID. If that differs
    between versions of Stripe's API, it is `shown_in`, which is also given the version.
    """

    kind: str
    ids: Callable[[StoredObject], Sequence[str]]
    shown: Callable[[StoredObject, Mapping[str, StoredObject]], Any] = _shown_by_version
    shown_in: Callable[[StoredObject, Mapping[str, StoredObject], str], Any] | None = None


@record(kw_only=True)
class Followed:
    """Another object, by its type, that an object follows. `id_of` returns its ID.

    `after` returns the object as it is with the other one as of now, which may be a tombstone or None.
    """

    kind: str
    id_of: Callable[[StoredObject], str]
    after: Callable[[StoredObject, StoredObject | None], StoredObject]


@record(kw_only=True)
class Draft:
    """An object that is about to be stored as `stored`, in place of `before` (None for a new one).

    `body` has the parameters of the request, and `cause` is its operation. `read(object, id)` reads another object of
    the merchant, and `read_many(object, ids)` those that exist, by ID. `make(object, id, parameters)` returns a new
    one, to be stored with this one. `version` is the request's version of Stripe's API, and pages that people open are
    under `base_url`. `platform` is the platform's merchant of a request for a connected account.
    """

    stored: StoredObject
    before: StoredObject | None
    body: Any = field(hash=False)
    cause: Cause
    read: Callable[[str, str], StoredObject | None]
    read_many: Callable[[str, Collection[str]], Mapping[str, StoredObject]]
    make: Callable[[str, str, BaseModel], StoredObject]
    version: str
    base_url: str
    platform: str | None = None

    def change(self, other: StoredObject, attributes: Attributes) -> StoredObject:
        """Return another object as the same operation changes it."""
        return changed(other, attributes, self.cause)

    def id_of(self, prefix: str) -> str:
        """Return the ID of another object that the same operation creates."""
        return f"{prefix}_{self.cause.operation_id.rpartition('_')[2]}"


Happening = Literal["created", "updated", "deleted"]
"""What a write of an object is."""

Stored = tuple[StoredObject, ...]
"""Objects that are stored in one transaction, the one of the request first."""

Together = Callable[[Draft], Stored]
"""Returns an object with those that are stored with it."""


def _nothing(_: StoredObject) -> Attributes:
    return {}


def _alone(draft: Draft) -> Stored:
    return (draft.stored,)


def any_customer(_: Any, __: Read) -> str | None:
    """The objects of all customers are listed."""
    return None


def _timeless(stored: StoredObject, _: datetime) -> StoredObject:
    return stored


def happening(before: StoredObject | None, after: StoredObject) -> tuple[Happening, ...]:
    """Return what a write of an object is, from the object before and after it."""
    return ("created",) if before is None else ("deleted",) if after.deleted else ("updated",)


def _accept(_: Any) -> None:
    pass


def _for_its_merchant(call: Any) -> Any:
    return call


def _of_its_merchant(stored: StoredObject) -> str:
    return stored.merchant


def _the_same(operation_id: str) -> str:
    return operation_id


@record(kw_only=True)
class HeldRoutes:
    """The routes of objects that another one holds: the kit lists, retrieves and updates them."""

    part: str
    """The end of their path: `reversals` of `/transfers/{id}/reversals`."""
    singular: str
    """One of them: the parameter of the path with its ID (`reversal`), and the word of summaries."""
    list: type[BaseModel]
    """The parameters of their list."""
    update: type[BaseModel]
    """Those of an update."""
    changed: Callable[[Attributes, str, Attributes], Attributes]
    """Returns the attributes of the holder with these of the object that has this ID."""


@record
class Holder:
    """What objects are stored in: Stripe's name of that object, which their IDs name, and those that one has.

    `routes` are those of the objects, if the kit answers them.
    """

    object: str
    id_of: Callable[[str], str | None]
    objects_in: Callable[[StoredObject], Stored]
    routes: HeldRoutes | None = None


@record
class Answering:
    """The function that answers routes of a resource, and the handler that they share there: its module's name."""

    function: str
    handler_name: str


READ_OBJECTS: Final = Answering("read_stripe_objects", "read_stripe_objects")
"""What reads objects, and nothing else."""
READ_OBJECT: Final = (Grant(STRIPE_OBJECTS, ("GetItem",)),)
"""What a verb needs that reads one object."""
WRITE_OBJECTS: Final = Answering("write_stripe_objects", "write_stripe_objects")
"""What writes objects, and nothing else."""
CHANGE_OBJECT: Final = (BIND_SHARED_KEY, Grant(STRIPE_OBJECTS, ("GetItem", "PutItem")), READ_HASHING_KEYS)
"""What a verb needs that changes one object."""
SAVE_CARD: Final = (BIND_SHARED_KEY, Grant(STRIPE_OBJECTS, ("GetItem", "PutItem", "UpdateItem")), READ_HASHING_KEYS)
"""What a verb needs that may store a card with its object."""
DELETE_OBJECT: Final = (Grant(STRIPE_OBJECTS, ("GetItem", "PutItem")),)
"""What a verb needs that deletes one object: a DELETE has no idempotency key."""


@record(kw_only=True)
class Action:
    """A verb of a resource: a route beside those of the kit, such as `POST /payouts/{id}/cancel`.

    The function of its name answers it, given the request (`resource_kit/operations.py`). Its module is imported at the
    first such request: functions that answer other routes import none of what it needs.
    """

    name: str
    """The verb (`cancel`). With the name of the objects, it is the route's (`cancel_payout`)."""
    module: str
    """Of the function that answers it."""
    path: str
    """Of its route."""
    summary: str
    """What it does, for the reference."""
    method: Literal["DELETE", "GET", "POST"] = "POST"
    """Of HTTP. A POST has its effect once per idempotency key."""
    route: str | None = None
    """The name of its route, if that does not follow."""
    body: type[BaseModel] | None = None
    """Its parameters, of a POST."""
    of: Literal["create", "update"] | None = None
    """The operation of the kit whose parameters it has, if it does that in its own way."""
    query: type[BaseModel] | None = None
    """Its parameters, of another method."""
    shows: str | None = None
    """Stripe's name of what its answer has, if that is not the resource's object."""
    headers: tuple[str, ...] = ()
    """Those by which the caller may steer it."""
    by: Answering = WRITE_OBJECTS
    """The function of Lambda that answers it."""
    grants: tuple[Grant, ...] = CHANGE_OBJECT
    """What that needs for it. What expanding needs follows from `objects/expand.py`."""
    needs: tuple[type[Settings], ...] = ()
    """The settings that it reads beside those of what is granted."""
    refusals: tuple[Code, ...] = ()
    """Its codes."""


CHANGE_WITH_PAYMENTS: Final = Answering("change_stripe_payments", "change_resources_with_payments")
"""What changes objects together with payments, which takes the rights to change payments."""
MOVE_FUNDS: Final = (
    BIND_SHARED_KEY,
    Grant(STRIPE_OBJECTS, ("PutItem",)),
    Grant(MERCHANT_FUNDS, ("PutItem", "UpdateItem")),
    READ_HASHING_KEYS,
)
"""What a verb needs that stores an object with what it moves. A transaction needs the right to each of its writes."""
READ_WITH_PAYMENTS: Final = Answering("read_stripe_payments", "read_resources_with_payments")
"""What reads objects in which payments can be expanded, which takes the rights to read payments."""


@record(kw_only=True)
class Shown:
    """What an object shows beside its fields."""

    derived: Callable[[StoredObject], Attributes] = _nothing
    """Returns the fields that follow from others."""
    included: Mapping[str, Included] = field(default_factory=dict[str, Included], hash=False)
    """What is made of other objects if it is expanded, by name."""
    includable: tuple[str, ...] = ()
    """What is shown only if it is expanded, by path."""
    whole_within: bool = False
    """Whether objects can be shown within others although they are deleted."""
    lacks: tuple[str, ...] = ()
    """The fields that all other objects have, and these do not."""
    earlier: Callable[[StoredObject], Attributes] = _nothing
    """Returns what events have besides in earlier versions."""
    form_of: str | None = None
    """The object as which they are stored, if they are another form of those of a resource."""


@record(kw_only=True)
class Due:
    """What is done with an object once it is due: by the function of this name, given the object and the time.

    It returns whether there was something to do. Its module is imported by the sweep alone (`resource_kit/sweep.py`).
    One `by_steps` takes the first step that is due, and the sweep comes back to the object for the next one: so of
    several objects, what is due first is done first.
    """

    name: str
    module: str
    by_steps: bool = False


@record(kw_only=True)
class Time:
    """What time does with an object."""

    changes: Callable[[StoredObject, datetime], StoredObject] = _timeless
    """Returns a stored object as of a time, if time alone changes it."""
    due: Due | None = None
    """What is done at the time that an object has as `due_at`."""


@record(kw_only=True)
class Rules:
    """What decides about an object."""

    check: Callable[[Any], None] = _accept
    """Refuses parameters of a new object that exclude each other."""
    together: Together = _alone
    """Returns an object with those that are stored with it, and refuses what others do not allow. It is called again if
    one of them has changed meanwhile."""
    id_chosen: bool = False
    """Whether callers may choose the ID."""
    id_of: Callable[[str], str] = _the_same
    """Returns the ID for that of the operation, if the caller has chosen none."""
    time: Time = Time()
    """What time does with it."""
    follows: Followed | None = None
    """Another object that also changes it."""
    holder: Holder | None = None
    """What it is stored in, if not by itself."""
    acts_for: Callable[[Any], Any] = _for_its_merchant
    """Returns a call as it is answered: for another merchant than the one that it names."""
    unknown: Callable[[str], Refused] | None = None
    """Returns the refusal of an ID in the path, if that is not Stripe's usual one."""


@record(kw_only=True)
class Deletion:
    """That objects can be deleted, and what is left of one."""

    in_use: str | None = None
    """The refusal to delete one that another one names."""
    attributes: Attributes = field(default_factory=dict[str, Any], hash=False)
    """Those that a deleted one has instead."""
    is_shown: bool = False
    """Whether a deleted one can be retrieved."""


@record(kw_only=True)
class Rights:
    """What the routes need beside the kit's own rights. What expanding needs follows from `objects/expand.py`."""

    create: tuple[Grant, ...] = ()
    """To create an object."""
    update: tuple[Grant, ...] = ()
    """To update one."""
    needs: tuple[type[Settings], ...] = ()
    """The settings to create one."""
    update_needs_them: bool = False
    """Whether updating one needs the settings too."""
    read_by: Answering | None = None
    """What answers the reads, if the functions of other resources must not have these rights."""
    updated_by: Answering | None = None
    """What answers the updates, if the functions of other resources must not have these rights."""


@record(kw_only=True)
class Routes:
    """What clients can ask for."""

    operations: tuple[str, ...] | None = None
    """Those that the kit answers (`list`), None for all. Others have rows and handlers of their own."""
    filters: tuple[Filter, ...] = ()
    """The parameters of lists beside the fields that filter."""
    customer_of: Callable[[Any, Read], str | None] = any_customer
    """Returns the customer whose objects alone a list has, given its parameters, and what reads an object: they are
    found without reading those of others. None: those of all customers."""
    searched: Mapping[str, FieldType] = field(default_factory=dict[str, FieldType], hash=False)
    """The fields that can be searched."""
    deletion: Deletion | None = None
    """How objects are deleted, if they can be."""
    rights: Rights = Rights()
    """What its routes need."""
    refusals: tuple[Code, ...] = ()
    """The codes of writes beside the kit's own."""
    id_param: str = "id"
    """What errors call the ID in the path."""
    actions: tuple[Action, ...] = ()
    """Its verbs."""
    is_native_name: bool = False
    """Whether the native API has a resource of this name: routes are then named after Stripe
    (`create_stripe_customer`)."""


@record(kw_only=True)
class Events:
    """The events of a resource's writes. Several have the same object."""

    ends: tuple[str, ...] = ()
    """The ends of their types (`created`)."""
    of: Callable[[StoredObject | None, StoredObject], tuple[str, ...]] = happening
    """Returns those of a write, given the object before and after it."""
    to: Callable[[StoredObject], str] = _of_its_merchant
    """Returns the merchant whose events they are."""
    object: str | None = None
    """What begins their types, if that is not the resource's object."""


@record(kw_only=True)
class Resource:
    """A resource of Stripe's API, as it is declared."""

    object: str
    """Stripe's name of its objects (`product`)."""
    prefix: str
    """Of their IDs (`prod`)."""
    path: str
    """Of its routes (`/products`)."""
    noun: str
    """The word of Stripe's errors (`No such product: …`)."""
    fields: tuple[Field, ...]
    """Of its objects, with what each takes."""
    shown: Shown = Shown()
    """What its objects show besides."""
    rules: Rules = Rules()
    """What decides about its objects."""
    routes: Routes = Routes()
    """What clients can ask for."""
    events: Events = Events()
    """The events of its writes."""

    @property
    def name(self) -> str:
        """Its name in the plural, as routes have it: its path."""
        return self.path[1:].replace("/", "_")

    @property
    def one(self) -> str:
        """Its noun, with the article."""
        return f"{'an' if self.noun[0] in 'aeiou' else 'a'} {self.noun}"

    @property
    def singular(self) -> str:
        """Its name, as routes have it: that of its objects, whose namespace is part of it (`checkout.session`)."""
        return self.object.replace(".", "_")

    @property
    def event_types(self) -> tuple[str, ...]:
        """Stripe's types of its events."""
        return tuple(map(self.event_type, self.events.ends))

    def event_type(self, event: str) -> str:
        """Return Stripe's type of an event, by its end."""
        return f"{self.events.object or self.object}.{event}"

    @property
    def naming(self) -> Mapping[str, Field]:
        """The fields that name another object."""
        return {declared.name: declared for declared in self.fields if declared.names}


CARD_CODES: Final = (
    Code.RESOURCE_NOT_FOUND,
    Code.CARD_NUMBER_INCORRECT,
    Code.CARD_EXPIRY_INVALID,
    Code.CVC_INVALID,
    Code.LIVE_CARD_IN_SANDBOX,
)
"""Of what takes a card."""
BANK_CODES: Final = (Code.PAYMENT_METHOD_REQUIRED, Code.OUTCOME_INVALID)
"""Of what asks the cardholder's bank."""

Resources = Mapping[str, Resource]
"""Resources by Stripe's name of their objects."""

Text12 = Annotated[str, Limits(min_length=1, max_length=12)]
Text64 = Annotated[str, Limits(min_length=1, max_length=64)]
Text80 = Annotated[str, Limits(min_length=1, max_length=80)]
Text5000 = Annotated[str, Limits(min_length=1, max_length=5000)]
ChosenId = Annotated[str, Limits(pattern=r"^[A-Za-z0-9_-]{1,64}$")]

METADATA: Final = Field(name="metadata", type=Metadata, default={}, clearable=True, merges=True)
"""Every resource has it. An entry with an empty value is removed, and an empty text removes all."""


def given(name: str, default: Any = None, *, names: str | None = None) -> Field:
    """Return a field that has its value once the object is created. What the request takes is in an action's body."""
    return Field(name=name, type=Any, default=default, create=False, update=False, names=names)


def text(characters: int) -> Any:
    """Return the type of a text that is not empty."""
    return Annotated[str, Limits(min_length=1, max_length=characters)]


def refused(detail: str, param: str | None = None) -> Refused:
    """Return the refusal of a parameter, or of several that exclude each other."""
    return Refused(Code.PARAMETER_INVALID, detail, param)


ALREADY_EXISTS: Final = "resource_already_exists"
"""Stripe's code."""


def already_exists(noun: str, param: str) -> Refused:
    """Return the refusal of an ID that the caller has chosen and another object has."""
    detail = f"{noun.capitalize()} already exists."
    return StripeRefused(Code.PARAMETER_INVALID, detail, param, stripe_code=ALREADY_EXISTS)
