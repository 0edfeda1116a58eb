"""The grammar in which a caller requests an outcome of the simulated bank."""

import re

import pytest

from paysandbox.core.break_type import BREAK_OF_ITEM
from paysandbox.core.errors import Code, Refused
from paysandbox.payments.bank.decline_codes import BY_DECLINE_CODE, BY_RESPONSE_CODE, REASONS
from paysandbox.payments.bank.grammar import read_outcomes
from paysandbox.payments.bank.outcome import (
    AnswerLater,
    Approve,
    ApproveLate,
    ApprovePartially,
    Challenge,
    DeclineFor,
    Outcome,
    Outcomes,
    decline_for,
)
from paysandbox.payments.bank.plan import MAX_SECONDS, REFUND_FAILURES, read_plan
from paysandbox.payments.disputes.dispute import DisputeReason

AMOUNT = 10_00


def read_all(text: str) -> Outcomes | Code:
    try:
        return read_outcomes(text, "X-Sandbox-Outcome", amount=AMOUNT)
    except Refused as refused:
        return refused.code


def read(text: str) -> Outcome | Code | None:
    outcomes = read_all(text)
    if isinstance(outcomes, Code):
        return outcomes
    assert outcomes.plan is None
    return outcomes.authorization


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


def test_invalid_outcomes(subtests: pytest.Subtests) -> None:
    for text in [
        "",
        "Approve",
        "approved",
        "approve:",
        "approve ",
        "decline",
        "decline:",
        "decline:unknown",
        "decline:51",
        "iso:",
        "iso:5",
        "iso:051",
        "iso:20",
        "iso:n7",
        "iso:insufficient_funds",
        "51",
        "insufficient_funds",
        "partial:",
        "partial:0",
        "partial:-1",
        "partial:1.5",
        "partial:1e2",
        "partial:١",
        "partial:1000",
        "partial:1001",
        "partial:99999999999999999999",
        "partial:half",
        "refund:failed",
        "4242424242424242",
        "a\x00b",
        "action:",
        "action:3ds:",
        "action:3ds:x",
        "action:3ds:partial:5",
        "pending:",
        "pending:60",
        "pending:60:",
        "pending:x:approve",
        "pending:0:approve",
        f"pending:{MAX_SECONDS + 1}:approve",
        "pending:60:decline",
        "pending:60:partial:5",
        "pending:60:iso:10",
        "pending:60:pending:60:approve",
        "pending:٦٠:approve",
        "late",
        "late:",
        "late:0",
        "late:x",
        "late:60:approve",
        "capture=",
        "capture",
        "capture=approve",
        "capture=decline",
        "capture=decline:unknown",
        "capture=fail:",
        "capture=fail:0",
        "capture=late",
        "capture=late:0",
        "capture=late:91",
        "capture=late:x",
        "capture:fail",
        "refund=",
        "refund",
        "refund=succeed",
        "refund=pending:",
        "refund=pending:0",
        "refund=pending:60:",
        "refund=pending:60:approve",
        "refund=fail:",
        "refund=fail:no_reason",
        "refund=pending:60:fail:no_reason",
        "dispute",
        "dispute=",
        "dispute:fraudulent",
        "dispute=Fraudulent",
        "dispute=none",
        "dispute=fraudulent:",
        "dispute=fraudulent:0",
        f"dispute=fraudulent:{MAX_SECONDS + 1}",
        "dispute=fraudulent:60:inquiry",
        "dispute=60",
        "dispute=inquiry:",
        "dispute=inquiry:fraudulent",
        "dispute=chargeback",
        "dispute=fraudulent,dispute=inquiry",
        "decline:lost_card,dispute=fraudulent",
        "expire",
        "expire:0",
        "expire=60",
        "reverse",
        "reverse:",
        "reverse:0",
        "fraud_warning:",
        "fraud_warning=yes",
        # Contradictions: two of a kind, or something after a decline.
        "approve,decline:lost_card",
        "approve,approve",
        "capture=fail,capture=late:1",
        "refund=pending,refund=fail",
        "expire:60,reverse:60",
        "fraud_warning,fraud_warning",
        "decline:lost_card,capture=fail",
        "pending:60:decline:lost_card,refund=fail",
        "action:3ds:decline:lost_card,fraud_warning",
        # Lists that are none.
        ",",
        "approve,",
        ",approve",
        "approve,,capture=fail",
        "approve capture=fail",
        "approve;capture=fail",
    ]:
        with subtests.test(str(text)):
            assert read_all(text) == Code.OUTCOME_INVALID


