"""The published test cards, and what the simulated bank answers for each.

Sources: reference of Stripe ("Testing", "Test card numbers") and Adyen ("Test card numbers"). One table for the
acquirer, the CLI's help, the docs and the tests.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class TestCard:
    """A published number. `decline_code` None approves; `simulated` False is a card whose behaviour comes later."""

    __test__ = False  # pytest: a card, not a test class

    number: str
    says: str
    decline_code: str | None = None
    advice_code: str | None = None
    simulated: bool = True


def _declines(number: str, decline_code: str, advice_code: str, says: str) -> TestCard:
    return TestCard(number, says, decline_code, advice_code)


_APPROVING: Final = (
    TestCard("4242424242424242", "Visa, approves"),
    TestCard("4000056655665556", "Visa debit, approves"),
    TestCard("4111111111111111", "Visa, approves"),
    TestCard("5555555555554444", "Mastercard, approves"),
    TestCard("2223003122003222", "Mastercard 2-series, approves"),
    TestCard("5200828282828210", "Mastercard debit, approves"),
    TestCard("5105105105105100", "Mastercard prepaid, approves"),
    TestCard("378282246310005", "American Express, approves"),
    TestCard("371449635398431", "American Express, approves"),
    TestCard("6011111111111117", "Discover, approves"),
    TestCard("6011000990139424", "Discover, approves"),
    TestCard("6011981111111113", "Discover debit, approves"),
    TestCard("3056930009020004", "Diners Club, approves"),
    TestCard("36227206271667", "Diners Club, 14 digits, approves"),
    TestCard("3566002020360505", "JCB, approves"),
    TestCard("6200000000000005", "UnionPay, approves"),
    TestCard("6200000000000047", "UnionPay debit, approves"),
    TestCard("6205500000000000004", "UnionPay, 19 digits, approves"),
)

_DECLINING: Final = (
    _declines("4000000000000002", "generic_decline", "try_again_later", "declines: no reason given"),
    _declines("4000000000009995", "insufficient_funds", "try_again_later", "declines: insufficient funds"),
    _declines("4000000000009987", "lost_card", "do_not_try_again", "declines: lost card"),
    _declines("4000000000009979", "stolen_card", "do_not_try_again", "declines: stolen card"),
    _declines("4000000000000069", "expired_card", "confirm_card_data", "declines: expired card"),
    _declines("4000000000000127", "incorrect_cvc", "confirm_card_data", "declines: wrong security code"),
    _declines("4000000000000119", "processing_error", "try_again_later", "declines: processing error"),
    _declines("4000000000006975", "card_velocity_exceeded", "try_again_later", "declines: used too often"),
    _declines("4000000000000341", "generic_decline", "try_again_later", "declines: every charge"),
    _declines("4100000000000019", "fraudulent", "do_not_try_again", "declines: blocked as fraudulent"),
)

_LATER: Final = tuple(
    TestCard(number, says, simulated=False)
    for number, says in (
        ("4000000000004954", "risk level highest"),
        ("4000000000009235", "risk level elevated"),
        ("4000000000000101", "security code check fails"),
        ("4000000000000036", "postal code check fails"),
        ("4000000000000028", "address line check fails"),
        ("4000000000000010", "both address checks fail"),
        ("4000000000000044", "address checks unavailable"),
        ("4000002500003155", "3-D Secure unless set up"),
        ("4000002760003184", "3-D Secure every time"),
        ("4000003800000446", "3-D Secure, already set up"),
        ("4000008260003178", "3-D Secure, then insufficient funds"),
        ("4000000000003220", "3-D Secure required"),
        ("4000000000003063", "3-D Secure required, older"),
        ("4000008400001629", "3-D Secure required, then declined"),
        ("4000008400001280", "3-D Secure required, look-up fails"),
        ("4000000000003055", "3-D Secure supported"),
        ("4000000000003097", "3-D Secure supported, errors"),
        ("4000000032200000", "3-D Secure frictionless"),
        ("4000000000000259", "dispute: fraudulent"),
        ("4000000000002685", "dispute: product not received"),
        ("4000000000001976", "dispute: inquiry"),
        ("4000000000005423", "early fraud warning"),
        ("4000000404000079", "several disputes"),
        ("4000000404000038", "dispute, compelling evidence"),
        ("4000008400000779", "compliance dispute, Visa"),
        ("5105008400000002", "compliance dispute, Mastercard"),
        ("4000000000007726", "refund pending, then succeeded"),
        ("4000000000005126", "refund succeeded, then failed"),
        ("4000000000000077", "funds available at once"),
        ("4000003720000278", "funds available at once, international"),
        ("4000001240000000", "Visa of Canada"),
        ("4000000760000002", "Visa of Brazil"),
        ("4000004840008001", "Visa of Mexico"),
        ("4000008260000000", "Visa of the United Kingdom"),
        ("4000002500000003", "Visa of France"),
        ("4000002760000016", "Visa of Germany"),
        ("4000000360000006", "Visa of Australia"),
        ("4000003560000008", "Visa of India"),
        ("4000003920000003", "Visa of Japan"),
    )
)

TEST_CARDS: Final[dict[str, TestCard]] = {card.number: card for card in (*_APPROVING, *_DECLINING, *_LATER)}
