"""The capabilities that can be requested for a connected account, and when each was. Pure.

Source: Stripe, "Account capabilities", and the types of its SDKs. Issuing and treasury are not simulated. Beside cards,
methods of payment are not either: their capabilities are shown.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Literal, get_args

from paysandbox.stripe_api.connect.capability import CAPABILITY
from paysandbox.stripe_api.connect.connected_account import CAPABILITIES
from paysandbox.stripe_api.errors import no_such
from paysandbox.stripe_api.objects.stored_object import Attributes

Capability = Literal[
    "acss_debit_payments",
    "affirm_payments",
    "afterpay_clearpay_payments",
    "alma_payments",
    "amazon_pay_payments",
    "au_becs_debit_payments",
    "bacs_debit_payments",
    "bancontact_payments",
    "bank_transfer_payments",
    "blik_payments",
    "boleto_payments",
    "card_payments",
    "cartes_bancaires_payments",
    "cashapp_payments",
    "eps_payments",
    "fpx_payments",
    "giropay_payments",
    "grabpay_payments",
    "ideal_payments",
    "jcb_payments",
    "klarna_payments",
    "konbini_payments",
    "legacy_payments",
    "link_payments",
    "mobilepay_payments",
    "multibanco_payments",
    "oxxo_payments",
    "p24_payments",
    "pay_by_bank_payments",
    "paynow_payments",
    "promptpay_payments",
    "revolut_pay_payments",
    "sepa_bank_transfer_payments",
    "sepa_debit_payments",
    "sofort_payments",
    "swish_payments",
    "tax_reporting_us_1099_k",
    "tax_reporting_us_1099_misc",
    "transfers",
    "twint_payments",
    "us_bank_account_ach_payments",
    "us_bank_transfer_payments",
    "zip_payments",
]

_NAMES: Final = frozenset(get_args(Capability))


def with_requested(account: Attributes, name: str, requested: bool | None, at: datetime) -> Attributes:
    """Return an account for which a capability is requested, or no longer; None leaves it as it is.

    Raises Refused(resource_not_found) for what is no capability.
    """
    if name not in _NAMES:
        raise no_such(CAPABILITY, name, "id", in_path=True)
    if requested is None:
        return account
    stored: Mapping[str, Attributes] = account.get(CAPABILITIES) or {}
    after = {**account, CAPABILITIES: {**stored, name: {**stored.get(name, {}), "requested": requested}}}
    return with_times(account, after, at)


def with_times(before: Attributes, after: Attributes, at: datetime) -> Attributes:
    """Return an account with the time of each capability that is requested now and was not before (Unix seconds)."""
    stored: Mapping[str, Attributes] = before.get(CAPABILITIES) or {}
    new: Mapping[str, Attributes] = after.get(CAPABILITIES) or {}
    if not new:
        return after

    def timed(name: str, entry: Attributes) -> Attributes:
        if not entry["requested"] or stored.get(name, {}).get("requested"):
            return entry
        return {**entry, "requested_at": int(at.timestamp())}

    return {**after, CAPABILITIES: {name: timed(name, entry) for name, entry in new.items()}}