@pytest.mark.parametrize(
    "text, outcome",
    [
        ("pending:3600:approve", AnswerLater(3600, Approve())),
        (f"pending:{MAX_SECONDS}:iso:00", AnswerLater(MAX_SECONDS, Approve())),
        ("pending:1:decline:lost_card", AnswerLater(1, decline_for("lost_card"))),
        ("pending:007:iso:41", AnswerLater(7, decline_for("lost_card"))),
        ("late:60", ApproveLate(60)),
        ("action:3ds", Challenge()),
        ("action:3ds:approve", Challenge()),
        ("action:3ds:decline:insufficient_funds", Challenge(decline_for("insufficient_funds"))),
        ("action:3ds:iso:51", Challenge(decline_for("insufficient_funds"))),
    ],
)
def test_a_delayed_response(text: str, outcome: Outcome) -> None:
    assert read(text) == outcome


@pytest.mark.parametrize(
    "text, answer, plan",
    [
        ("expire:60", None, "expire:60"),
        ("reverse:60", None, "reverse:60"),
        ("fraud_warning", None, "fraud_warning"),
        ("capture=decline:insufficient_funds", None, "capture=decline:insufficient_funds"),
        ("capture=fail", None, "capture=fail"),
        ("capture=fail_once:5", None, "capture=fail_once:5"),
        ("capture=late:2", None, "capture=late:2"),
        ("refund=pending", None, "refund=pending"),
        ("refund=pending:5:fail:declined", None, "refund=pending:5:fail:declined"),
        ("refund=failed", None, "refund=failed"),
        ("dispute=fraudulent", None, "dispute=fraudulent"),
        (f"dispute=inquiry:{MAX_SECONDS}", None, f"dispute=inquiry:{MAX_SECONDS}"),
        ("approve,dispute=duplicate:60,fraud_warning", Approve(), "dispute=duplicate:60,fraud_warning"),
        ("approve,refund=fail", Approve(), "refund=fail"),
        ("refund=fail, approve, capture=late:1", Approve(), "refund=fail,capture=late:1"),
        ("partial:5,capture=fail", ApprovePartially(5), "capture=fail"),
        ("late:60,fraud_warning", ApproveLate(60), "fraud_warning"),
        ("action:3ds,refund=pending", Challenge(), "refund=pending"),
        ("iso:1A,refund=pending", decline_for("authentication_required"), "refund=pending"),
    ],
)
def test_steps_after_an_approval(text: str, answer: Outcome | None, plan: str) -> None:
    assert read_all(text) == Outcomes(authorization=answer, plan=plan)


def test_every_reason_of_a_failed_refund_can_be_requested(subtests: pytest.Subtests) -> None:
    for reason in REFUND_FAILURES:
        with subtests.test(str(reason)):
            assert read_all(f"refund=fail:{reason}") == Outcomes(plan=f"refund=fail:{reason}")


def test_every_reason_of_a_dispute_can_be_requested(subtests: pytest.Subtests) -> None:
    for reason in DisputeReason:
        with subtests.test(str(reason)):
            assert read_all(f"dispute={reason}") == Outcomes(plan=f"dispute={reason}")


def test_every_break_of_a_capture_can_be_requested(subtests: pytest.Subtests) -> None:
    for name, kind in BREAK_OF_ITEM.items():
        with subtests.test(name):
            assert read_all(f"settle={name}") == Outcomes(plan=f"settle={name}")
            assert read_plan(f"refund=fail,settle={name}").settle is kind


@pytest.mark.parametrize("text", ["settle=", "settle=total_mismatch", "settle=status_mismatch", "settle=duplicate:1"])
def test_breaks_of_other_names_are_refused(text: str) -> None:
    assert read_all(text) == Code.OUTCOME_INVALID


@pytest.mark.parametrize("text", ["payout=R03", "approve,payout=R03"])
def test_outcomes_of_disbursements_are_never_plain_approvals(text: str) -> None:
    assert read_all(text) == Code.OUTCOME_INVALID


@pytest.mark.parametrize(
    "text", ["approve 4242424242424242", "pending:60:4242424242424242", "capture=4242424242424242"]
)
def test_errors_name_the_parameter_without_its_value(text: str) -> None:
    with pytest.raises(Refused) as caught:
        read_outcomes(text, "metadata.sandbox_outcome", amount=AMOUNT)

    assert caught.value.param == "metadata.sandbox_outcome"
    assert not re.search(r"(42){2}", f"{caught.value!r} {caught.value}")


def test_every_reason_can_be_requested(subtests: pytest.Subtests) -> None:
    for reason in REASONS:
        with subtests.test(f"{reason.decline_code} {reason.response_code}"):
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
