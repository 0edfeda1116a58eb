"""Rules that inject faults: which requests they are for, and which of these they hit. Pure.

What a rule does to its n-th request follows from its seed and n, so the same seed and the same requests have the same
faults, and nothing is stored of them but how many requests the rule has seen.
"""

from collections.abc import Iterable
from typing import Any, Final

from paysandbox.core.record import record
from paysandbox.core.timestamps import parse_timestamp
from paysandbox.http.faults.fault import DRAWS, Fault, draw, read_fault
from paysandbox.http.faults.kinds import Moment

_RULE: Final = "rule"


@record(kw_only=True)
class Match:
    """Which requests a rule is for: those that have all of what is not None here.

    `route` is an operation ID. `reference` is a payment's own, or its `metadata[order]`. `outcome` is that of the
    answer, as the request log shows it, so it fits faults after the operation only. `event_type` and `endpoint_id` are
    those of a webhook.
    """

    route: str | None = None
    outcome: str | None = None
    reference: str | None = None
    card_last4: str | None = None
    event_type: str | None = None
    endpoint_id: str | None = None

    def hits(self, facts: "Match") -> bool:
        """Whether a request is one of them, given what is known of it."""
        return all(
            mine in (None, its)
            for mine, its in (
                (self.route, facts.route),
                (self.outcome, facts.outcome),
                (self.reference, facts.reference),
                (self.card_last4, facts.card_last4),
                (self.event_type, facts.event_type),
                (self.endpoint_id, facts.endpoint_id),
            )
        )


@record(kw_only=True)
class Rule:
    """A rule of a merchant. The first `after` requests that match pass. Of the others `percent` of a hundred are hit,
    until `count` were. It ends at `ends_at_ms`, in milliseconds since 1970 of wall time. `seen` requests matched so
    far."""

    id: str
    fault: Fault
    match: Match
    count: int
    percent: int
    seed: int
    after: int
    ends_at_ms: int
    created_at: str
    request_id: str = ""
    seen: int = 0

    def hits(self, ordinal: int) -> bool:
        """Whether the request is hit that is this many-th to match, counted from 1."""
        if not self._is_drawn(ordinal):
            return False
        return ordinal - self.after <= self.count or self.hit_before(ordinal) < self.count

    def hit_before(self, ordinal: int) -> int:
        """Return how many of the matching requests before this one were hit."""
        if self.percent >= 100:
            return min(max(ordinal - 1 - self.after, 0), self.count)
        drawn = 0
        for earlier in range(self.after + 1, ordinal):
            drawn += self._is_drawn(earlier)
            if drawn == self.count:
                break
        return drawn

    @property
    def asks_for(self) -> tuple[object, ...]:
        """What its request said: all but when it came, and what became of it."""
        lasts_ms = self.ends_at_ms - int(parse_timestamp(self.created_at).timestamp() * 1_000)
        return self.fault.text, self.match, self.count, self.percent, self.seed, self.after, lasts_ms

    @property
    def fired(self) -> int:
        """How many requests it has hit."""
        return self.hit_before(self.seen + 1)

    @property
    def is_over(self) -> bool:
        """Whether it can hit no further request, whatever comes."""
        return self.fired >= self.count

    def _is_drawn(self, ordinal: int) -> bool:
        if ordinal <= self.after:
            return False
        return self.percent >= 100 or draw(f"{self.seed}:{ordinal}") * 100 < self.percent * DRAWS


@record(kw_only=True)
class Firing:
    """A fault that was injected: into which request, or webhook (the ID of its delivery), by which rule (None: the
    request asked for it), when (UTC), and which status the request itself had; None if it was not handled."""

    at: str
    request_id: str
    route: str
    fault: str
    rule: str | None = None
    status: int | None = None
    transaction_id: str | None = None


def any_seed(text: str) -> int:
    """Return a seed that follows from a random text."""
    return draw(text) % 2**31


def rule_values(rule: Rule) -> dict[str, Any]:
    """Return what is stored of a rule, beside how many requests it has seen."""
    return {
        "id": rule.id,
        "fault": rule.fault.text,
        "match": {name: value for name, value in vars(rule.match).items() if value is not None},
        "count": rule.count,
        "percent": rule.percent,
        "seed": rule.seed,
        "after": rule.after,
        "ends_at_ms": rule.ends_at_ms,
        "created_at": rule.created_at,
        "request_id": rule.request_id,
    }


def rule_from(values: dict[str, Any], seen: int) -> Rule:
    """Return the rule that was stored."""
    fault = read_fault(values["fault"], _RULE, may_repeat=False)
    return Rule(**{**values, "fault": fault, "match": Match(**values["match"]), "seen": seen})


def of_moment(rules: Iterable[Rule], moment: Moment) -> list[Rule]:
    """Return the rules whose fault happens then, and that can hit something yet."""
    return [rule for rule in rules if rule.fault.kind.moment is moment and not rule.is_over]
