"""The simulated bank: a card number is answered by the table of published test cards. Pure, so no time-out to fear."""

from dataclasses import dataclass

from paysandbox.domain.test_cards import TEST_CARDS
from paysandbox.errors import Code, Refused


@dataclass(frozen=True, slots=True)
class Decline:
    """The bank says no: its reason, and whether the merchant should try again (a fact, recorded)."""

    decline_code: str
    advice_code: str


def answer(number: str, *, accept_any_card: bool) -> Decline | None:
    """The bank's answer for a Luhn-valid number: a decline, or None where it approves.

    Refuses with not_yet_simulated a published card whose behaviour is not built (never a plain approval), and with
    live_card_in_sandbox any other number unless `accept_any_card`, so that no real card gets in.
    """
    card = TEST_CARDS.get(number)
    if card is None:
        if accept_any_card:
            return None
        raise Refused(
            Code.LIVE_CARD_IN_SANDBOX,
            "The number is not a published test card. Use 4242 4242 4242 4242 for an approval.",
            "card.number",
        )
    if not card.simulated:
        raise Refused(Code.NOT_YET_SIMULATED, f"This test card ({card.says}) is not simulated yet.", "card.number")
    if card.decline_code is None or card.advice_code is None:
        return None
    return Decline(card.decline_code, card.advice_code)
