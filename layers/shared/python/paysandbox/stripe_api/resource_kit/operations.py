# pyright: standard
"""What a resource's routes do: create, retrieve, update, list, search and delete an object as it is declared."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import cache, partial
from typing import Final

from pydantic import BaseModel

from paysandbox.core.errors import Code, Contended, Refused
from paysandbox.core.record import record, replace
from paysandbox.http.answer import Body
from paysandbox.payments.idempotency import run_idempotent
from paysandbox.stripe_api.call import AnyStripeCall
from paysandbox.stripe_api.errors import no_such
from paysandbox.stripe_api.lists.answer import list_answer
from paysandbox.stripe_api.lists.page import Objects, page, page_of_row
from paysandbox.stripe_api.lists.parameters import around, around_in, span_of
from paysandbox.stripe_api.lists.search import search_query
from paysandbox.stripe_api.lists.search_page import SearchSource, answer_search, search_page, time_to_search
from paysandbox.stripe_api.objects.expand import Expansion, expansion
from paysandbox.stripe_api.objects.stored_object import (
    IN_USE,
    Cause,
    Read,
    StoredObject,
    as_created,
    as_of,
    change_of,
    changed,
    deleted,
    new_object,
)
from paysandbox.stripe_api.protocol import StripeAnswer
from paysandbox.stripe_api.requests import TOTAL_COUNT
from paysandbox.stripe_api.resource_kit.declaration import (
    Deletion,
    Draft,
    HeldRoutes,
    Holder,
    Resource,
    Resources,
    Stored,
    already_exists,
)
from paysandbox.stripe_api.resource_kit.objects_table import (
    listed_at,
    objects_of,
    objects_of_customer,
    put_objects,
)
from paysandbox.stripe_api.resource_kit.parameters import Operation, attributes_after, is_listed
from paysandbox.stripe_api.resource_kit.reading import Reader
from paysandbox.stripe_api.resource_kit.rendering import render, render_all
from paysandbox.stripe_api.resource_kit.tables import objects_table

TRIES: Final = 10
"""Of a write that meets others of the same objects."""


@record
class Request:
    """A request to a resource's route. `resources` are all, by Stripe's name of their objects.

    `named_by` is the parameter of the path with the object's ID.
    """

    resources: Resources
    resource: Resource
    call: AnyStripeCall
    named_by: str = "id"

    @property
    def reader(self) -> Reader:
        """What reads the merchant's objects as of now."""
        return Reader(self.resources, self.call.merchant, self.call.now)

    def read(self, kind: str, object_id: str) -> StoredObject | None:
        """Read one of the merchant's objects as of now, or its tombstone."""
        return self.reader.read(kind, object_id)

    def read_many(self, kind: str, object_ids: Collection[str]) -> dict[str, StoredObject]:
        """Read those of the merchant's objects that exist, by ID, as of now."""
        return self.reader.read_many(kind, object_ids)

    def at_time(self, stored: StoredObject, read: Read | None = None) -> StoredObject:
        """Return a stored object as of now. `read` reads the one that it follows, if it does."""
        return self.reader.at_time(stored, read)

    def named(self) -> StoredObject:
        """Return the object that the path names, or its tombstone. Raises Refused(resource_not_found)."""
        name = self.call.path.get(self.named_by, "")
        stored = self.read(self.resource.object, name)
        if stored is None:
            raise self.unknown(name)
        return stored

    def unknown(self, name: str) -> Exception:
        """Return the refusal of an ID in the path."""
        if self.resource.rules.unknown is not None:
            return self.resource.rules.unknown(name)
        return no_such(self.resource.noun, name, self.resource.routes.id_param, in_path=True)

    def of_holder(self) -> "Request":
        """Return this request as one for the resource that holds the objects of its own."""
        return replace(self, resource=self.resources[_holder(self.resource).object])

    def held_in(self, holder: StoredObject) -> StoredObject:
        """Return the object that the path names, of those that `holder` has. Raises Refused(resource_not_found)."""
        name = self.call.path.get(_routes(self.resource).singular, "")
        found = next((each for each in _holder(self.resource).objects_in(holder) if each.id == name), None)
        if found is None:
            raise self.unknown(name)
        return found

    def check_named(self, query: BaseModel) -> None:
        """Refuse a filter of a list that names an object that does not exist."""
        for declared in self.resource.naming.values():
            name = getattr(query, declared.name, None)
            if name and declared.names:
                named = self.read(declared.names, name)
                if named is None or named.deleted:
                    raise no_such(self.resources[declared.names].noun, name, declared.name)

    def expanded(self, paths: Collection[str]) -> Expansion:
        """Return what is expanded in an object. Raises Refused(parameter_invalid)."""
        return expansion(self.resource.object, paths, self.call.stripe_version)

    def rendered(self, objects: Sequence[StoredObject], tree: Expansion) -> list[Body]:
        """Render objects of the resource with what they include of the tree. Others stay IDs until they are read."""
        return render_all(
            self.resource,
            objects,
            tree,
            read_many=self.read_many,
            version=self.call.stripe_version,
        )

    def cause(self, operation_id: str, at: datetime) -> Cause:
        """Return what an operation of this request stores as its cause."""
        call = self.call
        return Cause(operation_id=operation_id, request_id=call.request_id, idempotency_key=call.caller_key, at=at)

    def draft(self, stored: StoredObject, before: StoredObject | None, cause: Cause) -> Draft:
        """Return the draft of an object that an operation is about to store."""

        def make(kind: str, object_id: str, parameters: BaseModel) -> StoredObject:
            attributes = attributes_after(self.resources[kind], {}, parameters)
            return new_object(self.call.merchant, kind, object_id, attributes, cause)

        return Draft(
            stored=stored,
            before=before,
            body=self.call.body,
            cause=cause,
            read=self.read,
            read_many=self.read_many,
            make=make,
            version=self.call.stripe_version,
            base_url=self.call.request.base_url,
            platform=self.call.platform,
        )

    def put(self, objects: Stored) -> StoredObject | None:
        """Store objects as `put_objects` does."""
        return put_objects(objects_table(), objects)

    def put_again(self, objects: Stored, store: "Store | None" = None) -> StoredObject | None:
        """Store objects as `put` does, or `store`. What is stored in place of the first is returned as of now."""
        stored = (store or self.put)(objects)
        return self.at_time(stored) if stored and stored is not objects[0] else stored


