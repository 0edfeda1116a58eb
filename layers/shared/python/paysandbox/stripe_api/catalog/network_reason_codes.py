"""The card networks' codes of the reasons for which a payment is disputed online.

Sources: Stripe, "Dispute reason code categories" (Visa); Braintree, "Chargeback Reason Codes" (American Express);
Antom, "Mastercard" and "Discover/Diners". Of several codes for a reason, it is the one for payments online.
"""

from collections.abc import Mapping
from typing import Final

from paysandbox.core.cards.brand import Brand
from paysandbox.payments.disputes.dispute import DisputeReason

_DISCOVER: Final[Mapping[DisputeReason, str]] = {
    DisputeReason.CREDIT_NOT_PROCESSED: "RN2",
    DisputeReason.DUPLICATE: "DP",
    DisputeReason.FRAUDULENT: "UA02",
    DisputeReason.PRODUCT_NOT_RECEIVED: "RG",
    DisputeReason.PRODUCT_UNACCEPTABLE: "RM",
    DisputeReason.SUBSCRIPTION_CANCELED: "AP",
    DisputeReason.UNRECOGNIZED: "AA",
}

_CODES: Final[Mapping[Brand, Mapping[DisputeReason, str]]] = {
    Brand.VISA: {
        DisputeReason.CREDIT_NOT_PROCESSED: "13.6",
        DisputeReason.DUPLICATE: "12.6.1",
        DisputeReason.FRAUDULENT: "10.4",
        DisputeReason.PRODUCT_NOT_RECEIVED: "13.1",
        DisputeReason.PRODUCT_UNACCEPTABLE: "13.3",
        DisputeReason.SUBSCRIPTION_CANCELED: "13.2",
    },
    Brand.MASTERCARD: {
        DisputeReason.CREDIT_NOT_PROCESSED: "4853",
        DisputeReason.DUPLICATE: "4834",
        DisputeReason.FRAUDULENT: "4837",
        DisputeReason.PRODUCT_NOT_RECEIVED: "4853",
        DisputeReason.PRODUCT_UNACCEPTABLE: "4853",
        DisputeReason.SUBSCRIPTION_CANCELED: "4853",
        DisputeReason.UNRECOGNIZED: "4863",
    },
    Brand.AMEX: {
        DisputeReason.CREDIT_NOT_PROCESSED: "C02",
        DisputeReason.DUPLICATE: "P08",
        DisputeReason.FRAUDULENT: "F29",
        DisputeReason.PRODUCT_NOT_RECEIVED: "C08",
        DisputeReason.PRODUCT_UNACCEPTABLE: "C31",
        DisputeReason.SUBSCRIPTION_CANCELED: "C28",
        DisputeReason.UNRECOGNIZED: "127",
    },
    Brand.DISCOVER: _DISCOVER,
    Brand.DINERS: _DISCOVER,
}
"""Diners Club's payments are Discover's. Of the other brands, no source gives codes."""


def network_reason_code(brand: Brand, reason: DisputeReason) -> str | None:
    """Return the code of the brand's network for a reason, or None if it has none of its own."""
    return _CODES.get(brand, {}).get(reason)
