"""Custom resource: fails a deployment that would remove what a setting made and nobody wrote down as removed.

CloudFormation passes an update's previous properties, and the physical ID that was returned last, which has a digest of
what was accepted. A rollback is an update too, from the refused properties to the accepted ones, and may remove what
the refused deployment added: the digest tells it apart. So nothing else is stored.
"""

import hashlib
import json
from collections.abc import Collection, Mapping
from typing import Any

from provisioning.custom_resource import RefusedError, respond

Lines = Mapping[str, str]
"""What a setting made, by its name in `accept_removal`, with the lines of the settings file that make it."""


def handler(event: Mapping[str, Any], context: object) -> None:  # noqa: ARG001 - Lambda passes it
    """Handle Create, Update and Delete of `Custom::CheckedRemovals`.

    Its properties are: Made (as `Lines`), Accepted (a list of names), and File (the settings file). The physical ID is
    the file's name and a digest of Made; of the previous one, CloudFormation sends a Delete, which does nothing.
    """
    respond(event, None, lambda: _handle(event, event["ResourceProperties"]))


def _handle(event: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    made: Lines = wanted.get("Made", {})
    accepted = f"{wanted['File']} {hashlib.sha256(json.dumps(made, sort_keys=True).encode()).hexdigest()[:16]}"
    if event["RequestType"] == "Update" and accepted != event["PhysicalResourceId"]:
        before = event.get("OldResourceProperties", {}).get("Made", {})
        if lost := removed(before, made, wanted.get("Accepted", ())):
            raise RefusedError(refusal(lost, wanted["File"]))
    return accepted


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
