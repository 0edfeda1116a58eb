"""The types of payment methods that Stripe has. Only cards are simulated: the others can be listed, not used.

Source: the types of a PaymentMethod in stripe-node 23.1.0 ("PaymentMethod.type"), without `custom`.
"""

import json
from typing import Final

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
