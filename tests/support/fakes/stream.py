"""Records of the ledger's stream in Lambda's format: the images before and after a write."""

from typing import Any

from paysandbox.payments.ledger.items import payment_item
from paysandbox.payments.payment import Payment
from tests.support.builders import build

Json = dict[str, Any]

STREAM = "arn:aws:dynamodb:us-east-1:123456789012:table/paysandbox-test-PaymentsLedger/stream/2026-11-16T09:30:00.000"


def record(before: Payment | None, after: Payment | None, *, place: int = 1) -> Json:
    """Return the record of a write that changed `before` to `after`."""
    images = {"OldImage": before, "NewImage": after}
    return of_images({name: payment_item(payment) for name, payment in images.items() if payment}, place=place)


def of_images(images: Json, *, place: int = 1, transaction_id: str = build.PAYMENT_ID) -> Json:
    """Return a record with these images, which may be anything."""
    name = "MODIFY" if len(images) == 2 else "INSERT" if "NewImage" in images else "REMOVE"
    return {
        "eventID": f"{place:032}",
        "eventName": name,
        "eventSource": "aws:dynamodb",
        "eventSourceARN": STREAM,
        "awsRegion": "us-east-1",
        "dynamodb": {
            "Keys": {"transaction_id": {"S": transaction_id}},
            "SequenceNumber": f"{place:021}",
            "StreamViewType": "NEW_AND_OLD_IMAGES",
            **images,
        },
    }
