"""The published test cards, and the simulated bank's response to each.

Sources: the providers' own pages: Stripe ("Testing"), Adyen ("Test card numbers"), Braintree ("Testing and go live"),
Worldpay ("Payments test values", "About testing"), Checkout.com ("Test cards"). If one of them declines a number that
another approves, it is approved here. The acquirer, the command line, the documentation and the tests use this table.
"""

from enum import StrEnum
from typing import Final

from paysandbox.core.cards.brand import CARD_FORMATS, Brand
from paysandbox.core.record import record
from paysandbox.payments.bank.decline_codes import Reason
from paysandbox.payments.bank.outcome import Approve, Challenge, DeclineFor, Outcome, decline_for
from paysandbox.payments.bank.response import Check, Checks, RiskLevel

STRIPE: Final = "Stripe"
TRIGGERS: Final = "4111111111111111"
"""The card on which certain amounts trigger an outcome."""
CHALLENGED: Final = "4000002760003184"
"""The card that always requires 3-D Secure."""

ALL_PASS: Final = Checks(cvc=Check.PASS, zip=Check.PASS, line1=Check.PASS)
FAIL: Final = Check.FAIL
UNAVAILABLE: Final = Check.UNAVAILABLE


LOOKUP_FAILED: Final = decline_for("processing_error")
"""The decline if the directory of 3-D Secure fails while the card is looked up (Stripe, "Testing")."""


class ThreeDSecure(StrEnum):
    """How a card that does not require 3-D Secure takes part in it if the merchant asks."""

    NOT_ENROLLED = "not_enrolled"
    CHALLENGE = "challenge"
    FRICTIONLESS = "frictionless"
    LOOKUP_FAILS = "lookup_fails"


@record
class TestCard:
    """A published test card. Approves if `outcome` is None.

    `checks` are the results of the bank's checks, for the data that was sent. `plan` is what happens after an approval
    (see `plan`). One that only `declines_payments` approves the verification with which it is saved (Stripe, "Testing":
    "Decline after attaching", and the decline "even after … previously set up").
    """

    __test__ = False  # pytest: a card, not a test class

    number: str
    brand: Brand
    says: str
    outcome: Outcome | None = None
    checks: Checks = ALL_PASS
    risk_level: RiskLevel = RiskLevel.NORMAL
    publishers: tuple[str, ...] = (STRIPE,)
    three_d_secure: ThreeDSecure = ThreeDSecure.NOT_ENROLLED
    plan: str | None = None
    declines_payments: bool = False

    @property
    def length(self) -> int:
        """The length of the number."""
        return len(self.number)

    @property
    def cvc_digits(self) -> int:
        """The length of the security code."""
        return CARD_FORMATS[self.brand].cvc_digits

    @property
    def reason(self) -> Reason | None:
        """The decline reason (decline code, response code, advice), or None if the card approves."""
        return self.outcome.reason if isinstance(self.outcome, DeclineFor) else None


def _checks(*, cvc: Check = Check.PASS, zip_code: Check = Check.PASS, line1: Check = Check.PASS) -> Checks:
    return Checks(cvc=cvc, zip=zip_code, line1=line1)


def _approves(number: str, brand: Brand, says: str, *publishers: str) -> TestCard:
    return TestCard(number, brand, says, publishers=publishers or (STRIPE,))


def _declines(
    number: str, decline_code: str, says: str, *, cvc: Check = Check.PASS, declines_payments: bool = False
) -> TestCard:
    outcome, checks = decline_for(decline_code), _checks(cvc=cvc)
    return TestCard(number, Brand.VISA, f"declines: {says}", outcome, checks, declines_payments=declines_payments)


def _challenges(number: str, says: str, then: str | None = None, *, declines_payments: bool = False) -> TestCard:
    outcome = Challenge(decline_for(then) if then else Approve())
    return TestCard(number, Brand.VISA, says, outcome, declines_payments=declines_payments)


