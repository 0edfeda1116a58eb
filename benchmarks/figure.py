"""A measured figure beside its budget, as a row of a table."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure and its budget in one unit. `least` and `most` are of the rounds, if there were some."""

    name: str
    value: float
    budget: float
    unit: str
    digits: int = 0
    least: float | None = None
    most: float | None = None
    may_equal_budget: bool = False

    @property
    def is_met(self) -> bool:
        """Whether the figure is within its budget."""
        return self.value < self.budget or (self.may_equal_budget and self.value == self.budget)

    def row(self) -> list[str]:
        """Return the cells of the table."""
        extremes = [self._text(value) for value in (self.least, self.most) if value is not None]
        limit = f"{'at most' if self.may_equal_budget else 'below'} {self.budget:,g} {self.unit}".rstrip()
        verdict = "**met**" if self.is_met else "**missed**"
        return [self.name, f"{self._text(self.value)} {self.unit}".rstrip(), " – ".join(extremes), limit, verdict]

    def _text(self, value: float) -> str:
        return f"{value:,.{self.digits}f}"
