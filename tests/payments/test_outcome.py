"""The grammar in which a caller requests an outcome of the simulated bank."""

import pytest

from paysandbox.core.errors import Code, Refused
from paysandbox.payments.decline_codes import BY_DECLINE_CODE, BY_RESPONSE_CODE, REASONS, Reason
from paysandbox.payments.outcome import Approve, ApprovePartially, DeclineFor, Outcome, read_outcome

AMOUNT = 10_00


def read(text: str) -> Outcome | Code:
    try:
        return read_outcome(text, "X-Sandbox-Outcome", amount=AMOUNT)
    except Refused as refused:
        return refused.code


@pytest.mark.parametrize(
    "text, outcome",
    [
        ("approve", Approve()),
        ("iso:00", Approve()),
        ("iso:10", ApprovePartially()),
        ("partial:1", ApprovePartially(1)),
        ("partial:999", ApprovePartially(9_99)),
        ("partial:0250", ApprovePartially(2_50)),
    ],
)
def test_an_approval(text: str, outcome: Outcome) -> None:
    assert read(text) == outcome


@pytest.mark.parametrize(
    "text, decline_code, response_code",
    [
        ("decline:insufficient_funds", "insufficient_funds", "51"),
        ("decline:generic_decline", "generic_decline", "05"),
        ("decline:do_not_honor", "do_not_honor", "05"),
        ("decline:fraudulent", "fraudulent", None),
        ("decline:incorrect_cvc", "incorrect_cvc", "N7"),
        ("iso:51", "insufficient_funds", "51"),
        ("iso:05", "generic_decline", "05"),
        ("iso:07", "pickup_card", "07"),
        ("iso:46", "invalid_account", "46"),
        ("iso:N7", "incorrect_cvc", "N7"),
        ("iso:82", "incorrect_cvc", "82"),
        ("iso:1A", "authentication_required", "1A"),
        ("iso:R3", "revocation_of_all_authorizations", "R3"),
    ],
)
def test_a_decline(text: str, decline_code: str, response_code: str | None) -> None:
    outcome = read(text)
    assert isinstance(outcome, DeclineFor)
    assert (outcome.reason.decline_code, outcome.reason.response_code) == (decline_code, response_code)


@pytest.mark.parametrize(
    "text",
    [
        "", "Approve", "approved", "approve:", "approve ", "decline", "decline:", "decline:unknown", "decline:51",
        "iso:", "iso:5", "iso:051", "iso:20", "iso:n7", "iso:insufficient_funds", "51", "insufficient_funds",
        "partial:", "partial:0", "partial:-1", "partial:1.5", "partial:1e2", "partial:١", "partial:1000",
        "partial:1001",
        "partial:99999999999999999999", "partial:half", "action:", "action:3ds:x", "pending:", "pending:x:succeeded",
        "pending:60:", "capture=", "refund:failed", "4242424242424242", "approve,decline:lost_card", "a\x00b",
    ],
)  # fmt: skip
def test_invalid_outcomes(text: str) -> None:
    assert read(text) == Code.OUTCOME_INVALID


@pytest.mark.parametrize(
    "text",
    [
        "action:3ds",
        "pending:3600:succeeded",
        "pending:0:decline:insufficient_funds",
        "capture=decline:insufficient_funds",
        "refund=failed",
        "settle=missing_in_file",
        "dispute=fraudulent",
        "payout=R03",
    ],
)
def test_unsupported_outcomes_are_never_plain_approvals(text: str) -> None:
    assert read(text) == Code.NOT_YET_SIMULATED


@pytest.mark.parametrize("text", ["approve 4242424242424242", "pending:60:4242424242424242"])
def test_errors_name_the_parameter_without_its_value(text: str) -> None:
    with pytest.raises(Refused) as caught:
        read_outcome(text, "metadata.sandbox_outcome", amount=AMOUNT)

    assert caught.value.param == "metadata.sandbox_outcome"
    assert "4242" not in f"{caught.value!r} {caught.value}"


@pytest.mark.parametrize("reason", REASONS, ids=lambda reason: f"{reason.decline_code} {reason.response_code}")
def test_every_reason_can_be_requested(reason: Reason) -> None:
    by_name = read(f"decline:{reason.decline_code}")
    assert isinstance(by_name, DeclineFor)
    assert by_name.reason.decline_code == reason.decline_code
    if reason.response_code is not None:
        by_code = read(f"iso:{reason.response_code}")
        assert isinstance(by_code, DeclineFor)
        assert by_code.reason.response_code == reason.response_code


def test_response_codes_have_two_characters_and_none_approves() -> None:
    codes = [reason.response_code for reason in REASONS if reason.response_code]
    assert all(len(code) == 2 and code.isascii() and code.isalnum() and code == code.upper() for code in codes)
    assert not {"00", "10"} & set(codes)
    assert len(REASONS) == len({(reason.decline_code, reason.response_code) for reason in REASONS})
    assert set(BY_DECLINE_CODE) == {reason.decline_code for reason in REASONS}
    assert set(BY_RESPONSE_CODE) == {reason.response_code for reason in REASONS}


@pytest.mark.parametrize(
    "response_code, category, advice_code",
    [
        ("05", 4, "try_again_later"),
        ("14", 1, "do_not_try_again"),
        ("41", 1, "do_not_try_again"),
        ("51", 2, "try_again_later"),
        ("54", 3, "confirm_card_data"),
        ("59", 2, "try_again_later"),
        ("91", 2, "try_again_later"),
        ("1A", 3, "confirm_card_data"),
        ("R1", 1, "do_not_try_again"),
    ],
)
def test_advice_follows_from_the_category(response_code: str, category: int, advice_code: str) -> None:
    reason = BY_RESPONSE_CODE[response_code]
    assert (reason.category, reason.advice_code) == (category, advice_code)
