"""How far an integration went."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from integrations.listed import Integration


class Verdict(StrEnum):
    """`fails` is a fault of the sandbox or of the run: neither a success nor a refusal that names its call."""

    RUNS = "runs"
    STOPS = "stops"
    FAILS = "fails"
    NOT_RUN = "not run"


@dataclass(frozen=True)
class Outcome:
    """The verdict on an integration, the steps that worked, and the call that was refused, or a reason."""

    integration: Integration
    verdict: Verdict
    worked: Sequence[str] = ()
    stopped_at: str = ""
    why: str = ""

    def __str__(self) -> str:
        at = f" at {self.stopped_at}" if self.stopped_at else ""
        return f"{self.integration.name}: {self.verdict}{at}" + (f": {self.why}" if self.why else "")
