"""What a load test saw that is right or wrong at any speed: what keys were answered with, what payments came to.

Counts only, so that workers can send theirs to the master. There is no warm-up here: a payment that was taken twice in
the first second was taken twice.
"""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Self


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to a money request: the bytes, the payment that it names, whether it says that it is a repetition."""

    content: bytes
    auth_id: str
    replayed: bool


@dataclass(slots=True)
class Evidence:
    """The counts of one scenario."""

    keys: int = 0
    """Idempotency keys that were answered."""
    replays: int = 0
    """Answers beyond the first of a key."""
    double_authorizations: int = 0
    """Keys with more than one payment, or with more than one answer that says it is the first."""
    differing_replays: int = 0
    """Keys whose answers are not the same bytes."""
    unanswered: int = 0
    """Abandoned idempotency keys, whose outcome is unknown."""
    read_back: int = 0
    """Payments read back after the run."""
    unread: int = 0
    """Payments that could not be read back."""
    miscaptured: int = 0
    """Payments whose captured or refunded amount is not what was meant."""
    intended: int = 0
    """What should be captured of the payments that were looked at, in minor units."""
    captured: int = 0
    """The amount actually captured of those payments, in minor units."""

    def answered(self, answers: Collection[Answer]) -> None:
        """Count every answer to one idempotency key."""
        if not answers:
            return
        self.keys += 1
        self.replays += len(answers) - 1
        firsts = sum(not answer.replayed for answer in answers)
        self.double_authorizations += len({answer.auth_id for answer in answers}) > 1 or firsts > 1
        self.differing_replays += len({answer.content for answer in answers}) > 1

    def looked_at(self, *, captured: int, refunded: int, meant_captured: int, meant_refunded: int) -> None:
        """Compare one payment's actual amounts with the expected ones."""
        self.read_back += 1
        self.intended += meant_captured
        self.captured += captured
        self.miscaptured += (captured, refunded) != (meant_captured, meant_refunded)

    def add(self, other: Self) -> None:
        """Add the counts of another process for the same scenario."""
        for field in fields(self):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))


class Witness:
    """The evidence of all scenarios of a process."""

    def __init__(self) -> None:
        self._seen: dict[str, Evidence] = {}

    def of(self, scenario: str) -> Evidence:
        """The one of a scenario, which may be added to."""
        return self._seen.setdefault(scenario, Evidence())

    def take(self) -> dict[str, dict[str, int]]:
        """Return all evidence as plain data, and reset it."""
        taken = {scenario: asdict(evidence) for scenario, evidence in self._seen.items()}
        for scenario in self._seen:
            # In place: users hold theirs.
            for field in fields(Evidence):
                setattr(self._seen[scenario], field.name, 0)
        return taken

    def hear(self, told: Mapping[str, Mapping[str, int]]) -> None:
        """Add the evidence taken from another process."""
        for scenario, counts in told.items():
            self.of(scenario).add(Evidence(**counts))


WITNESS = Witness()
