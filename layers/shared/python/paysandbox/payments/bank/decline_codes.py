"""Decline reasons: the bank's response codes (ISO 8583, field 39), decline codes, and advice codes.

Categories are Visa's ("Visa Core Rules": 1 do not retry, 2 retry later, 3 retry with corrected card data, 4 generic).
Decline codes are Stripe's where it has one ("Decline codes").
"""

from typing import Final

from paysandbox.core.record import record

AUTHENTICATION_REQUIRED: Final = "authentication_required"
"""The decline that asks for a challenge (3-D Secure)."""

_ADVICE: Final = {
    1: "do_not_try_again",
    2: "try_again_later",
    3: "confirm_card_data",
    4: "try_again_later",
}


@record
class Reason:
    """A decline reason: decline code, response code (None: blocked before the bank), Visa category and description."""

    decline_code: str
    response_code: str | None
    category: int
    says: str

    @property
    def advice_code(self) -> str:
        """The advice to the merchant."""
        return _ADVICE[self.category]


REASONS: Final = (
    Reason("call_issuer", "01", 4, "the cardholder should call the bank"),
    Reason("call_issuer", "02", 4, "the cardholder should call the bank (special condition)"),
    Reason("invalid_merchant", "03", 2, "invalid merchant"),
    Reason("pickup_card", "04", 1, "keep the card"),
    Reason("generic_decline", "05", 4, "no reason given"),
    Reason("do_not_honor", "05", 4, "no reason given (older name)"),
    Reason("pickup_card", "07", 1, "keep the card (special condition)"),
    Reason("invalid_transaction", "12", 1, "invalid transaction"),
    Reason("invalid_amount", "13", 4, "invalid amount"),
    Reason("invalid_account", "14", 1, "invalid account number"),
    Reason("no_such_issuer", "15", 1, "no such issuer"),
    Reason("try_again_later", "19", 2, "re-enter the transaction"),
    Reason("reenter_transaction", "19", 2, "re-enter the transaction (older name)"),
    Reason("lost_card", "41", 1, "lost card"),
    Reason("stolen_card", "43", 1, "stolen card"),
    Reason("invalid_account", "46", 1, "closed account"),
    Reason("insufficient_funds", "51", 2, "insufficient funds"),
    Reason("expired_card", "54", 3, "expired card"),
    Reason("incorrect_pin", "55", 3, "wrong PIN"),
    Reason("transaction_not_allowed", "57", 1, "transaction not permitted to the cardholder"),
    Reason("suspected_fraud", "59", 2, "suspected fraud"),
    Reason("withdrawal_amount_limit_exceeded", "61", 2, "exceeds the withdrawal limit"),
    Reason("restricted_card", "62", 2, "restricted card"),
    Reason("card_velocity_exceeded", "65", 2, "exceeds the activity limit"),
    Reason("pin_try_exceeded", "75", 2, "too many wrong PINs"),
    Reason("blocked_first_use", "78", 2, "new card, not activated"),
    Reason("incorrect_cvc", "N7", 3, "wrong security code"),
    Reason("incorrect_cvc", "82", 3, "wrong security code (other networks)"),
    Reason("issuer_not_available", "91", 2, "the bank is unavailable"),
    Reason("transaction_cannot_complete", "93", 2, "the transaction cannot be completed"),
    Reason("duplicate_transaction", "94", 4, "duplicate transaction"),
    Reason("processing_error", "96", 2, "processing error"),
    Reason(AUTHENTICATION_REQUIRED, "1A", 3, "the cardholder must authenticate"),
    Reason("stop_payment_order", "R0", 1, "the cardholder stopped this payment"),
    Reason("revocation_of_authorization", "R1", 1, "the cardholder revoked this authorization"),
    Reason("revocation_of_all_authorizations", "R3", 1, "the cardholder revoked all authorizations"),
    Reason("fraudulent", None, 1, "blocked as fraudulent"),
)

# A code with several reasons maps to the first.
BY_DECLINE_CODE: Final = {reason.decline_code: reason for reason in reversed(REASONS)}
BY_RESPONSE_CODE: Final = {reason.response_code: reason for reason in reversed(REASONS)}

SOFT_DECLINE_OF_MASTERCARD: Final = Reason(AUTHENTICATION_REQUIRED, "65", 3, "the cardholder must authenticate")
"""Response code 65 on a Mastercard: not the activity limit, but a request for a challenge (Mastercard, EEA)."""
