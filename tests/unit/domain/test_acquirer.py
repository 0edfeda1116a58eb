"""The simulated bank: every published card has the answer that its publisher documents, and no other card gets in."""

import pytest

from paysandbox.domain.acquirer import Decline, answer
from paysandbox.domain.card import luhn_ok
from paysandbox.domain.test_cards import TEST_CARDS, TestCard
from paysandbox.errors import Code, Refused

NOBODYS_TEST_CARD = "4539578763621486"  # passes Luhn, and is in no one's list

# From Stripe's "Testing" page, not from our table.
DOCUMENTED_DECLINES = {
    "4000000000000002": ("generic_decline", "try_again_later"),
    "4000000000009995": ("insufficient_funds", "try_again_later"),
    "4000000000009987": ("lost_card", "do_not_try_again"),
    "4000000000009979": ("stolen_card", "do_not_try_again"),
    "4000000000000069": ("expired_card", "confirm_card_data"),
    "4000000000000127": ("incorrect_cvc", "confirm_card_data"),
    "4000000000000119": ("processing_error", "try_again_later"),
    "4000000000006975": ("card_velocity_exceeded", "try_again_later"),
    "4000000000000341": ("generic_decline", "try_again_later"),
    "4100000000000019": ("fraudulent", "do_not_try_again"),
}

# One approving number of each brand, and every kind that stays unanswered for now, from the same page.
DOCUMENTED_APPROVALS = (
    "4242424242424242", "4000056655665556", "5555555555554444", "2223003122003222", "5200828282828210",
    "5105105105105100", "378282246310005", "371449635398431", "6011111111111117", "6011000990139424",
    "6011981111111113", "3056930009020004", "36227206271667", "3566002020360505", "6200000000000005",
    "6200000000000047", "6205500000000000004",
)  # fmt: skip
NOT_BUILT_YET = ("4000002500003155", "4000000000000259", "4000000000007726", "4000000000000101", "4000000000004954")


def outcome(number: str, *, accept_any_card: bool) -> str | Code:
    try:
        declined = answer(number, accept_any_card=accept_any_card)
    except Refused as refused:
        return refused.code
    return declined.decline_code if declined else "approved"


def expected(card: TestCard) -> str | Code:
    if not card.simulated:
        return Code.NOT_YET_SIMULATED
    return card.decline_code or "approved"


@pytest.mark.parametrize("accept_any_card", [False, True])
@pytest.mark.parametrize("card", TEST_CARDS.values(), ids=lambda card: card.number)
def test_every_published_card_is_answered_by_its_row(card: TestCard, accept_any_card: bool) -> None:
    """Also where any card is accepted: a declining card is not one of those."""
    assert outcome(card.number, accept_any_card=accept_any_card) == expected(card)


@pytest.mark.parametrize("number", DOCUMENTED_DECLINES)
def test_documented_declines(number: str) -> None:
    assert answer(number, accept_any_card=False) == Decline(*DOCUMENTED_DECLINES[number])


@pytest.mark.parametrize("number", DOCUMENTED_APPROVALS)
def test_documented_approvals(number: str) -> None:
    assert answer(number, accept_any_card=False) is None


@pytest.mark.parametrize("number", NOT_BUILT_YET)
def test_a_special_card_is_never_a_plain_approval(number: str) -> None:
    assert outcome(number, accept_any_card=True) == Code.NOT_YET_SIMULATED


@pytest.mark.parametrize("accept_any_card, said", [(False, Code.LIVE_CARD_IN_SANDBOX), (True, "approved")])
def test_a_card_that_nobody_published(accept_any_card: bool, said: str | Code) -> None:
    assert luhn_ok(NOBODYS_TEST_CARD)
    assert outcome(NOBODYS_TEST_CARD, accept_any_card=accept_any_card) == said


@pytest.mark.parametrize("number", [NOBODYS_TEST_CARD, *NOT_BUILT_YET])
def test_a_refusal_names_the_field_and_not_the_number(number: str) -> None:
    with pytest.raises(Refused) as caught:
        answer(number, accept_any_card=False)

    assert caught.value.param == "card.number"
    assert number not in f"{caught.value!r} {caught.value}"


def test_the_table_contradicts_itself_nowhere() -> None:
    for number, card in TEST_CARDS.items():
        assert number == card.number
        assert (card.decline_code is None) == (card.advice_code is None)
        assert card.simulated or card.decline_code is None
        assert card.advice_code in {None, "try_again_later", "do_not_try_again", "confirm_card_data"}
