"""Parses the output of `cdk deploy --progress events`: the progress of each stack, and failures with their reasons."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

# `paysandbox-local-api | 3/9 | 8:07:13 AM | CREATE_COMPLETE | AWS::SSM::Parameter | Name/Resource (Name8A5D) reason`
# CDK prints the total only if it uses a change set.
_EVENT: Final = re.compile(
    r"^(?P<stack>\S+) +\| +(?P<done>\d+)(/(?P<all>\d+))? +\| [^|]+"
    r"\| (?P<status>[A-Z_]+) +\| (?P<type>\S+) +\| (?P<what>.*)$"
)
_ENDED: Final = re.compile(r"^\s*✅\s+(?P<stack>\S+)(?P<unchanged> \(no changes\))?\s*$")
_LOGICAL_ID: Final = re.compile(r"\s*\([A-Za-z0-9]+\)")


@dataclass(frozen=True)
class News:
    """A line to show. A `passing` line is replaced by the next one."""

    text: str
    passing: bool = False


class Progress:
    """The state of a deployment, line by line. `prefix` is the common prefix of the stacks' names."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self.failures: list[str] = []

    def read(self, line: str) -> News | None:
        """Parse one line. Return the text to show for it, if any."""
        if match := _ENDED.match(line):
            return News(f"{self._short(match['stack'])}: {'unchanged' if match['unchanged'] else 'deployed'}")
        if match := _EVENT.match(line):
            return self._event(**match.groupdict())
        return None

    def _event(self, *, stack: str, status: str, what: str, **event: str) -> News:
        name = self._short(stack)
        if status.endswith("_FAILED"):
            # CDK appends the reason to the name. A construct's name has no spaces, and its logical ID is in
            # parentheses.
            construct, _, reason = _LOGICAL_ID.sub("", what).strip().partition(" ")
            failure = f"{name}: {construct} ({event['type']}): {reason or status}"
            if "cancelled" not in reason.lower() and failure not in self.failures:
                self.failures.append(failure)
            return News(f"{name}: {construct} failed")
        of_all = f" of {event['all']}" if event["all"] else ""
        return News(f"{name}: {event['done']}{of_all} done", passing=True)

    def _short(self, stack: str) -> str:
        return stack.removeprefix(self._prefix)