_APPROVING: Final = (
    _approves("4242424242424242", Brand.VISA, "approves", "Stripe", "Checkout.com"),
    _approves("4000056655665556", Brand.VISA, "approves (debit)"),
    _approves("5555555555554444", Brand.MASTERCARD, "approves", "Stripe", "Braintree", "Adyen", "Worldpay"),
    _approves("2223003122003222", Brand.MASTERCARD, "approves (2-series)"),
    _approves("5200828282828210", Brand.MASTERCARD, "approves (debit)"),
    _approves("5105105105105100", Brand.MASTERCARD, "approves (prepaid)"),
    _approves("378282246310005", Brand.AMEX, "approves", "Stripe", "Braintree", "Checkout.com"),
    _approves("371449635398431", Brand.AMEX, "approves", "Stripe", "Braintree"),
    _approves("6011111111111117", Brand.DISCOVER, "approves", "Stripe", "Braintree", "Checkout.com"),
    _approves("6011000990139424", Brand.DISCOVER, "approves"),
    _approves("6011981111111113", Brand.DISCOVER, "approves (debit)"),
    _approves("3056930009020004", Brand.DINERS, "approves"),
    _approves("36227206271667", Brand.DINERS, "approves (14 digits)"),
    _approves("3566002020360505", Brand.JCB, "approves"),
    _approves("6200000000000005", Brand.UNIONPAY, "approves"),
    _approves("6200000000000047", Brand.UNIONPAY, "approves (debit)"),
    _approves("6205500000000000004", Brand.UNIONPAY, "approves (19 digits)"),
    _approves(TRIGGERS, Brand.VISA, "approves; trigger amounts choose another result", "Braintree", "Adyen"),
    _approves("6555900000604105", Brand.DISCOVER, "approves (BCcard or DinaCard)"),
    _approves("4000002500001001", Brand.VISA, "approves (Cartes Bancaires, France)"),
    _approves("5555552500001001", Brand.MASTERCARD, "approves (Cartes Bancaires, France)"),
    _approves("4000050360000001", Brand.VISA, "approves (eftpos, Australia)"),
    _approves("5555050360000080", Brand.MASTERCARD, "approves (eftpos, Australia)"),
    _approves("4000058260000005", Brand.VISA, "approves (debit, United Kingdom)"),
    _approves("4000007640000003", Brand.VISA, "approves (Thailand)"),
    _approves("4000057640000008", Brand.VISA, "approves (debit, Thailand)"),
)

