"""What objects of resources are found by, and entering it into the search index from the records of their stream.

An e-mail address has an index of its own.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from paysandbox.aws.records import READ_ERRORS, UnreadableRecordError
from paysandbox.search_index.index_table import Indexed
from paysandbox.search_index.terms import NOTHING, Terms, terms_of
from paysandbox.stripe_api.objects.stored_object import COLLECTED, Attributes, StoredObject, object_key
from paysandbox.stripe_api.resource_kit.objects_table import listed_at, object_in


def terms_of_object(stored: StoredObject | None, keys: Sequence[str]) -> Terms:
    """Return the terms of an object: none if it is deleted, or only found by its ID. `keys` are the reference keys."""
    if stored is None or stored.deleted or not stored.listed:
        return NOTHING
    attributes = stored.attributes
    collected: Attributes = attributes.get(COLLECTED) or {}
    return terms_of(
        keys,
        metadata=attributes.get("metadata"),
        description=attributes.get("description"),
        name=attributes.get("name") or collected.get("name"),
        client_reference_id=attributes.get("client_reference_id"),
        number=number_of(stored),
    )


def number_of(stored: StoredObject) -> str | None:
    """Return the number of an object that has one, such as an invoice that is finalized. It is not its ID."""
    return stored.attributes.get("number")


def indexed_object(record: Mapping[str, Any], keys: Sequence[str]) -> Indexed | None:
    """Return the object of a record if its terms have changed, or None. Raises only UnreadableRecordError.

    Items that are no object of a resource, such as a unique name, have none.
    """
    try:
        images: Mapping[str, Any] = record["dynamodb"]
        before, after = (object_in(images[image]) if image in images else None for image in ("OldImage", "NewImage"))
        stored = after or before
        if stored is None:
            return None
        indexed = Indexed(
            merchant=stored.merchant,
            key=object_key(stored.object, stored.merchant, stored.id),
            position=listed_at(stored),
            before=terms_of_object(before, keys),
            after=terms_of_object(after, keys),
        )
    except READ_ERRORS as error:
        raise UnreadableRecordError(type(error).__name__) from error
    return indexed if indexed.before != indexed.after else None
