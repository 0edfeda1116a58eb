"""How far an integration went."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from integrations.flow import FlowStep, Worked, done
from integrations.listed import Integration


class Verdict(StrEnum):
    """`runs`: each step of its flow was done. `stops`: one was not, as the sandbox refuses a call by name.

    `fails` is a fault of the sandbox or of the run: a step was not done, without a refusal that names its call.
    """

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
    worked: Sequence[Worked] = ()
    stopped_at: str = ""
    why: str = ""
    proof: str = ""

    @property
    def missing(self) -> list[FlowStep]:
        """Return the steps of the flow that were not done."""
        return missing(self.integration, self.worked)

    def __str__(self) -> str:
        at = f" at {self.stopped_at}" if self.stopped_at else ""
        if at and self.verdict is Verdict.RUNS:
            at = f", and stops beyond{at}"
        elif at and self.missing:
            at = f" at {self.missing[0]},{at}"
        proof = self.proof or str(self.integration.proof)
        return f"{self.integration.name} ({proof}): {self.verdict}{at}" + (f": {self.why}" if self.why else "")


@dataclass(frozen=True)
class Refusal:
    """A call that the sandbox refuses, and its message."""

    call: str
    message: str


def missing(integration: Integration, worked: Sequence[Worked]) -> list[FlowStep]:
    """Return the steps of an integration's flow that were not done, in its order."""
    did = done(worked)
    return [step for step in integration.flow if step not in did]


def ended(
    integration: Integration,
    worked: Sequence[Worked],
    *,
    refused: Refusal | None = None,
    fault: str = "",
    proof: str = "",
) -> Outcome:
    """Return the outcome of a run that ended: with a refusal, with a fault, with neither, or with both.

    Only the steps that were done decide whether it runs. A refusal excuses steps that were not done, and a fault that
    followed from it; without one, a step that was not done is a fault.
    """
    left = missing(integration, worked)
    if refused is not None and (left or not fault):
        verdict = Verdict.STOPS if left else Verdict.RUNS
        return Outcome(integration, verdict, worked, refused.call, refused.message, proof)
    if fault or left:
        why = fault or f"it did not do: {', '.join(left)}"
        return Outcome(integration, Verdict.FAILS, worked, why=why, proof=proof)
    return Outcome(integration, Verdict.RUNS, worked, proof=proof)
