# pyright: standard
"""The parameters of a resource's operations: their shapes, and what they make of an object. Pure."""

from functools import cache
from typing import Annotated, Any, Literal, cast

from pydantic import BaseModel, create_model

from paysandbox.core.errors import Code, Refused
from paysandbox.core.record import record
from paysandbox.http.answer import Body, Documented
from paysandbox.stripe_api.objects.stored_object import Attributes
from paysandbox.stripe_api.requests import MAX_METADATA_KEYS, STORED_ONLY, ListingByTime, StripeShape
from paysandbox.stripe_api.resource_kit.declaration import METADATA, ChosenId, Resource

Operation = Literal["create", "get", "update", "list", "search", "delete"]


@record
class ParameterShape(Documented):
    """The shape of an operation's parameters. It is made of the declaration when it is first needed."""

    resource: Resource
    operation: Operation

    def shape(self) -> type[BaseModel]:
        """Return the shape."""
        return _shape(self.resource, self.operation)


def shape_of(resource: Resource, operation: Operation) -> ParameterShape:
    """Return the shape of an operation's parameters, by its name."""
    return ParameterShape(__name__, f"{operation}_{resource.singular}", resource, operation)


def is_listed(resource: Resource, query: BaseModel, body: Body) -> bool:
    """Whether a rendered object passes the filters of a list."""
    sent = {name: value for name in type(query).model_fields if (value := getattr(query, name)) is not None}
    fields = (declared.name for declared in resource.fields if declared.filters and declared.name in sent)
    filters = ((each, sent.get(each.name, each.default)) for each in resource.routes.filters)
    return all(body[name] == sent[name] for name in fields) and all(
        each.matches(body, value) for each, value in filters if value is not None
    )


def attributes_after(resource: Resource, attributes: Attributes, body: BaseModel) -> Attributes:
    """Return the attributes of an object after an update with these parameters; of a new one, {} was before.

    Raises Refused(parameter_invalid) for too many entries of metadata.
    """
    merged = dict(attributes)
    for declared in resource.fields:
        if declared.name not in body.model_fields_set or not declared.shown:
            continue
        value = _plain(getattr(body, declared.name), only_sent=declared.merges or declared.merges_deeply)
        if declared.merges_deeply and value:
            value = _with_entries(merged.get(declared.name, {}), value)
        elif declared.merges and value:
            value = _merged(declared.name, {**merged.get(declared.name, {}), **value})
        if value in ("", None) or value == declared.default:
            merged.pop(declared.name, None)
        else:
            merged[declared.name] = value
    return merged


def _merged(field: str, entries: Attributes) -> Attributes:
    left = {name: value for name, value in entries.items() if value not in ("", None)}
    if field == METADATA.name and len(left) > MAX_METADATA_KEYS:
        raise Refused(Code.PARAMETER_INVALID, f"Metadata can have at most {MAX_METADATA_KEYS} entries.", METADATA.name)
    return left


def _with_entries(before: Attributes, entries: Attributes) -> Attributes:
    """Return entries with those of an update, and the entries within them likewise."""
    return {
        **before,
        **{
            name: _with_entries(before.get(name) or {}, value) if isinstance(value, dict) else value
            for name, value in entries.items()
        },
    }


def _plain(value: Any, *, only_sent: bool = False) -> Any:
    """Return a value as JSON has it, without the entries that were not sent if `only_sent`."""
    if isinstance(value, BaseModel):
        return value.model_dump(exclude_unset=only_sent)
    if isinstance(value, list):
        return [_plain(item) for item in cast("list[Any]", value)]
    if isinstance(value, dict):
        entries = cast("dict[str, Any]", value)
        return {name: _plain(entry, only_sent=only_sent) for name, entry in entries.items()}
    return value


@cache
def _shape(resource: Resource, operation: Operation) -> type[BaseModel]:
    entries: dict[str, Any] = {}
    for declared in resource.fields:
        if operation == "create" and declared.create:
            entries[declared.name] = (declared.type, ...) if declared.required else (declared.type | None, None)
        elif operation == "update" and declared.update:
            empty = Literal[""] if declared.clearable else None
            entries[declared.name] = ((declared.update_type or declared.type) | empty | None, None)
        elif operation == "list" and declared.filters:
            entries[declared.name] = (declared.type | None, None)
        if declared.stored_only and declared.name in entries:
            kind, default = entries[declared.name]
            entries[declared.name] = (Annotated[kind, STORED_ONLY], default)
    if operation == "create" and resource.rules.id_chosen:
        entries["id"] = (ChosenId | None, None)  # pyright: ignore[reportOperatorIssue] - an alias of Annotated, which has the operator
    if operation == "list":
        entries |= {each.name: (each.type | None, None) for each in resource.routes.filters}
    noun = f"{resource.noun}s" if operation == "list" else resource.one
    return create_model(
        f"{operation.title()}{resource.singular.title()}",
        __base__=ListingByTime if operation == "list" else StripeShape,
        __doc__=f"{operation.title()} {noun}.",
        **entries,
    )
