"""Correctness checks that hold at any speed: the responses to each idempotency key and the final state of payments.

Only counts, so that workers can send theirs to the master. The warm-up is not excluded: a payment that was authorized
twice in the first second was authorized twice.
"""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Self


@dataclass(frozen=True, slots=True)
class Response:
    """A response to a money request: its bytes, its payment, and whether it is marked as a replay."""

    content: bytes
    auth_id: str
    replayed: bool


@dataclass(slots=True)
class Evidence:
    """The counts of one scenario."""

    keys: int = 0
    """Idempotency keys that got a response."""
    replays: int = 0
    """Responses after the first one of a key."""
    double_authorizations: int = 0
    """Keys with more than one payment, or with more than one response not marked as a replay."""
    differing_replays: int = 0
    """Keys whose responses differ in any byte."""
    unanswered: int = 0
    """Abandoned idempotency keys, whose outcome is unknown."""
    read_back: int = 0
    """Payments read back after the run."""
    unread: int = 0
    """Payments that could not be read back."""
    miscaptured: int = 0
    """Payments whose captured or refunded amount is not the expected one."""
    intended: int = 0
    """The amount expected to be captured on the payments that were read back, in minor units."""
    captured: int = 0
    """The amount actually captured on those payments, in minor units."""

    def add_responses(self, responses: Collection[Response]) -> None:
        """Count all responses to one idempotency key."""
        if not responses:
            return
        self.keys += 1
        self.replays += len(responses) - 1
        firsts = sum(not response.replayed for response in responses)
        self.double_authorizations += len({response.auth_id for response in responses}) > 1 or firsts > 1
        self.differing_replays += len({response.content for response in responses}) > 1

    def add_payment(self, *, captured: int, refunded: int, expected_captured: int, expected_refunded: int) -> None:
        """Compare one payment's actual amounts with the expected ones."""
        self.read_back += 1
        self.intended += expected_captured
        self.captured += captured
        self.miscaptured += (captured, refunded) != (expected_captured, expected_refunded)

    def add(self, other: Self) -> None:
        """Add the counts of another process for the same scenario."""
        for field in fields(self):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))


class EvidenceByScenario:
    """The evidence of all scenarios in one process."""

    def __init__(self) -> None:
        self._evidence: dict[str, Evidence] = {}

    def of(self, scenario: str) -> Evidence:
        """Return the evidence of a scenario; callers add to it in place."""
        return self._evidence.setdefault(scenario, Evidence())

    def take(self) -> dict[str, dict[str, int]]:
        """Return all evidence as plain data, and reset it."""
        taken = {scenario: asdict(evidence) for scenario, evidence in self._evidence.items()}
        for scenario in self._evidence:
            # In place: users hold references.
            for field in fields(Evidence):
                setattr(self._evidence[scenario], field.name, 0)
        return taken

    def merge(self, counts_by_scenario: Mapping[str, Mapping[str, int]]) -> None:
        """Add the evidence taken from another process."""
        for scenario, counts in counts_by_scenario.items():
            self.of(scenario).add(Evidence(**counts))


EVIDENCE = EvidenceByScenario()