# In most of these, digits 7 to 9 are the country's numeric code (ISO 3166-1).
_OF_COUNTRIES: Final = (
    _approves("4000000320000021", Brand.VISA, "approves (Argentina)"),
    _approves("4000000360000006", Brand.VISA, "approves (Australia)"),
    _approves("4000000400000008", Brand.VISA, "approves (Austria)"),
    _approves("4000001120000005", Brand.VISA, "approves (Belarus)"),
    _approves("4000000560000004", Brand.VISA, "approves (Belgium)"),
    _approves("4000000760000002", Brand.VISA, "approves (Brazil)"),
    _approves("4000001000000000", Brand.VISA, "approves (Bulgaria)"),
    _approves("4000001240000000", Brand.VISA, "approves (Canada)"),
    _approves("4000001520000001", Brand.VISA, "approves (Chile)"),
    _approves("4000001560000002", Brand.VISA, "approves (China)"),
    _approves("4000001700000003", Brand.VISA, "approves (Colombia)"),
    _approves("4000001880000005", Brand.VISA, "approves (Costa Rica)"),
    _approves("4000001910000009", Brand.VISA, "approves (Croatia)"),
    _approves("4000001960000008", Brand.VISA, "approves (Cyprus)"),
    _approves("4000002030000002", Brand.VISA, "approves (Czechia)"),
    _approves("4000002080000001", Brand.VISA, "approves (Denmark)"),
    _approves("4000002180000000", Brand.VISA, "approves (Ecuador)"),
    _approves("4000002330000009", Brand.VISA, "approves (Estonia)"),
    _approves("4000002460000001", Brand.VISA, "approves (Finland)"),
    _approves("4000002500000003", Brand.VISA, "approves (France)"),
    _approves("4000002760000016", Brand.VISA, "approves (Germany)"),
    _approves("4000002920000005", Brand.VISA, "approves (Gibraltar)"),
    _approves("4000003000000030", Brand.VISA, "approves (Greece)"),
    _approves("4000003440000004", Brand.VISA, "approves (Hong Kong)"),
    _approves("4000003480000005", Brand.VISA, "approves (Hungary)"),
    _approves("4000003560000008", Brand.VISA, "approves (India)"),
    _approves("4000003720000005", Brand.VISA, "approves (Ireland)"),
    _approves("4000003800000008", Brand.VISA, "approves (Italy)"),
    _approves("4000003920000003", Brand.VISA, "approves (Japan)"),
    _approves("3530111333300000", Brand.JCB, "approves (Japan)", "Stripe", "Braintree", "Checkout.com"),
    _approves("4000004280000005", Brand.VISA, "approves (Latvia)"),
    _approves("4000004380000004", Brand.VISA, "approves (Liechtenstein)"),
    _approves("4000004400000000", Brand.VISA, "approves (Lithuania)"),
    _approves("4000004420000006", Brand.VISA, "approves (Luxembourg)"),
    _approves("4000004580000002", Brand.VISA, "approves (Malaysia)"),
    _approves("4000004700000007", Brand.VISA, "approves (Malta)"),
    _approves("4000004840008001", Brand.VISA, "approves (Mexico)"),
    _approves("4000005280000002", Brand.VISA, "approves (Netherlands)"),
    _approves("4000005540000008", Brand.VISA, "approves (New Zealand)"),
    _approves("4000005780000007", Brand.VISA, "approves (Norway)"),
    _approves("4000005910000000", Brand.VISA, "approves (Panama)"),
    _approves("4000006000000066", Brand.VISA, "approves (Paraguay)"),
    _approves("4000006040000068", Brand.VISA, "approves (Peru)"),
    _approves("4000006160000005", Brand.VISA, "approves (Poland)"),
    _approves("4000006200000007", Brand.VISA, "approves (Portugal)"),
    _approves("4000006420000001", Brand.VISA, "approves (Romania)"),
    _approves("4000006820000007", Brand.VISA, "approves (Saudi Arabia)"),
    _approves("4000007020000003", Brand.VISA, "approves (Singapore)"),
    _approves("4000007030000001", Brand.VISA, "approves (Slovakia)"),
    _approves("4000007050000006", Brand.VISA, "approves (Slovenia)"),
    _approves("4000007240000007", Brand.VISA, "approves (Spain)"),
    _approves("4000007520000008", Brand.VISA, "approves (Sweden)"),
    _approves("4000007560000009", Brand.VISA, "approves (Switzerland)"),
    _approves("4000001580000008", Brand.VISA, "approves (Taiwan)"),
    _approves("4000007840000001", Brand.VISA, "approves (United Arab Emirates)"),
    _approves("5200007840000022", Brand.MASTERCARD, "approves (United Arab Emirates)"),
    _approves("4000008260000000", Brand.VISA, "approves (United Kingdom)"),
    _approves("5555558265554449", Brand.MASTERCARD, "approves (United Kingdom)"),
    _approves("4000008580000003", Brand.VISA, "approves (Uruguay)"),
)