@record
class Written:
    """An object as an operation has left it, whether the request is a replay, and the request that wrote it."""

    stored: StoredObject
    replayed: bool
    first_request: str

    def answer(self, request: Request, tree: Expansion, *, outcome: str, declined: bool = False) -> StripeAnswer:
        """Return the answer with the object, of which `tree` is expanded. `declined` is as in `StripeAnswer`."""
        (body,) = request.rendered([self.stored], tree)
        return StripeAnswer(
            body=body,
            replayed=self.replayed,
            first_request=self.first_request,
            outcome=outcome,
            declined=declined,
        )


Operate = Callable[[Request], StripeAnswer]

Store = Callable[[Stored], StoredObject | None]
"""Stores objects of an operation as `Request.put` does: what is stored with more than objects."""


def create(request: Request) -> StripeAnswer:
    """An idempotency record, then one conditional put. With other objects, their reads, and one transaction."""
    call, resource = request.call, request.resource
    tree = request.expanded(call.body.expand)
    resource.rules.check(call.body)
    attributes = attributes_after(resource, {}, call.body)

    def make(object_id: str, cause: Cause) -> Stored:
        new = new_object(call.merchant, resource.object, object_id, attributes, cause)
        return resource.rules.together(request.draft(new, None, cause))

    written = create_once(request, make, chosen=call.body.id if resource.rules.id_chosen else None)
    return written.answer(request, tree, outcome="created")


def create_once(
    request: Request, make: Callable[[str, Cause], Stored], *, chosen: str | None = None, store: Store | None = None
) -> Written:
    """Store the object that `make` returns for an ID, with those of the same transaction, once per idempotency key.

    It is called again if another object has changed meanwhile. `chosen` is the ID that the caller chose, and `store`
    stores in place of `Request.put`. The result is the object as it was created: the same key and parameters always get
    the same answer.
    """
    resource = request.resource

    def put(operation_id: str, at: datetime) -> StoredObject:
        cause, object_id = request.cause(operation_id, at), chosen or resource.rules.id_of(operation_id)
        for _ in range(TRIES):
            try:
                objects = make(object_id, cause)
            except Refused:
                # Others may no longer allow what they allowed when this operation created it.
                stored = request.read(resource.object, object_id)
                if stored is None or stored.created_by.operation_id != operation_id:
                    raise
            else:
                stored = (store or request.put)(objects)
            if stored is not None:
                return _made_by(operation_id, stored, resource)
        raise Contended

    stored, replayed = run_idempotent(request.call, resource.prefix, put)
    return Written(as_created(stored), replayed, stored.created_by.request_id)


