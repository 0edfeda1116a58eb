"""Custom resource: fails a deployment that would remove what a setting made and nobody wrote down as removed.

CloudFormation passes an update's previous properties, so nothing else is stored. A rollback is an update too, from the
new properties to the previous ones: it may remove what the failed update added. So this resource is the last of its
stack: after it, nothing in the stack can fail.
"""

from collections.abc import Collection, Mapping
from typing import Any

from provisioning.custom_resource import RefusedError, respond

Lines = Mapping[str, str]
"""What a setting made, by its name in `accept_removal`, with the lines of the settings file that make it."""


def handler(event: Mapping[str, Any], context: object) -> None:  # noqa: ARG001 - Lambda passes it
    """Handle Create, Update and Delete of `Custom::CheckedRemovals`. The physical ID is the name of the settings file.

    Its properties are: Made (as `Lines`), Accepted (a list of names), and File (the settings file).
    """
    respond(event, None, lambda: _handle(event, event["ResourceProperties"]))


def _handle(event: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    if event["RequestType"] == "Update":
        before = event.get("OldResourceProperties", {}).get("Made", {})
        if lost := removed(before, wanted.get("Made", {}), wanted.get("Accepted", ())):
            raise RefusedError(refusal(lost, wanted["File"]))
    return wanted["File"]


def removed(before: Lines, after: Lines, accepted: Collection[str]) -> Lines:
    """Return what was there before and is not after, unless its removal is accepted. A new value is no removal."""
    return {name: line for name, line in before.items() if name not in after and name not in accepted}


def refusal(lost: Lines, file: str) -> str:
    """Return what would be removed, and what to write where."""
    names = ", ".join(name.replace("_", " ") for name in lost)
    accepted = ", ".join(f'"{name}"' for name in lost)
    return (
        f"This deployment would remove: {names}. To keep that, write into {file}: {'; '.join(lost.values())}. "
        f"To remove it, write there: accept_removal = [{accepted}]"
    )
