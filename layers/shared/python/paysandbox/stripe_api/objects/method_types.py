"""The types of payment methods that Stripe has. Only cards are simulated: the others can be listed, not used.

Source: the types of a PaymentMethod in stripe-node 23.1.0 ("PaymentMethod.type"), without `custom`.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Final

from paysandbox.core.errors import Code, Refused
from paysandbox.payments.terms import IntentTerms

CARD: Final = "card"

METHOD_TYPES: Final = frozenset(
    [
        "acss_debit",
        "affirm",
        "afterpay_clearpay",
        "alipay",
        "alma",
        "amazon_pay",
        "au_becs_debit",
        "bacs_debit",
        "bancontact",
        "billie",
        "bizum",
        "blik",
        "boleto",
        "card",
        "card_present",
        "cashapp",
        "crypto",
        "customer_balance",
        "eps",
        "fpx",
        "giropay",
        "grabpay",
        "ideal",
        "interac_present",
        "kakao_pay",
        "klarna",
        "konbini",
        "kr_card",
        "link",
        "mb_way",
        "mobilepay",
        "multibanco",
        "naver_pay",
        "nz_bank_account",
        "oxxo",
        "p24",
        "pay_by_bank",
        "payco",
        "paynow",
        "paypal",
        "paypay",
        "payto",
        "pix",
        "promptpay",
        "revolut_pay",
        "samsung_pay",
        "satispay",
        "scalapay",
        "sepa_debit",
        "sequra",
        "sofort",
        "sunbit",
        "swish",
        "twint",
        "upi",
        "us_bank_account",
        "wechat_pay",
        "zip",
    ]
)
CURRENCIES: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(("acss_debit", "affirm"), ("cad", "usd")),
    **dict.fromkeys(("au_becs_debit", "payto"), ("aud",)),
    **dict.fromkeys(
        (
            "alma", "bancontact", "bizum", "eps", "giropay", "ideal", "mb_way", "multibanco", "satispay", "sepa_debit",
            "sofort",
        ),
        ("eur",),
    ),
    **dict.fromkeys(("cashapp", "us_bank_account"), ("usd",)),
    **dict.fromkeys(("kakao_pay", "kr_card", "naver_pay", "payco", "samsung_pay"), ("krw",)),
    **dict.fromkeys(("konbini", "paypay"), ("jpy",)),
    "bacs_debit": ("gbp",),
    "blik": ("pln",),
    "boleto": ("brl",),
    "fpx": ("myr",),
    "grabpay": ("myr", "sgd"),
    "interac_present": ("cad",),
    "mobilepay": ("dkk", "eur", "nok", "sek"),
    "nz_bank_account": ("nzd",),
    "oxxo": ("mxn",),
    "p24": ("eur", "pln"),
    "paynow": ("sgd",),
    "promptpay": ("thb",),
    "swish": ("sek",),
    "twint": ("chf",),
    "upi": ("inr",),
}  # fmt: skip
"""The currencies of types that have few. Those of others depend on the account's country, which is not simulated, or
are most of them. Source: Stripe, "Payment method support", section "Country and currency support"."""

NOT_EXCLUDABLE: Final = frozenset({"card_present", "interac_present", "link"})
"""Types that `excluded_payment_method_types` does not take."""


def method_types(terms: IntentTerms) -> list[str]:
    """Return the types of payment methods that an intent takes."""
    listed = terms.payment_method_types or terms.allowed_payment_method_types
    kinds: list[str] = (json.loads(listed) if listed else []) or [CARD]
    if not terms.excluded_payment_method_types:
        return kinds
    excluded = json.loads(terms.excluded_payment_method_types)
    return [kind for kind in kinds if kind not in excluded]


def check_currency_of(types: Iterable[str], currency: str) -> None:
    """Refuse (parameter_invalid) types of payment methods that cannot pay in a currency, in either case.

    In Stripe's words (woocommerce-gateway-stripe#5216, and stripe-ios's tests); the parameter is ours.
    """
    code = currency.lower()
    for kind in types:
        if code not in CURRENCIES.get(kind, (code,)):
            raise Refused(
                Code.PARAMETER_INVALID,
                f"The currency provided ({code}) is invalid. Payments with {kind} support the following currencies: "
                f"{', '.join(CURRENCIES[kind])}.",
                "payment_method_types",
            )


OTHER_SOURCE_TYPES: Final = frozenset(
    [
        "ach_credit_transfer",
        "ach_debit",
        "acss_debit",
        "alipay",
        "au_becs_debit",
        "bancontact",
        "card_present",
        "eps",
        "giropay",
        "ideal",
        "klarna",
        "multibanco",
        "p24",
        "sepa_credit_transfer",
        "sepa_debit",
        "sofort",
        "three_d_secure",
        "wechat",
    ]
)
"""The types of sources that Stripe has beside `card`. Source: the types of a Source in stripe-node 23.1.0, and p24."""
