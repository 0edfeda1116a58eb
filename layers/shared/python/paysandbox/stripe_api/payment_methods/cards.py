"""The names that Stripe publishes for test cards (`pm_card_visa`, `tok_visa`), and the numbers behind them.

Source: Stripe, "Testing" (cards by brand and country, declined payments, fraud prevention, disputes, refunds, available
balance, 3D Secure), and older names of the same cards that the examples of its libraries still use. How a card behaves
is defined only in the table of published numbers.
"""

from collections.abc import Mapping
from typing import Final

_AS_METHOD: Final = "pm_card_"
TOKEN: Final = "tok_"  # noqa: S105 - the beginning of published names

_BY_BRAND: Final = {
    "visa": "4242424242424242",
    "visa_debit": "4000056655665556",
    "mastercard": "5555555555554444",
    "mastercard_debit": "5200828282828210",
    "mastercard_prepaid": "5105105105105100",
    "amex": "378282246310005",
    "discover": "6011111111111117",
    "diners": "3056930009020004",
    "jcb": "3566002020360505",
    "unionpay": "6200000000000005",
    "visa_cartesBancaires": "4000002500001001",
    "mastercard_cartesBancaires": "5555552500001001",
    "visa_debit_eftposAuCoBranded": "4000050360000001",
    "mastercard_debit_eftposAuCoBranded": "5555050360000080",
}

_BY_COUNTRY: Final = {
    "us": "4242424242424242",
    "ar": "4000000320000021",
    "br": "4000000760000002",
    "ca": "4000001240000000",
    "cl": "4000001520000001",
    "co": "4000001700000003",
    "cr": "4000001880000005",
    "ec": "4000002180000000",
    "mx": "4000004840008001",
    "pa": "4000005910000000",
    "py": "4000006000000066",
    "pe": "4000006040000068",
    "uy": "4000008580000003",
    "ae": "4000007840000001",
    "ae_mastercard": "5200007840000022",
    "at": "4000000400000008",
    "be": "4000000560000004",
    "bg": "4000001000000000",
    "by": "4000001120000005",
    "hr": "4000001910000009",
    "cy": "4000001960000008",
    "cz": "4000002030000002",
    "dk": "4000002080000001",
    "ee": "4000002330000009",
    "fi": "4000002460000001",
    "fr": "4000002500000003",
    "de": "4000002760000016",
    "gi": "4000002920000005",
    "gr": "4000003000000030",
    "hu": "4000003480000005",
    "ie": "4000003720000005",
    "it": "4000003800000008",
    "lv": "4000004280000005",
    "li": "4000004380000004",
    "lt": "4000004400000000",
    "lu": "4000004420000006",
    "mt": "4000004700000007",
    "nl": "4000005280000002",
    "no": "4000005780000007",
    "pl": "4000006160000005",
    "pt": "4000006200000007",
    "ro": "4000006420000001",
    "si": "4000007050000006",
    "sk": "4000007030000001",
    "es": "4000007240000007",
    "se": "4000007520000008",
    "ch": "4000007560000009",
    "gb": "4000008260000000",
    "gb_debit": "4000058260000005",
    "gb_mastercard": "5555558265554449",
    "au": "4000000360000006",
    "cn": "4000001560000002",
    "hk": "4000003440000004",
    "in": "4000003560000008",
    "jp": "4000003920000003",
    "my": "4000004580000002",
    "nz": "4000005540000008",
    "sg": "4000007020000003",
    "tw": "4000001580000008",
    "th_credit": "4000007640000003",
    "th_debit": "4000057640000008",
}

_DECLINED: Final = {
    "visa_chargeDeclined": "4000000000000002",
    "chargeDeclined": "4000000000000002",
    "visa_chargeDeclinedInsufficientFunds": "4000000000009995",
    "chargeDeclinedInsufficientFunds": "4000000000009995",
    "visa_chargeDeclinedLostCard": "4000000000009987",
    "visa_chargeDeclinedStolenCard": "4000000000009979",
    "chargeDeclinedExpiredCard": "4000000000000069",
    "chargeDeclinedIncorrectCvc": "4000000000000127",
    "chargeDeclinedProcessingError": "4000000000000119",
    "visa_chargeDeclinedVelocityLimitExceeded": "4000000000006975",
    "chargeCustomerFail": "4000000000000341",
    "radarBlock": "4100000000000019",
    "chargeDeclinedFraudulent": "4100000000000019",
}

_CHECKED: Final = {
    "riskLevelHighest": "4000000000004954",
    "riskLevelElevated": "4000000000009235",
    "cvcCheckFail": "4000000000000101",
    "avsZipFail": "4000000000000036",
    "avsLine1Fail": "4000000000000028",
    "avsFail": "4000000000000010",
    "avsUnchecked": "4000000000000044",
}

_AFTERWARDS: Final = {
    "createDispute": "4000000000000259",
    "createDisputeProductNotReceived": "4000000000002685",
    "createDisputeInquiry": "4000000000001976",
    "createIssuerFraudRecord": "4000000000005423",
    "createMultipleDisputes": "4000000404000079",
    "createCe3EligibleDispute": "4000000404000038",
    "createComplianceDispute": "4000008400000779",
    "createMastercardComplianceDispute": "5105008400000002",
    "pendingRefund": "4000000000007726",
    "refundFail": "4000000000005126",
    "bypassPending": "4000000000000077",
    "bypassPendingInternational": "4000003720000278",
}

_AUTHENTICATED: Final = {
    "authenticationRequiredOnSetup": "4000002500003155",
    "authenticationRequired": "4000002760003184",
    "authenticationRequiredSetupForOffSession": "4000003800000446",
    "authenticationRequiredChargeDeclinedInsufficientFunds": "4000008260003178",
    "threeDSecure2Required": "4000000000003220",
    "threeDSecureRequired": "4000000000003063",
    "threeDSecureRequiredChargeDeclined": "4000008400001629",
    "threeDSecureRequiredProcessingError": "4000008400001280",
    "threeDSecureOptional": "4000000000003055",
    "threeDSecureOptionalProcessingError": "4000000000003097",
    "amex_threeDSecureNotSupported": "378282246310005",
}

SET_UP: Final = frozenset({"4000003800000446", "4000008260003178"})
"""Cards that require authentication, except for off-session payments: they act as if set up for those."""

SET_UP_BY_PAYER: Final = frozenset({"4000002500003155"})
"""The same, once the cardholder was authenticated while the card was saved for off-session payments."""

CARDS_BY_NAME: Final[Mapping[str, str]] = {
    **_BY_BRAND,
    **_BY_COUNTRY,
    **_DECLINED,
    **_CHECKED,
    **_AFTERWARDS,
    **_AUTHENTICATED,
}
"""Published numbers by name, without the prefix `pm_card_` or `tok_`."""


def number_of_method(name: str) -> str | None:
    """Return the number behind a name like `pm_card_visa`, or None for a name that is not published."""
    return CARDS_BY_NAME.get(name.removeprefix(_AS_METHOD)) if name.startswith(_AS_METHOD) else None


def number_of_token(name: str) -> str | None:
    """Return the number behind a token like `tok_visa`, or None for one that is not published."""
    return CARDS_BY_NAME.get(name.removeprefix(TOKEN)) if name.startswith(TOKEN) else None
