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
    """The verdict on an integration, the steps that worked, and the call that was refused, or a reason.

    `proof` says what ran, where it is more than the list says: the SDK, and what was compared with the source.
    """

    integration: Integration
    verdict: Verdict
    worked: Sequence[str] = ()
    stopped_at: str = ""
    why: str = ""
    proof: str = ""

    def __str__(self) -> str:
        at = f" at {self.stopped_at}" if self.stopped_at else ""
        if at and self.verdict is Verdict.RUNS:
            at = f", and stops beyond{at}"
        proof = self.proof or str(self.integration.proof)
        return f"{self.integration.name} ({proof}): {self.verdict}{at}" + (f": {self.why}" if self.why else "")
