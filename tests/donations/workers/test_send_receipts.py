"""The receipt worker: at most one mail for each donor, whatever SES answers and wherever the worker dies."""

import json
import os
from typing import Any, Final

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError

from paysandbox.aws import runtime
from paysandbox.core.donor import Donor
from paysandbox.donations import tables as donation_tables
from paysandbox.donations.donation import Donation, Receipt
from paysandbox.donations.writes import change_receipt, claim_receipt
from tests.donations.workers.conftest import Lines
from tests.support import aws_transport as on_the_wire, donation_scenario, donations
from tests.support.aws_transport import Deliver, Fault, Killed, Sent, Wire, refused_with
from tests.support.donation_scenario import CONFIGURATION_SET, SENDER, DonationScenario, environment


@pytest.fixture
def paid(scenario: DonationScenario) -> Donation:
    """Return a donation with a receipt due."""
    return paid_by(scenario)


def paid_by(scenario: DonationScenario, **parts: Any) -> Donation:
    given = scenario.open(donations.opened(**parts))
    scenario.hear(scenario.succeeded(given))
    return scenario.now(given)


def to_ses(sent: Sent) -> bool:
    return sent.operation == "SendEmail"


def answered(fault: Fault, wire: Wire, scenario: DonationScenario, donation: Donation) -> list[str]:
    """Return the messages to redeliver after this answer of SES."""
    with wire.broken(fault, when=to_ses) as sent:
        again = scenario.send(donation.id)
    # SES is not called a second time.
    assert len([one for one in sent if to_ses(one)]) == 1
    return again


def test_a_receipt_is_sent_once_however_often_it_is_asked_for(
    scenario: DonationScenario, paid: Donation, wire: Wire
) -> None:
    with wire.record() as sent:
        assert scenario.send(paid.id, paid.id) == []
        assert scenario.send(paid.id) == []
    assert scenario.mailed() == [paid.donor.email]
    stands = scenario.now(paid)
    assert (stands.receipt, stands.receipt_at is not None, bool(stands.receipt_note)) == (Receipt.SENT, True, True)
    (mail,) = [one.parameters for one in sent if to_ses(one)]
    assert mail["FromEmailAddress"] == SENDER
    assert mail["Destination"] == {"ToAddresses": [paid.donor.email]}
    assert mail["ConfigurationSetName"] == CONFIGURATION_SET
    assert mail["EmailTags"] == [{"Name": "donation_id", "Value": paid.id}]
    simple = mail["Content"]["Simple"]
    assert simple["Subject"] == {"Data": "Thank you for your donation of $50.00", "Charset": "UTF-8"}
    assert paid.donor.name in simple["Body"]["Text"]["Data"]
    assert paid.donor.name in simple["Body"]["Html"]["Data"]


def test_a_receipt_takes_four_calls(scenario: DonationScenario, paid: Donation, wire: Wire) -> None:
    with wire.record() as sent:
        scenario.send(paid.id)
    assert [one.operation for one in sent] == ["GetItem", "UpdateItem", "SendEmail", "UpdateItem"]


@pytest.mark.full
@pytest.mark.parametrize("receipt", [Receipt.NONE, Receipt.SENDING, Receipt.SENT, Receipt.REFUSED])
def test_only_what_is_due_is_sent(receipt: Receipt, scenario: DonationScenario, paid: Donation) -> None:
    change_receipt(donation_tables.donations(), paid.id, Receipt.DUE, receipt, runtime.now())
    before = scenario.now(paid)
    assert scenario.send(paid.id) == []
    assert (scenario.mailed(), scenario.now(paid)) == ([], before)


# --- SES answers ------------------------------------------------------------------------------------------------------


STATUS: Final = {"AccessDeniedException": 403}


@pytest.mark.parametrize(
    "code",
    [
        "MessageRejected",
        "BadRequestException",
        "MailFromDomainNotVerifiedException",
        "AccountSuspendedException",
        "AccessDeniedException",
    ],
)
def test_what_ses_will_never_send_is_not_tried_again(
    code: str, scenario: DonationScenario, paid: Donation, wire: Wire, lines: Lines
) -> None:
    assert answered(refused_with(STATUS.get(code, 400), code), wire, scenario, paid) == []
    assert (scenario.now(paid).receipt, scenario.now(paid).receipt_note) == (Receipt.REFUSED, code)
    assert lines()[-1]["ReceiptsRefused"] == [1.0]
    assert (scenario.send(paid.id), scenario.mailed()) == ([], [])


def never_connected(request: AWSPreparedRequest, deliver: Deliver) -> AWSResponse:
    raise EndpointConnectionError(endpoint_url=request.url)