def get(request: Request) -> StripeAnswer:
    """One consistent read, and one of what is expanded."""
    query = request.call.query
    tree = request.expanded(query.expand if query else ())
    stored = request.named()
    deletion = request.resource.routes.deletion
    if stored.deleted and not (deletion and deletion.is_shown):
        raise request.unknown(stored.id)
    (body,) = request.rendered([stored], tree)
    return StripeAnswer(body=body, outcome="shown")


def update(request: Request) -> StripeAnswer:
    """A read, an idempotency record, and one conditional put of the object that was read, or a transaction."""
    call, resource = request.call, request.resource
    tree = request.expanded(call.body.expand)

    def change(current: StoredObject, cause: Cause) -> Stored:
        attributes = attributes_after(resource, current.attributes, call.body)
        return resource.rules.together(request.draft(changed(current, attributes, cause), current, cause))

    return change_once(request, request.named(), change).answer(request, tree, outcome="changed")


def change_once(
    request: Request,
    named: StoredObject,
    change: Callable[[StoredObject, Cause], Stored],
    *,
    store: Store | None = None,
) -> Written:
    """Store an object as `change` returns it, with those of the same transaction, once per idempotency key.

    It is called again with the object as of then if that or another one has changed meanwhile. `store` stores in place
    of `Request.put`. The result is the object as it was after this change. Raises Refused(resource_not_found) if it is
    deleted.
    """

    def put(operation_id: str, at: datetime) -> tuple[StoredObject, str]:
        current = named
        for _ in range(TRIES):
            done = change_of(current, operation_id)
            if done is not None:
                return as_of(current, done), done.cause.request_id
            if current.deleted:
                raise request.unknown(current.id)
            objects = change(current, request.cause(operation_id, at))
            current = request.put_again(objects, store) or request.named()
        raise Contended

    (stored, first), replayed = run_idempotent(request.call, request.resource.prefix, put)
    return Written(stored, replayed and first != request.call.request_id, first)


def delete(request: Request) -> StripeAnswer:
    """A read, and one conditional put of a tombstone. An object is deleted once: a DELETE has no idempotency key.

    A later one is refused as that of an ID that never existed. Only the same request finds its own tombstone, if its
    put was repeated because its answer was lost.
    """
    resource, call = request.resource, request.call
    deletion = resource.routes.deletion or Deletion()
    current = request.named()
    for _ in range(TRIES):
        if current.deleted:
            raise request.unknown(current.id)
        if deletion.in_use and current.attributes.get(IN_USE):
            raise Refused(Code.REQUEST_INVALID, deletion.in_use)
        attributes = {**current.attributes, **deletion.attributes}
        tombstone = deleted(current, attributes, request.cause(call.request_id, call.now))
        current = request.put_again((tombstone,)) or current
        if change_of(current, call.request_id):
            return StripeAnswer(body=render(resource, current, call.stripe_version), outcome="deleted")
    raise Contended


def list_objects(request: Request) -> StripeAnswer:
    """One query per shard of the index, then consistent reads, and one of what is expanded. First, of what is named."""
    call, resource, query = request.call, request.resource, request.call.query
    tree = request.expanded(query.expanded_paths)
    request.check_named(query)
    read, span = cache(request.read), span_of(query.created)
    customer = resource.routes.customer_of(query, read)
    index = (
        objects_of(objects_table(), resource.object, call.merchant, *span)
        if customer is None
        else objects_of_customer(objects_table(), resource.object, call.merchant, customer, *span)
    )
    found: dict[str, StoredObject] = {}

    def shown(stored: StoredObject) -> Objects:
        if stored.deleted:
            return []
        found[stored.id] = stored = request.at_time(stored, read)
        # Filters have the names of the newest version.
        return [(stored.id, render(resource, stored))]

    def position_of(name: str) -> str | None:
        stored = request.read(resource.object, name)
        return listed_at(stored) if stored else None

    def matching(objects: Objects) -> Objects:
        return [entry for entry in objects if is_listed(resource, query, entry[1])]

    bodies, more = page(
        index, shown, limit=query.limit, around=around(query, resource.noun, position_of), matching=matching
    )
    data = request.rendered([found[body["id"]] for body in bodies], tree)
    return list_answer(f"/v1{resource.path}", query, data, more=more)


