"""The item of the Disbursements table through which many workers share one access token of a provider.

It has a partition of its own, which no customer's key can be, and is in no list: it has neither a merchant nor a due
time. Its token is sealed. A lease says who fetches the next one.
"""

from typing import Any, Final

from botocore.exceptions import ClientError

from paysandbox.aws.dynamodb.conditional_write import is_condition_failure
from paysandbox.aws.schema import DISBURSEMENTS_KEY, DISBURSEMENTS_SORT
from paysandbox.core.record import record
from paysandbox.disbursements.store.disbursements_table import DisbursementsTable

TOKEN_PARTITION: Final = "token"  # noqa: S105 - a key of the table
"""The customers' keys contain the merchant and a separator, so none is this word."""


@record(kw_only=True)
class SharedToken:
    """A sealed token, until when it is valid, and until when somebody fetches the next one (seconds since 1970, UTC).

    `number` counts writes. `sealed` is empty before the first token.
    """

    number: int = 0
    sealed: bytes = b""
    expires_at: int = 0
    leased_until: int = 0


def find_token(table: DisbursementsTable, name: str) -> SharedToken:
    """Return the shared token under a name, read consistently, or an empty one."""
    found: Any = table.client.get_item(TableName=table.table, Key=_key(name), ConsistentRead=True)
    item = found.get("Item")
    if item is None:
        return SharedToken()
    return SharedToken(
        number=int(item["number"]["N"]),
        sealed=bytes(item["sealed"]["B"]),
        expires_at=int(item["expires_at"]["N"]),
        leased_until=int(item["leased_until"]["N"]),
    )


def replace_token(table: DisbursementsTable, name: str, before: SharedToken, after: SharedToken) -> bool:
    """Replace the shared token. Returns False, and writes nothing, if another worker was first."""
    condition: Any = {"ConditionExpression": "attribute_not_exists(#0)", "ExpressionAttributeNames": {"#0": "number"}}
    if before.number:
        condition["ConditionExpression"] = "#0 = :0"
        condition["ExpressionAttributeValues"] = {":0": {"N": str(before.number)}}
    item: Any = {
        **_key(name),
        "number": {"N": str(before.number + 1)},
        "sealed": {"B": after.sealed},
        "expires_at": {"N": str(after.expires_at)},
        "leased_until": {"N": str(after.leased_until)},
    }
    try:
        table.client.put_item(TableName=table.table, Item=item, **condition)
    except ClientError as error:
        if not is_condition_failure(error):
            raise
        return False
    return True


def _key(name: str) -> Any:
    return {DISBURSEMENTS_KEY: {"S": TOKEN_PARTITION}, DISBURSEMENTS_SORT: {"S": name}}