def connected_too_late(request: AWSPreparedRequest, deliver: Deliver) -> AWSResponse:
    raise ConnectTimeoutError(endpoint_url=request.url)


@pytest.mark.full
@pytest.mark.parametrize(
    "fault",
    [
        refused_with(429, "TooManyRequestsException"),
        refused_with(400, "LimitExceededException"),
        refused_with(400, "SendingPausedException"),
        refused_with(400, "ThrottlingException"),
        # The configuration set is missing; a deployment fixes that.
        refused_with(404, "NotFoundException"),
        never_connected,
        connected_too_late,
    ],
)
def test_what_certainly_was_not_sent_comes_again_and_is_sent_then(
    fault: Fault, scenario: DonationScenario, paid: Donation, wire: Wire
) -> None:
    assert answered(fault, wire, scenario, paid) == [paid.id]
    assert (scenario.now(paid).receipt, scenario.mailed()) == (Receipt.DUE, [])
    assert scenario.send(paid.id) == []
    assert (scenario.now(paid).receipt, scenario.mailed()) == (Receipt.SENT, [paid.donor.email])


SENT_OR_NOT: Final = {
    "answer lost": (on_the_wire.answer_lost, 1),
    "connection gone": (on_the_wire.never_left, 0),
    "failing": (refused_with(500, "InternalFailure"), 0),
    "out of service": (refused_with(503, "ServiceUnavailable"), 0),
}


@pytest.mark.parametrize("name", SENT_OR_NOT)
def test_what_may_have_been_sent_is_never_sent_again_by_itself(
    name: str, scenario: DonationScenario, paid: Donation, wire: Wire, lines: Lines
) -> None:
    fault, mails = SENT_OR_NOT[name]
    assert answered(fault, wire, scenario, paid) == []
    assert lines()[-1]["ReceiptsUnknown"] == [1.0]
    assert lines()[-1]["level"] == "ERROR"
    for again in (lambda: scenario.send(paid.id), lambda: scenario.hear(scenario.succeeded(paid))):
        assert again() == []
    assert (scenario.now(paid).receipt, len(scenario.mailed())) == (Receipt.SENDING, mails)


@pytest.mark.parametrize("fault, mails", [(on_the_wire.killed_before, 0), (on_the_wire.killed_after, 1)])
def test_whoever_dies_with_the_mail_in_hand_leaves_it_for_a_person(
    fault: Fault, mails: int, scenario: DonationScenario, paid: Donation, wire: Wire
) -> None:
    with pytest.raises(Killed):
        answered(fault, wire, scenario, paid)
    assert scenario.send(paid.id) == []
    assert (scenario.now(paid).receipt, len(scenario.mailed())) == (Receipt.SENDING, mails)
    # An operator has checked it, and has it sent again.
    assert change_receipt(donation_tables.donations(), paid.id, Receipt.SENDING, Receipt.DUE, runtime.now()) is not None
    assert scenario.send(paid.id) == []
    assert (scenario.now(paid).receipt, len(scenario.mailed())) == (Receipt.SENT, mails + 1)


def test_a_claim_whose_answer_was_lost_is_ones_own(scenario: DonationScenario, paid: Donation, wire: Wire) -> None:
    """boto3 retries it, and meets its own write: the mail is sent."""
    claims = iter([True])
    with wire.broken(on_the_wire.answer_lost, when=lambda sent: sent.operation == "UpdateItem" and next(claims, False)):
        assert scenario.send(paid.id) == []
    assert (scenario.now(paid).receipt, scenario.mailed()) == (Receipt.SENT, [paid.donor.email])


def test_who_comes_late_leaves_alone_what_a_person_asked_for_again(
    scenario: DonationScenario, paid: Donation, wire: Wire
) -> None:
    """During the call to SES an operator made the receipt due again, and another worker has claimed it."""

    def slow(request: AWSPreparedRequest, deliver: Deliver) -> AWSResponse:
        table, now = donation_tables.donations(), runtime.now()
        change_receipt(table, paid.id, Receipt.SENDING, Receipt.DUE, now)
        claim_receipt(table, paid.id, now, "another")
        return deliver()

    with wire.broken(slow, when=to_ses):
        assert scenario.send(paid.id) == []
    assert (scenario.now(paid).receipt, scenario.now(paid).receipt_note) == (Receipt.SENDING, "another")


# --- not sent ---------------------------------------------------------------------------------------------------------


