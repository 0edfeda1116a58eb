"""The rules of merchants as this function stores them, and that they have some."""

from typing import Final

from botocore.exceptions import ClientError

from paysandbox.aws import runtime
from paysandbox.aws.dynamodb.conditional_write import is_condition_failure
from paysandbox.aws.environment_item import FAULTS, EnvironmentItem, environment_in, wait_for_readers
from paysandbox.aws.schema import CLOCK_ITEM, MERCHANT_SETTINGS_KEY
from paysandbox.aws.settings import FaultSettings, MerchantSettingsSettings
from paysandbox.http.faults.fault_rules import Rule
from paysandbox.http.faults.faults_table import RETENTION_S, FaultsTable
from paysandbox.http.faults.injection import not_allowed
from paysandbox.http.faults.kinds import STRIPE_500

_FORGOTTEN_AT_ONCE: Final = 20
_KEY: Final = {MERCHANT_SETTINGS_KEY: {"S": CLOCK_ITEM}}


def table() -> FaultsTable:
    """Return the table of faults. Raises Refused(faults_not_allowed) where there is none."""
    name = runtime.settings_of(FaultSettings).faults_table
    if not name:
        raise not_allowed()
    return FaultsTable(runtime.dynamodb(), name)


def let_requests_be_faulted(merchant: str, rule: Rule) -> None:
    """Let the merchant's requests look for rules until this one has ended. Returns once all of them do."""
    bound_ms = RETENTION_S * 1_000 if rule.fault.kind.name == STRIPE_500 else 0
    name, until = {"#faults": FAULTS + merchant}, {":until": {"N": str(rule.ends_at_ms + bound_ms)}}
    table_name = runtime.settings_of(MerchantSettingsSettings).merchant_settings_table
    try:
        written = runtime.dynamodb().update_item(
            TableName=table_name,
            Key=_KEY,
            UpdateExpression="SET #faults = :until",
            ConditionExpression="attribute_not_exists(#faults) OR #faults < :until",
            ExpressionAttributeNames=name,
            ExpressionAttributeValues=until,
            ReturnValues="ALL_NEW",
        )
        _forget_ended(table_name, environment_in(written["Attributes"]))
    except ClientError as error:
        if not is_condition_failure(error):
            raise
    wait_for_readers()


def _forget_ended(table_name: str, environment: EnvironmentItem) -> None:
    """Remove merchants whose rules have ended, unless one gets another meanwhile: every function reads the item."""
    now_ms = int(runtime.wall_now().timestamp() * 1_000)
    ended = [FAULTS + merchant for merchant, until_ms in environment.faults_until_ms.items() if until_ms < now_ms]
    names = {f"#{place}": name for place, name in enumerate(ended[:_FORGOTTEN_AT_ONCE])}
    if names:
        runtime.dynamodb().update_item(
            TableName=table_name,
            Key=_KEY,
            UpdateExpression=f"REMOVE {', '.join(names)}",
            ConditionExpression=" AND ".join(f"{name} < :now" for name in names),
            ExpressionAttributeNames=names,
            ExpressionAttributeValues={":now": {"N": str(now_ms)}},
        )
