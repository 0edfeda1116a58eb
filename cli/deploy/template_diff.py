"""Summarizes what a deployment changes in a stack, by comparing the deployed template with the new one.

CloudFormation's events do not help: the local engine reports an update for every resource of a stack.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from cli.terminal.text import counted

FUNCTION: Final = "AWS::Lambda::Function"

# Metadata of the construct library, which is no resource.
_NO_RESOURCE: Final = "AWS::CDK::Metadata"
_NAMED_MAX: Final = 3


def in_stack(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> str | None:
    """Return a short summary of the changes, or None if there are none. `before` is None for a new stack.

    Functions are named, since those are edited most.
    """
    new = _resources(after)
    if before is None:
        return f"new, {counted(len(new), 'resource')}"
    old = _resources(before)
    changed = [key for key in {**old, **new} if old.get(key) != new.get(key)]
    if not changed:
        return None if before.get("Outputs") == after.get("Outputs") else "outputs"
    everything = {**old, **new}
    functions = sorted({_name(key, everything[key]) for key in changed if everything[key]["Type"] == FUNCTION})
    others = sorted({_name(key, everything[key]) for key in changed if everything[key]["Type"] != FUNCTION})
    all_functions = sum(resource["Type"] == FUNCTION for resource in new.values())
    parts = [
        _named(functions, "function", all_of=all_functions),
        _named(others, "other resource" if functions else "resource"),
    ]
    return "; ".join(part for part in parts if part)


def _resources(template: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    found = template.get("Resources", {})
    return {
        key: {part: value for part, value in resource.items() if part != "Metadata"} | {"Name": _path(resource)}
        for key, resource in found.items()
        if resource["Type"] != _NO_RESOURCE
    }


def _path(resource: Mapping[str, Any]) -> str:
    path = resource.get("Metadata", {}).get("aws:cdk:path", "")
    return path.partition("/")[2].removesuffix("/Resource").removesuffix("/Default")


def _name(logical_id: str, resource: Mapping[str, Any]) -> str:
    return resource["Name"] or logical_id


def _named(names: Sequence[str], what: str, *, all_of: int | None = None) -> str:
    if not names:
        return ""
    if len(names) <= _NAMED_MAX:
        return ", ".join(names)
    return f"all {all_of} {what}s" if len(names) == all_of else counted(len(names), what)