_OF_ADYEN: Final = (
    _approves("370000000000002", Brand.AMEX, "approves (Netherlands)", "Adyen"),
    _approves("370000000100018", Brand.AMEX, "approves (Netherlands)", "Adyen"),
    _approves("4035501000000008", Brand.VISA, "approves (debit, France)", "Adyen"),
    _approves("8171999927660000", Brand.UNIONPAY, "approves (ExpressPay, China)", "Adyen"),
    _approves("8171999900000000021", Brand.UNIONPAY, "approves (ExpressPay, 19 digits, China)", "Adyen"),
    _approves("36006666333344", Brand.DINERS, "approves (United States)", "Adyen"),
    _approves("36070500001020", Brand.DINERS, "approves (Netherlands)", "Adyen"),
    _approves("6011601160116611", Brand.DISCOVER, "approves (United States)", "Adyen"),
    _approves("6445644564456445", Brand.DISCOVER, "approves (United Kingdom)", "Adyen"),
    _approves("3569990010095841", Brand.JCB, "approves (United States)", "Adyen"),
    _approves("6771798021000008", Brand.MAESTRO, "approves (United States)", "Adyen"),
    _approves("2222400070000005", Brand.MASTERCARD, "approves (commercial debit, Canada)", "Adyen"),
    _approves("5100290029002909", Brand.MASTERCARD, "approves (Netherlands)", "Adyen"),
    _approves("5555341244441115", Brand.MASTERCARD, "approves (Netherlands)", "Adyen"),
    _approves("5577000055770004", Brand.MASTERCARD, "approves (Poland)", "Adyen"),
    _approves("5136333333333335", Brand.MASTERCARD, "approves (France)", "Adyen"),
    _approves("5585558555855583", Brand.MASTERCARD, "approves (Spain)", "Adyen"),
    _approves("5555444433331111", Brand.MASTERCARD, "approves (United Kingdom)", "Adyen"),
    _approves("2222410740360010", Brand.MASTERCARD, "approves (corporate, Netherlands)", "Adyen"),
    _approves("2222410700000002", Brand.MASTERCARD, "approves (corporate credit, Netherlands)", "Adyen"),
    _approves("2223000048410010", Brand.MASTERCARD, "approves (Netherlands)", "Adyen"),
    _approves("2222400060000007", Brand.MASTERCARD, "approves (debit, Canada)", "Adyen"),
    _approves("2223520443560010", Brand.MASTERCARD, "approves (debit, Netherlands)", "Adyen"),
    _approves("5500000000000004", Brand.MASTERCARD, "approves (debit, United States)", "Adyen"),
    _approves("2222400030000004", Brand.MASTERCARD, "approves (fleet credit, Canada)", "Adyen"),
    _approves("5100060000000002", Brand.MASTERCARD, "approves (premium credit, United States)", "Adyen"),
    _approves("5103221911199245", Brand.MASTERCARD, "approves (prepaid, Brazil)", "Adyen"),
    _approves("5424000000000015", Brand.MASTERCARD, "approves (Ecuador)", "Adyen"),
    _approves("2222400050000009", Brand.MASTERCARD, "approves (purchasing credit, Canada)", "Adyen"),
    _approves("4111111145551142", Brand.VISA, "approves (Netherlands)", "Adyen"),
    _approves("4988438843884305", Brand.VISA, "approves (Spain)", "Adyen"),
    _approves("4646464646464644", Brand.VISA, "approves (Poland)", "Adyen"),
    _approves("4444333322221111", Brand.VISA, "approves (corporate, United Kingdom)", "Adyen", "Worldpay"),
    _approves("4400000000000008", Brand.VISA, "approves (debit, United States)", "Adyen"),
    _approves("4977949494949497", Brand.VISA, "approves (gold, France)", "Adyen"),
    _approves("4571000000000001", Brand.VISA, "approves (Dankort, Denmark)", "Adyen"),
    _approves("4001020000000009", Brand.VISA, "approves (Electron, Brazil)", "Adyen"),
    _approves("4111112014267661", Brand.VISA, "approves (debit, France)", "Adyen"),
    _approves("5100081112223332", Brand.MASTERCARD, "approves (Netherlands)", "Adyen"),
    _approves("30000000000004", Brand.DINERS, "approves", "Adyen"),
)

_OF_BRAINTREE: Final = (
    _approves("36259600000004", Brand.DINERS, "approves", "Braintree"),
    _approves("6011000991300009", Brand.DISCOVER, "approves", "Braintree"),
    _approves("6304000000000000", Brand.MAESTRO, "approves", "Braintree"),
    _approves("2223000048400011", Brand.MASTERCARD, "approves", "Braintree"),
    _approves("4005519200000004", Brand.VISA, "approves (Durbin-regulated bank)", "Braintree"),
    _approves("4009348888881881", Brand.VISA, "approves", "Braintree"),
    _approves("4012000033330026", Brand.VISA, "approves (health care)", "Braintree"),
    _approves("4012000077777777", Brand.VISA, "approves", "Braintree"),
    _approves("4012888888881881", Brand.VISA, "approves", "Braintree"),
    _approves("4217651111111119", Brand.VISA, "approves", "Braintree"),
    _approves("4500600000000061", Brand.VISA, "approves (prepaid)", "Braintree"),
    _approves("6243030000000001", Brand.UNIONPAY, "approves (ExpressPay, China)", "Braintree", "Adyen"),
    _approves("6221261111117766", Brand.UNIONPAY, "approves", "Braintree"),
    _approves("6223164991230014", Brand.UNIONPAY, "approves", "Braintree"),
)