def list_held(request: Request) -> StripeAnswer:
    """A read of the object that the path names and that holds them, and one of what is expanded."""
    held, query = request.resource, request.call.query
    tree = request.expanded(query.expanded_paths)
    of_holder = request.of_holder()
    named, holder = of_holder.named(), _holder(held)
    bodies = [(body["id"], body) for body in request.rendered(holder.objects_in(named), tree)]
    data, more = page_of_row(bodies, limit=query.limit, around=around_in(query, held.noun, bodies))
    part = holder.routes.part if holder.routes else held.name
    return list_answer(f"/v1{of_holder.resource.path}/{named.id}/{part}", query, data, more=more)


def get_held(request: Request) -> StripeAnswer:
    """A read of the object that the path names and that holds it, and one of what is expanded."""
    tree = request.expanded(request.call.query.expand)
    (body,) = request.rendered([request.held_in(request.of_holder().named())], tree)
    return StripeAnswer(body=body, outcome="shown")


def update_held(request: Request) -> StripeAnswer:
    """A read of the object that the path names and that holds it, an idempotency record, and one conditional put."""
    tree = request.expanded(request.call.body.expand)
    of_holder = request.of_holder()
    holder = of_holder.named()
    request.held_in(holder)

    def change(current: StoredObject, cause: Cause) -> Stored:
        held = request.held_in(current)
        after = attributes_after(request.resource, held.attributes, request.call.body)
        changes = {each.name: after.get(each.name, each.default) for each in request.resource.fields if each.update}
        return (changed(current, _routes(request.resource).changed(current.attributes, held.id, changes), cause),)

    written = change_once(of_holder, holder, change)
    made = replace(written, stored=request.held_in(written.stored))
    return made.answer(request, tree, outcome="changed")


def search(request: Request) -> StripeAnswer:
    """Per 100 objects, one query per shard of the index, then consistent reads, and one of what is expanded."""
    call, resource, query = request.call, request.resource, request.call.query
    tree, counted = request.expanded(query.expanded_paths), TOTAL_COUNT in query.expand

    def compared(stored: StoredObject) -> Objects:
        return [] if stored.deleted else [(stored.id, render(resource, stored, call.stripe_version))]

    found = search_page(
        SearchSource(
            index=objects_of(objects_table(), resource.object, call.merchant, None, None),
            position_of=listed_at,
            objects_of=compared,
            tied_to=(resource.name, call.merchant, query.query),
        ),
        search_query(resource.name, query.query, resource.routes.searched),
        limit=query.limit,
        page=query.page,
        counted=counted,
        has_time=time_to_search(call.request.context, counted=counted),
    )
    data = request.rendered([stored for stored, _ in found.found], tree)
    return answer_search(f"/v1{resource.path}/search", data, found)


def make(request: Request, new: Callable[[Request, str, Cause], Stored], *, store: Store | None = None) -> StripeAnswer:
    """Answer with the object that `new` returns for an ID, once per idempotency key: as `create_once` stores it."""
    tree = request.expanded(request.call.body.expand)
    return create_once(request, partial(new, request), store=store).answer(request, tree, outcome="created")


def change(
    request: Request,
    after: Callable[[StoredObject, Cause], Stored],
    *,
    store: Store | None = None,
    outcome: str = "changed",
) -> StripeAnswer:
    """Answer with the object that the path names as `after` changes it, once per idempotency key: as `change_once`
    stores it."""
    tree = request.expanded(request.call.body.expand)
    return change_once(request, request.named(), after, store=store).answer(request, tree, outcome=outcome)


def _holder(held: Resource) -> Holder:
    if held.rules.holder is None:
        raise AssertionError(f"{held.object} is stored by itself")
    return held.rules.holder


def _routes(held: Resource) -> HeldRoutes:
    routes = _holder(held).routes
    if routes is None:
        raise AssertionError(f"the kit does not answer for {held.object}")
    return routes


OPERATIONS: Final[Mapping[Operation, Operate]] = {
    "create": create,
    "get": get,
    "update": update,
    "list": list_objects,
    "search": search,
    "delete": delete,
}

HELD_OPERATIONS: Final[Mapping[Operation, Operate]] = {"list": list_held, "get": get_held, "update": update_held}
"""Of objects that others hold."""


def _made_by(operation_id: str, stored: StoredObject, resource: Resource) -> StoredObject:
    """Return an object unless another operation created it: callers may choose an ID that is taken."""
    if stored.created_by.operation_id == operation_id:
        return stored
    raise already_exists(resource.noun, "id")
