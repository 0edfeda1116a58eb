"""Every replay by its name in the list, and which of its calls are compared with their source."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from integrations.applications import APPLICATIONS
from integrations.calls import Replay, Step
from integrations.libraries import LIBRARIES
from integrations.plugins import PLUGINS
from integrations.source_lines import faults
from integrations.subscription_applications import SUBSCRIPTION_APPLICATIONS

REPLAYS: Final[Mapping[str, Replay]] = {
    replay.name: replay for replay in (*LIBRARIES, *PLUGINS, *APPLICATIONS, *SUBSCRIPTION_APPLICATIONS)
}
"""The replays by the names in the list."""


def with_parameters(replay: Replay) -> list[Step]:
    """Return the calls of the codebase itself that have parameters."""
    return [step for step in replay.steps if step.form and not step.buyers]


def differences(replay: Replay, text_of: Callable[[str], str]) -> Iterator[str]:
    """Yield where the calls and their source lines differ. `text_of` returns the text of a file at the commit."""
    for step in replay.steps:
        for lines in step.source:
            yield from (f"{step.operation}: {fault}" for fault in faults(lines, text_of(lines.file), step.form))