_OF_WORLDPAY: Final = (
    _approves("343434343434343", Brand.AMEX, "approves", "Worldpay"),
    _approves("5454545454545454", Brand.MASTERCARD, "approves", "Worldpay"),
    _approves("2221000000000009", Brand.MASTERCARD, "approves (2-series)", "Worldpay"),
    _approves("5163613613613613", Brand.MASTERCARD, "approves (debit)", "Worldpay"),
    _approves("6011000400000000", Brand.DISCOVER, "approves", "Worldpay"),
    _approves("3528000700000000", Brand.JCB, "approves", "Worldpay"),
    _approves("6759649826438453", Brand.MAESTRO, "approves (debit)", "Worldpay"),
    _approves("4911830000000", Brand.VISA, "approves (13 digits)", "Worldpay"),
    _approves("4917610000000000", Brand.VISA, "approves", "Worldpay"),
    _approves("4462030000000000", Brand.VISA, "approves (debit)", "Worldpay"),
    _approves("4917610000000000003", Brand.VISA, "approves (debit, 19 digits)", "Worldpay"),
    _approves("4917300800000000", Brand.VISA, "approves (Electron, United Kingdom)", "Worldpay"),
    _approves("4150580996517927", Brand.VISA, "approves (Cartes Bancaires)", "Worldpay"),
    _approves("5131072454408923", Brand.MASTERCARD, "approves (Cartes Bancaires)", "Worldpay"),
    _approves("5817020000000000", Brand.MAESTRO, "approves (Cartes Bancaires)", "Worldpay"),
    _approves("4434020000000006", Brand.VISA, "approves (eftpos, Australia)", "Worldpay"),
    _approves("5163150000000005", Brand.MASTERCARD, "approves (eftpos, Australia)", "Worldpay"),
)

_OF_CHECKOUT: Final = (
    _approves("4000020000000000", Brand.VISA, "approves (United States)", "Checkout.com"),
    _approves("4659105569051157", Brand.VISA, "approves (debit, United Kingdom)", "Checkout.com"),
    _approves("4532432452900131", Brand.VISA, "approves", "Checkout.com"),
    _approves("4543474002249996", Brand.VISA, "approves", "Checkout.com"),
    _approves("5436031030606378", Brand.MASTERCARD, "approves", "Checkout.com"),
    _approves("2223000010479399", Brand.MASTERCARD, "approves (2-series)", "Checkout.com"),
    _approves("5199992312641465", Brand.MASTERCARD, "approves", "Checkout.com"),
    _approves("345678901234564", Brand.AMEX, "approves", "Checkout.com"),
    _approves("30123456789019", Brand.DINERS, "approves", "Checkout.com"),
    _approves("4658584090000001", Brand.VISA, "approves (debit)", "Checkout.com"),
    _approves("4484070000035519", Brand.VISA, "approves (commercial)", "Checkout.com"),
)

_DECLINING: Final = (
    _declines("4000000000000002", "generic_decline", "no reason given"),
    _declines("4000000000009995", "insufficient_funds", "insufficient funds"),
    _declines("4000000000009987", "lost_card", "lost card"),
    _declines("4000000000009979", "stolen_card", "stolen card"),
    _declines("4000000000000069", "expired_card", "expired card"),
    _declines("4000000000000127", "incorrect_cvc", "wrong security code", cvc=FAIL),
    _declines("4000000000000119", "processing_error", "processing error"),
    _declines("4000000000006975", "card_velocity_exceeded", "activity limit exceeded"),
    _declines("4000000000000341", "generic_decline", "every payment", declines_payments=True),
    _declines("4100000000000019", "fraudulent", "blocked as fraudulent"),
)

_CHECKED: Final = (
    TestCard("4000000000000101", Brand.VISA, "approves; security code check fails", checks=_checks(cvc=FAIL)),
    TestCard("4000000000000036", Brand.VISA, "approves; postal code check fails", checks=_checks(zip_code=FAIL)),
    TestCard("4000000000000028", Brand.VISA, "approves; address line check fails", checks=_checks(line1=FAIL)),
    TestCard(
        "4000000000000010", Brand.VISA, "approves; both address checks fail", checks=_checks(zip_code=FAIL, line1=FAIL)
    ),
    TestCard(
        "4000000000000044",
        Brand.VISA,
        "approves; both address checks unavailable",
        checks=_checks(zip_code=UNAVAILABLE, line1=UNAVAILABLE),
    ),
    TestCard("4000000000004954", Brand.VISA, "approves; risk level highest", risk_level=RiskLevel.HIGHEST),
    TestCard("4000000000009235", Brand.VISA, "approves; risk level elevated", risk_level=RiskLevel.ELEVATED),
)

