"""`data.previous_attributes` of an event: what the changed fields of its object were before."""

from collections.abc import Mapping
from typing import Any, cast


def previous_attributes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that differ, with their values in `before`.

    Of a nested object, only its fields that differ. Of a list, the whole list. A field that `before` lacks is null, as
    Stripe documents ("The Event object").
    """
    changed: dict[str, Any] = {}
    for name in [*before, *(name for name in after if name not in before)]:
        was, now = before.get(name), after.get(name)
        if was == now and (name in before) == (name in after):
            continue
        if isinstance(was, dict) and isinstance(now, dict):
            was = previous_attributes(cast("dict[str, Any]", was), cast("dict[str, Any]", now))
        changed[name] = was
    return changed
