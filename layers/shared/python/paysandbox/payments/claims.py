"""The one write of claims.

A claim may lie where a payment would: under the id that follows from the same key. Then either keeps the other out.
"""

from botocore.exceptions import ClientError

from paysandbox.aws.conditional_write import Ledger, item_met, refused_by_condition
from paysandbox.aws.schema import PARTITION_KEY
from paysandbox.core.claim import KEY_LIFETIME, Claim
from paysandbox.core.instant import to_text
from paysandbox.payments.items import claim_from, claim_item, payment_in
from paysandbox.payments.payment import Payment


def put_claim(ledger: Ledger, claim: Claim) -> Claim | Payment:
    """Bind a key, unless it has been bound for less than 24 hours. Returns the claim that holds.

    Or the payment that lies there, of whatever age: a claim never takes its place.
    """
    try:
        ledger.client.put_item(
            TableName=ledger.table,
            Item=claim_item(claim),
            ConditionExpression="attribute_not_exists(#0) OR #1 <= :0",
            ExpressionAttributeNames={"#0": PARTITION_KEY, "#1": "claimed_at"},
            ExpressionAttributeValues={":0": {"S": to_text(claim.claimed_at - KEY_LIFETIME)}},
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except ClientError as error:
        met = item_met(error) if refused_by_condition(error) else None
        if met is None:
            raise
        return payment_in(met) or claim_from(met)
    return claim