AUTHENTICATED: Final = (
    _challenges("4000002500003155", "3-D Secure required, unless set up"),
    _challenges(CHALLENGED, "3-D Secure required every time"),
    _challenges("4000003800000446", "3-D Secure required, although set up"),
    _challenges(
        "4000008260003178",
        "3-D Secure required, then declines: insufficient funds",
        "insufficient_funds",
        declines_payments=True,
    ),
    _challenges("4000000000003220", "3-D Secure required"),
    _challenges("4000000000003063", "3-D Secure required (older card)"),
    _challenges("4000008400001629", "3-D Secure required, then declines: no reason given", "generic_decline"),
    TestCard("4000008400001280", Brand.VISA, "declines: 3-D Secure required, lookup fails", LOOKUP_FAILED),
    TestCard(
        "4000000000003055",
        Brand.VISA,
        "approves; 3-D Secure if requested",
        three_d_secure=ThreeDSecure.CHALLENGE,
    ),
    TestCard(
        "4000000000003097",
        Brand.VISA,
        "approves; 3-D Secure lookup fails if requested",
        three_d_secure=ThreeDSecure.LOOKUP_FAILS,
    ),
    TestCard(
        "4000000032200000",
        Brand.VISA,
        "approves; 3-D Secure without a challenge",
        three_d_secure=ThreeDSecure.FRICTIONLESS,
    ),
)
"""The cards of 3-D Secure."""

_AFTERWARDS: Final = (
    TestCard(
        "4000000000000259", Brand.VISA, "approves; disputed as fraudulent 1 h after capture", plan="dispute=fraudulent"
    ),
    TestCard(
        "4000000000002685",
        Brand.VISA,
        "approves; disputed as product not received 1 h after capture",
        plan="dispute=product_not_received",
    ),
    TestCard("4000000000001976", Brand.VISA, "approves; inquiry 1 h after capture", plan="dispute=inquiry"),
    TestCard("4000000000005423", Brand.VISA, "approves; early fraud warning after capture", plan="fraud_warning"),
    TestCard("4000000000007726", Brand.VISA, "approves; refunds are pending, then succeed", plan="refund=pending"),
    TestCard(
        "4000000000005126",
        Brand.VISA,
        "approves; refunds succeed, then fail",
        plan="refund=fail:expired_or_canceled_card",
    ),
    TestCard(
        "4000000404000079",
        Brand.VISA,
        "approves; disputed twice at once 1 h after capture, half of it each time",
        plan="dispute=several",
    ),
    TestCard(
        "4000000404000038",
        Brand.VISA,
        "approves; disputed as fraudulent 1 h after capture (Visa CE 3.0)",
        plan="dispute=compelling_evidence",
    ),
    TestCard(
        "4000008400000779", Brand.VISA, "approves; compliance dispute 1 h after capture", plan="dispute=compliance"
    ),
    TestCard(
        "5105008400000002",
        Brand.MASTERCARD,
        "approves; compliance dispute 1 h after capture",
        plan="dispute=compliance",
    ),
    TestCard("4000000000000077", Brand.VISA, "approves; funds are available at once", plan="funds=available"),
    TestCard("4000003720000278", Brand.VISA, "approves; funds are available at once (Ireland)", plan="funds=available"),
)

TEST_CARDS: Final[dict[str, TestCard]] = {
    card.number: card
    for card in (
        *_APPROVING,
        *_DECLINING,
        *_CHECKED,
        *_OF_COUNTRIES,
        *_OF_ADYEN,
        *_OF_BRAINTREE,
        *_OF_WORLDPAY,
        *_OF_CHECKOUT,
        *AUTHENTICATED,
        *_AFTERWARDS,
    )
}
MISTYPED: Final = "4242424242424241"
"""Published test number with an invalid check digit."""

ANY_CARD: Final = TestCard("", Brand.UNKNOWN, "any other valid number, with accept_any_card")
