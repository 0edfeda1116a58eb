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
from tests.donations import donation_scenario
from tests.donations.donation_scenario import CONFIGURATION_SET, SENDER, DonationScenario, environment
from tests.donations.workers.conftest import Lines
from tests.support.builders import donations
from tests.support.worlds import aws_transport as on_the_wire
from tests.support.worlds.aws_transport import Deliver, Fault, Killed, Sent, Wire, refused_with


@pytest.fixture
def paid(scenario: DonationScenario) -> Donation:
    """Return a donation with a receipt due."""
    return paid_by(scenario)


def paid_by(scenario: DonationScenario, **parts: Any) -> Donation:
    given = scenario.open(donations.opened(**parts))
    scenario.apply_events(scenario.succeeded(given))
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


def test_repeated_notifications_send_one_receipt(scenario: DonationScenario, paid: Donation, wire: Wire) -> None:
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
def test_only_due_receipts_are_sent(receipt: Receipt, scenario: DonationScenario, paid: Donation) -> None:
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
def test_permanent_ses_errors_are_not_retried(
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
def test_receipts_that_were_certainly_not_sent_are_retried(
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
def test_receipts_of_unknown_outcome_are_not_retried(
    name: str, scenario: DonationScenario, paid: Donation, wire: Wire, lines: Lines
) -> None:
    fault, mails = SENT_OR_NOT[name]
    assert answered(fault, wire, scenario, paid) == []
    line = lines()[-1]
    assert line["ReceiptsUnknown"] == line["OutcomesUnknown"] == [1.0], "the alarm watches the second"
    assert line["level"] == "ERROR"
    for again in (lambda: scenario.send(paid.id), lambda: scenario.apply_events(scenario.succeeded(paid))):
        assert again() == []
    assert (scenario.now(paid).receipt, len(scenario.mailed())) == (Receipt.SENDING, mails)


@pytest.mark.parametrize("fault, mails", [(on_the_wire.killed_before, 0), (on_the_wire.killed_after, 1)])
def test_a_crash_while_sending_needs_an_operator(
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


def test_a_claim_with_a_lost_response_is_recognized(scenario: DonationScenario, paid: Donation, wire: Wire) -> None:
    """boto3 retries it, and meets its own write: the mail is sent."""
    claims = iter([True])
    with wire.broken(on_the_wire.answer_lost, when=lambda sent: sent.operation == "UpdateItem" and next(claims, False)):
        assert scenario.send(paid.id) == []
    assert (scenario.now(paid).receipt, scenario.mailed()) == (Receipt.SENT, [paid.donor.email])


def test_a_late_worker_does_not_change_a_retried_receipt(
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


def test_no_receipt_after_a_full_refund(scenario: DonationScenario, paid: Donation, wire: Wire) -> None:
    """It was refunded in full during the call to SES, which was throttled: the receipt became due again."""

    def throttled(request: AWSPreparedRequest, deliver: Deliver) -> AWSResponse:
        scenario.apply_events(scenario.refunded(paid, paid.amount))
        return refused_with(429, "TooManyRequestsException")(request, deliver)

    assert answered(throttled, wire, scenario, paid) == [paid.id]
    assert scenario.send(paid.id) == []
    assert (scenario.now(paid).receipt, scenario.mailed()) == (Receipt.NONE, [])


def test_without_a_sender_receipts_are_refused(scenario: DonationScenario, paid: Donation) -> None:
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
def test_invalid_addresses_get_no_mail(address: str, scenario: DonationScenario) -> None:
    paid = paid_by(scenario, donor=Donor(user_id="sub", email=address, name="Ada"))
    assert scenario.send(paid.id) == []
    assert (scenario.now(paid).receipt, scenario.now(paid).receipt_note) == (Receipt.REFUSED, "recipient_invalid")
    assert scenario.mailed() == []


def test_missing_donations_are_skipped(scenario: DonationScenario) -> None:
    assert scenario.send(donations.DONATION_ID) == []
    assert scenario.mailed() == []


@pytest.mark.parametrize("body", ["", "what is this", "[]", "{}", '{"donation_id": 7}'])
def test_unreadable_messages_are_retried_until_the_dead_letter_queue(
    body: str, scenario: DonationScenario, paid: Donation
) -> None:
    from donations import send_receipts

    records = [
        {"messageId": "poison", "body": body},
        {"messageId": "good", "body": json.dumps({"donation_id": paid.id})},
    ]
    assert send_receipts.handler({"Records": records}, None) == {"batchItemFailures": [{"itemIdentifier": "poison"}]}
    assert scenario.mailed() == [paid.donor.email]


def test_ses_messages_are_not_logged(scenario: DonationScenario, paid: Donation, wire: Wire, lines: Lines) -> None:
    says = f"about {paid.donor.email}"
    assert answered(refused_with(404, "NotFoundException", says), wire, scenario, paid) == [paid.id]
    (line,) = lines()
    assert "NotFoundException" in line["exception"]
    assert paid.donor.email not in json.dumps(line)


def test_in_the_ses_sandbox_a_rejected_recipient_needs_an_operator(
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


def test_logs_have_ids_but_no_personal_data(scenario: DonationScenario, paid: Donation, lines: Lines) -> None:
    scenario.send(paid.id)
    (line,) = lines()
    assert (line["message"], line["donation_id"], line["ReceiptsSent"]) == ("receipt sent", paid.id, [1.0])
    assert not any(word in json.dumps(line) for word in (paid.donor.email, paid.donor.name, paid.message or "?"))