def test_nobody_is_thanked_for_what_went_back_meanwhile(scenario: DonationScenario, paid: Donation, wire: Wire) -> None:
    """It was refunded in full during the call to SES, which was throttled: the receipt became due again."""

    def throttled(request: AWSPreparedRequest, deliver: Deliver) -> AWSResponse:
        scenario.hear(scenario.refunded(paid, paid.amount))
        return refused_with(429, "TooManyRequestsException")(request, deliver)

    assert answered(throttled, wire, scenario, paid) == [paid.id]
    assert scenario.send(paid.id) == []
    assert (scenario.now(paid).receipt, scenario.mailed()) == (Receipt.NONE, [])


def test_where_nobody_is_set_up_to_send_receipts_are_refused(scenario: DonationScenario, paid: Donation) -> None:
    os.environ |= environment(sender="")
    donation_scenario.forget()
    assert scenario.send(paid.id) == []
    assert (scenario.now(paid).receipt, scenario.now(paid).receipt_note) == (Receipt.REFUSED, "sender_not_configured")


@pytest.mark.parametrize(
    "address",
    [
        "ada@example.com\r\nbcc: eve@example.com",
        "ada@example.com, eve@example.com",
        "Ada <ada@example.com>",
        "ada example.com",
        "ada\x00@example.com",
        "ädä@example.com",
    ],
)
def test_what_is_not_one_plain_address_gets_no_mail(address: str, scenario: DonationScenario) -> None:
    paid = paid_by(scenario, donor=Donor(user_id="sub", email=address, name="Ada"))
    assert scenario.send(paid.id) == []
    assert (scenario.now(paid).receipt, scenario.now(paid).receipt_note) == (Receipt.REFUSED, "recipient_invalid")
    assert scenario.mailed() == []


def test_a_donation_that_is_not_there_is_nobodys(scenario: DonationScenario) -> None:
    assert scenario.send(donations.DONATION_ID) == []
    assert scenario.mailed() == []


@pytest.mark.parametrize("body", ["", "what is this", "[]", "{}", '{"donation_id": 7}'])
def test_what_cannot_be_read_comes_again_until_it_is_set_aside(
    body: str, scenario: DonationScenario, paid: Donation
) -> None:
    from donations import send_receipts

    records = [
        {"messageId": "poison", "body": body},
        {"messageId": "good", "body": json.dumps({"donation_id": paid.id})},
    ]
    assert send_receipts.handler({"Records": records}, None) == {"batchItemFailures": [{"itemIdentifier": "poison"}]}
    assert scenario.mailed() == [paid.donor.email]


def test_what_ses_says_is_not_logged_for_it_may_name_the_recipient(
    scenario: DonationScenario, paid: Donation, wire: Wire, lines: Lines
) -> None:
    says = f"about {paid.donor.email}"
    assert answered(refused_with(404, "NotFoundException", says), wire, scenario, paid) == [paid.id]
    (line,) = lines()
    assert "NotFoundException" in line["exception"]
    assert paid.donor.email not in json.dumps(line)


def test_in_the_sandbox_of_ses_a_refused_recipient_waits_for_an_operator(
    scenario: DonationScenario, paid: Donation, wire: Wire, lines: Lines
) -> None:
    """SES denies mail to an identity that this role may not use, and its message names the recipient."""
    arn = f"arn:aws:ses:us-east-1:123456789012:identity/{paid.donor.email}"
    says = f"User: role is not authorized to perform: ses:SendEmail on resource: {arn}"
    assert answered(refused_with(403, "AccessDeniedException", says), wire, scenario, paid) == []
    (line,) = lines()
    assert (line["message"], line["error"]) == ("receipt refused", "AccessDeniedException")
    assert paid.donor.email not in json.dumps(line)
    kept = scenario.now(paid)
    assert (kept.receipt, kept.receipt_note) == (Receipt.REFUSED, "AccessDeniedException")
    # It may be sent now, and the operator has it sent again.
    assert change_receipt(donation_tables.donations(), paid.id, Receipt.REFUSED, Receipt.DUE, runtime.now()) is not None
    assert (scenario.send(paid.id), scenario.mailed()) == ([], [paid.donor.email])
    assert (scenario.now(paid).receipt, len(scenario.mailed())) == (Receipt.SENT, 1)


def test_ids_are_logged_and_nothing_of_the_donor(scenario: DonationScenario, paid: Donation, lines: Lines) -> None:
    scenario.send(paid.id)
    (line,) = lines()
    assert (line["message"], line["donation_id"], line["ReceiptsSent"]) == ("receipt sent", paid.id, [1.0])
    assert not any(word in json.dumps(line) for word in (paid.donor.email, paid.donor.name, paid.message or "?"))
