"""What a chargeback costs a merchant, as the environment's settings say."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeFees:
    """Fees of a chargeback by currency (minor units), and whether one is returned when the merchant wins."""

    default: int = 0
    by_currency: Mapping[str, int] = field(default_factory=dict[str, int])
    returned_if_won: bool = True

    def of(self, currency: str) -> int:
        """Return the fee of a chargeback in a currency (ISO 4217 code, upper case)."""
        return self.by_currency.get(currency, self.default)


NO_FEES = DisputeFees()
