"""Reads what `cdk deploy --progress events` prints: which stacks are done, what changed in them, what failed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

FUNCTION: Final = "AWS::Lambda::Function"
STACK: Final = "AWS::CloudFormation::Stack"

# `paysandbox-local-api | 3/9 | 8:07:13 AM | CREATE_COMPLETE | AWS::SSM::Parameter | Name/Resource (Name8A5D) reason`
_EVENT: Final = re.compile(
    r"^(?P<stack>\S+) +\| +(?P<done>\d+)/(?P<all>\d+) +\| [^|]+"
    r"\| (?P<status>[A-Z_]+) +\| (?P<type>\S+) +\| (?P<what>.*)$"
)
_UNCHANGED: Final = re.compile(r"^\s*✅\s+(?P<stack>\S+) \(no changes\)")
_DONE: Final = re.compile(r"^\s*✅\s+(?P<stack>\S+)\s*$")
_LOGICAL_ID: Final = re.compile(r"\s*\([A-Za-z0-9]+\)")

_VERBS: Final = {"CREATE_COMPLETE": "created", "UPDATE_COMPLETE": "updated", "DELETE_COMPLETE": "deleted"}


@dataclass(frozen=True)
class News:
    """Something to show; `passing` when the next one will say more."""

    text: str
    passing: bool = False


@dataclass
class StackProgress:
    """What became of one stack."""

    changes: dict[str, dict[str, str]] = field(default_factory=dict)  # verb → construct → type
    failures: list[str] = field(default_factory=list)
    new: bool = False

    def changed(self, resource_type: str | None = None) -> list[str]:
        """Constructs that were created, updated or deleted, of one type or of all."""
        found = {
            name
            for changes in self.changes.values()
            for name, of_type in changes.items()
            if resource_type in {None, of_type}
        }
        return sorted(found)


class Progress:
    """The state of a deployment, line by line."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self.stacks: dict[str, StackProgress] = {}

    def read(self, line: str) -> News | None:
        """Take one line in; returns what to show for it, if it is news to a person."""
        if match := _UNCHANGED.match(line):
            self._stack(match["stack"])
            return News(f"{self._short(match['stack'])}: unchanged")
        if match := _DONE.match(line):
            self._stack(match["stack"])
            return News(f"{self._short(match['stack'])}: deployed")
        if match := _EVENT.match(line):
            return self._event(match.groupdict())
        return None

    @property
    def failures(self) -> list[str]:
        """What failed, with CloudFormation's reason, the first cause first."""
        return [failure for stack in self.stacks.values() for failure in stack.failures]

    def summary(self) -> Mapping[str, str]:
        """Per changed stack, what changed in it; functions by name, since those are what a person edits."""
        return {name: _summary(stack) for name, stack in self.stacks.items() if stack.new or stack.changed()}

    def _event(self, event: dict[str, str]) -> News | None:
        stack = self._stack(event["stack"])
        name = self._short(event["stack"])
        # CDK appends the reason to the name; a construct's name has no spaces, its logical id is in parentheses.
        construct, _, reason = _LOGICAL_ID.sub("", event["what"]).strip().partition(" ")
        if event["status"].endswith("_FAILED"):
            if "cancelled" not in reason.lower():
                failure = f"{name}: {construct} ({event['type']}): {reason or event['status']}"
                if failure not in stack.failures:
                    stack.failures.append(failure)
            return News(f"{name}: {construct} failed")
        if event["type"] == STACK:
            stack.new |= event["status"] == "CREATE_COMPLETE"
            return None
        verb = _VERBS.get(event["status"])
        if verb is None:
            return None
        stack.changes.setdefault(verb, {})[construct.removesuffix("/Resource").removesuffix("/Default")] = event["type"]
        return News(f"{name}: {event['done']} of {event['all']}", passing=True)

    def _stack(self, name: str) -> StackProgress:
        return self.stacks.setdefault(self._short(name), StackProgress())

    def _short(self, name: str) -> str:
        return name.removeprefix(self._prefix)


def _summary(stack: StackProgress) -> str:
    if stack.new:
        return f"new, {_counted(len(stack.changed()), 'resource')}"
    functions = stack.changed(FUNCTION)
    others = [name for name in stack.changed() if name not in functions]
    parts = [", ".join(functions)] if functions else []
    if others:
        parts.append(_counted(len(others), "other resource") if functions or len(others) > 3 else ", ".join(others))
    return "; ".join(parts)


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
