# pyright: standard
"""Records of the table's stream as messages for the topic: the outbox of the events of objects."""

from collections.abc import Mapping
from typing import Any

from paysandbox.aws.events.topic import Message
from paysandbox.aws.records import READ_ERRORS, UnreadableRecordError
from paysandbox.stripe_api.objects.stored_object import StoredObject
from paysandbox.stripe_api.resource_kit.declaration import Resources
from paysandbox.stripe_api.resource_kit.events import written_messages
from paysandbox.stripe_api.resource_kit.objects_table import object_in


def messages_in(record: Mapping[str, Any], resources: Resources) -> list[Message]:
    """Return the events of a record. Raises only UnreadableRecordError.

    Items that are removed have none, nor have those that are no object of a resource, such as a unique name.
    """
    try:
        images: Mapping[str, Any] = record["dynamodb"]
        after = object_in(images["NewImage"]) if "NewImage" in images else None
        if after is None:
            return []
        before = object_in(images["OldImage"]) if "OldImage" in images else None
        return written_messages(before, after, resources)
    except READ_ERRORS as error:
        raise UnreadableRecordError(type(error).__name__) from error


def changed_object(record: Mapping[str, Any], kind: str) -> StoredObject | None:
    """Return the object of this type that a record has written, or None. Raises only UnreadableRecordError."""
    try:
        image: Mapping[str, Any] | None = record["dynamodb"].get("NewImage")
        return object_in({**image}) if image and image["object"]["S"] == kind else None
    except READ_ERRORS as error:
        raise UnreadableRecordError(type(error).__name__) from error
