"""Send receipts. Each is claimed before it is sent, so that failures and repeated messages never send it twice.

SES has no idempotency token. So a receipt with an unknown outcome is sent again only by an operator, and one that was
certainly not sent becomes due again.
"""

from collections.abc import Mapping
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, EndpointConnectionError

from paysandbox.aws import runtime, telemetry
from paysandbox.aws.queue_batch import Answer, Message, each
from paysandbox.aws.settings import NotificationQueueSettings, ReceiptDeliverySettings, ReceiptSettings
from paysandbox.core.metrics import Metric
from paysandbox.donations import tables as donation_tables
from paysandbox.donations.donation import Donation, DonationStatus, Receipt
from paysandbox.donations.receipt_mail import read_notification, recipient_of, render_notification, render_receipt
from paysandbox.donations.writes import claim_receipt, end_claim

_REFUSALS: Final = frozenset(
    {
        "AccessDeniedException",
        "AccountSuspendedException",
        "BadRequestException",
        "MailFromDomainNotVerifiedException",
        "MessageRejected",
    }
)
"""SES's permanent errors for an e-mail, for which retries are pointless ("SendEmail", errors).

Only an operator can change a denied right. In its sandbox SES also denies recipients: it checks the right to send to
each recipient's identity.
"""

_NEVER_LEFT: Final = (EndpointConnectionError, ConnectTimeoutError)
"""Errors before a connection was established, so nothing was sent."""


class NotSentError(Exception):
    """The e-mail was certainly not sent, and can be sent later."""


def queue_receipt(donation_id: str) -> None:
    """Queue a donation's receipt. A repeated message is harmless, since only one can claim the receipt."""
    url = runtime.settings_of(NotificationQueueSettings).notification_queue_url
    runtime.sqs().send_message(QueueUrl=url, MessageBody=render_notification(donation_id))


def send_receipts(event: Mapping[str, Any]) -> Answer:
    """Send a batch of queued receipts."""
    _, failed = each([Message(record["messageId"], record["body"]) for record in event["Records"]], _work)
    return failed


def _work(body: str) -> None:
    runtime.ses()  # created before the claim: if that fails, nothing was claimed or sent
    donation = claim_receipt(
        donation_tables.donations(), read_notification(body), runtime.now(), runtime.random_suffix()
    )
    if donation is None:
        return  # sent, withdrawn, or being sent
    if donation.status is DonationStatus.REFUNDED:
        _leave(donation, Receipt.NONE)  # fully refunded in the meantime
        return
    recipient, sender = recipient_of(donation), runtime.settings_of(ReceiptSettings).ses_from_email
    if not sender or recipient is None:
        _refused(donation, "recipient_invalid" if sender else "sender_not_configured")
        return
    try:
        mail_id = _sent(donation, sender, recipient)
    except ClientError as error:
        _judge(donation, error)
    except _NEVER_LEFT as error:
        _give_back(donation, type(error).__name__)
    except BotoCoreError as error:
        _unknown(donation, error)
    else:
        _leave(donation, Receipt.SENT, mail_id)
        telemetry.donation("receipt sent", {"donation_id": donation.id, "mail_id": mail_id}, Metric.RECEIPTS_SENT)


def _sent(donation: Donation, sender: str, recipient: str) -> str:
    """Send the receipt. Return SES's message id."""
    mail, delivery = render_receipt(donation), runtime.settings_of(ReceiptDeliverySettings).ses_configuration_set
    configuration: dict[str, Any] = {"ConfigurationSetName": delivery} if delivery else {}
    answer = runtime.ses().send_email(
        FromEmailAddress=sender,
        Destination={"ToAddresses": [recipient]},
        Content={
            "Simple": {
                "Subject": _utf8(mail.subject),
                "Body": {"Text": _utf8(mail.text), "Html": _utf8(mail.html)},
            }
        },
        EmailTags=[{"Name": "donation_id", "Value": donation.id}],
        **configuration,
    )
    return answer["MessageId"]


def _judge(donation: Donation, error: ClientError) -> None:
    """Handle an error response from SES. After a 5xx, it is unknown whether the e-mail was sent."""
    code = str(error.response.get("Error", {}).get("Code"))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
    if code in _REFUSALS:
        _refused(donation, code)
    elif status < 500:
        _give_back(donation, code)
    else:
        _unknown(donation, error)


def _refused(donation: Donation, why: str) -> None:
    """Mark the receipt as refused. It is sent again only by an operator."""
    _leave(donation, Receipt.REFUSED, why)
    telemetry.donation("receipt refused", {"donation_id": donation.id, "error": why}, Metric.RECEIPTS_REFUSED)


def _give_back(donation: Donation, why: str) -> None:
    """Mark the receipt as due again: SES throttled or paused the request, or was not reached.

    The queue's message is retried, and the nightly sweep queues the receipt again.
    """
    _leave(donation, Receipt.DUE)
    # SES's message may contain the recipient's address, and this error is logged.
    raise NotSentError(f"{donation.id}: {why}") from None


def _unknown(donation: Donation, error: Exception) -> None:
    facts = {"donation_id": donation.id, "error": type(error).__name__}
    telemetry.donation("receipt unknown", facts, Metric.RECEIPTS_UNKNOWN, failed=True)


def _leave(donation: Donation, as_: Receipt, note: str | None = None) -> None:
    end_claim(donation_tables.donations(), donation, as_, runtime.now(), note)


def _utf8(text: str) -> Any:
    return {"Data": text, "Charset": "UTF-8"}
