"""The published test bank accounts, the only ones that a customer may have. Pure.

Sources: the providers' own pages: Stripe ("Testing Stripe Connect", "Accept a payment: ACH Direct Debit"), Increase
("Sandbox test values") and GoCardless ("Test bank details"). The sandbox adds accounts for results that no provider
publishes a number for; the last three digits name them.
"""

from collections.abc import Mapping
from typing import Final

from paysandbox.core.record import record

STRIPE: Final = "Stripe"
INCREASE: Final = "Increase"
GOCARDLESS: Final = "GoCardless"
OWN: Final = "this sandbox"

ROUTING_NUMBERS: Final[Mapping[str, str]] = {
    "110000000": STRIPE,
    "101050001": INCREASE,
    "790000006": INCREASE,
    "790000019": INCREASE,
    "790000022": INCREASE,
    "790000035": INCREASE,
    "790000048": INCREASE,
    "790000051": INCREASE,
    "790000064": INCREASE,
}
"""Routing numbers of banks that do not exist, by who publishes them. Every account below is an account of each, unless
it names its own."""


@record(kw_only=True)
class TestBankAccount:
    """A published test account. `says` is what its publisher has it do when money is sent to it or taken from it.

    `routing_number` is the only bank that has it; None: each of ROUTING_NUMBERS.
    """

    __test__ = False  # pytest: an account, not a test class

    number: str
    says: str
    publisher: str = STRIPE
    routing_number: str | None = None

    def is_of(self, routing_number: str) -> bool:
        """Whether the bank with this routing number has the account."""
        if self.routing_number is None:
            return routing_number in ROUTING_NUMBERS
        return routing_number == self.routing_number


PAID: Final = "000123456789"
"""The account that gets its money."""

# No row may ever be removed, or get other last four digits: by those and the routing number, a customer's account is
# found here again.
TEST_BANK_ACCOUNTS: Final = (
    TestBankAccount(number=PAID, says="paid"),
    TestBankAccount(number="000111111116", says="no_account"),
    TestBankAccount(number="000111111113", says="account_closed"),
    TestBankAccount(number="000222222227", says="insufficient_funds"),
    TestBankAccount(number="000333333335", says="debit_not_authorized"),
    TestBankAccount(number="000444444440", says="invalid_currency"),
    TestBankAccount(number="000888888883", says="not eligible for instant payouts"),
    TestBankAccount(number="000555555559", says="debits: paid, then disputed"),
    TestBankAccount(number="000000000009", says="debits: stays processing"),
    TestBankAccount(number="000777777771", says="debits: above the weekly limit"),
    TestBankAccount(number="000000004954", says="debits: blocked as risky"),
    TestBankAccount(number="2715500356", says="paid", publisher=GOCARDLESS, routing_number="026073150"),
    TestBankAccount(number="000123456016", says="R16, account frozen", publisher=OWN),
    TestBankAccount(number="000123456020", says="R20, not a transaction account", publisher=OWN),
    TestBankAccount(number="000123456023", says="R23, refused by the receiver", publisher=OWN),
    TestBankAccount(number="000123456029", says="R23: R29 is of debits only", publisher=OWN),
    TestBankAccount(number="000123456801", says="C01, another account number", publisher=OWN),
    TestBankAccount(number="000123456802", says="C02, another routing number", publisher=OWN),
    TestBankAccount(number="000123456803", says="C03, another routing and account number", publisher=OWN),
    TestBankAccount(number="000123456804", says="C04, another holder", publisher=OWN),
    TestBankAccount(number="000123456805", says="C05, another type", publisher=OWN),
    TestBankAccount(number="000123456806", says="C06, another account number and type", publisher=OWN),
    TestBankAccount(number="000123456807", says="C07, another routing number, account number and type", publisher=OWN),
    TestBankAccount(number="000123456811", says="held, then paid", publisher=OWN),
    TestBankAccount(number="000123456812", says="blocked, then returned", publisher=OWN),
    TestBankAccount(number="000123456813", says="paid, then reversed", publisher=OWN),
    TestBankAccount(number="000123456901", says="stays processing", publisher=OWN),
    TestBankAccount(number="000123456902", says="unclaimed", publisher=OWN),
)
