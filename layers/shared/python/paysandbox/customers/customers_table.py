"""The `Customers` table. A customer's key is its ID, scoped by its merchant."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from paysandbox.aws.dynamodb.conditional_write import is_condition_failure, item_on_conflict
from paysandbox.aws.index_shards import index_shards
from paysandbox.aws.schema import CUSTOMERS_BY_MERCHANT, CUSTOMERS_KEY, shard_key, shard_of_text
from paysandbox.core.record import record
from paysandbox.core.timestamps import format_timestamp, parse_timestamp
from paysandbox.customers.bank_account import AccountType, BankAccount
from paysandbox.customers.customer import Customer

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

Item = dict[str, Any]

_SCOPE: Final = "#"
"""Separates the merchant from the merchant's own ID. Neither contains it."""

_OPTIONAL: Final = ("name", "bank_account", "stripe_account")
"""The attributes that a customer may have none of."""


@record
class CustomersTable:
    """A DynamoDB client, and the table's name."""

    client: "DynamoDBClient"
    table: str


def scoped_id(merchant: str, customer_id: str) -> str:
    """Return the key of a merchant's customer, here and in the table of disbursements."""
    return f"{merchant}{_SCOPE}{customer_id}"


def own_id(scoped: str) -> tuple[str, str]:
    """Return merchant and customer ID of a key that `scoped_id` built."""
    merchant, _, customer_id = scoped.partition(_SCOPE)
    return merchant, customer_id


def listed_at(customer: Customer) -> str:
    """Return the place of a customer in its merchant's list: when it was created, made unique by its ID."""
    return f"{format_timestamp(customer.created_at)}#{customer.id}"


def customer_item(customer: Customer) -> Item:
    """Build the item of a customer."""
    shard = shard_of_text(customer.id, index_shards().written)
    item: Item = {
        CUSTOMERS_KEY: {"S": scoped_id(customer.merchant, customer.id)},
        "email": {"S": customer.email},
        "created_at": {"S": format_timestamp(customer.created_at)},
        "updated_at": {"S": format_timestamp(customer.updated_at)},
        "version": {"N": str(customer.version)},
        CUSTOMERS_BY_MERCHANT.partition_key: {"S": shard_key(customer.merchant, shard)},
        CUSTOMERS_BY_MERCHANT.sort_key: {"S": listed_at(customer)},
    }
    return item | _optional(customer)


def _optional(customer: Customer) -> Item:
    """Return the attributes that a customer has only if they are set."""
    item: Item = {}
    if customer.name is not None:
        item["name"] = {"S": customer.name}
    account = customer.bank_account
    if account is not None:
        item["bank_account"] = bank_account_attribute(account)
    if customer.stripe_account is not None:
        item["stripe_account"] = {"S": customer.stripe_account}
    return item


def bank_account_attribute(account: BankAccount) -> Item:
    """Build the attribute of a bank account."""
    return {
        "M": {
            "routing_number": {"S": account.routing_number},
            "last4": {"S": account.last4},
            "account_type": {"S": str(account.account_type)},
            "account_holder_name": {"S": account.account_holder_name},
        }
    }


def bank_account_in(item: Item) -> BankAccount | None:
    """Parse the bank account of an item, or return None if it has none."""
    if "bank_account" not in item:
        return None
    stored = item["bank_account"]["M"]
    return BankAccount(
        routing_number=stored["routing_number"]["S"],
        last4=stored["last4"]["S"],
        account_type=AccountType(stored["account_type"]["S"]),
        account_holder_name=stored["account_holder_name"]["S"],
    )


def customer_from(item: Item) -> Customer:
    """Parse a customer from its item."""
    merchant, customer_id = own_id(item[CUSTOMERS_KEY]["S"])
    return Customer(
        merchant=merchant,
        id=customer_id,
        email=item["email"]["S"],
        name=item["name"]["S"] if "name" in item else None,
        bank_account=bank_account_in(item),
        stripe_account=item["stripe_account"]["S"] if "stripe_account" in item else None,
        created_at=parse_timestamp(item["created_at"]["S"]),
        updated_at=parse_timestamp(item["updated_at"]["S"]),
        version=int(item["version"]["N"]),
    )


def create_customer(table: CustomersTable, customer: Customer) -> Customer:
    """Store a new customer, or return the one that has this ID already."""
    try:
        table.client.put_item(
            TableName=table.table,
            Item=customer_item(customer),
            ConditionExpression="attribute_not_exists(#0)",
            ExpressionAttributeNames={"#0": CUSTOMERS_KEY},
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except ClientError as error:
        current = item_on_conflict(error) if is_condition_failure(error) else None
        if current is None:
            raise
        return customer_from(current)
    return customer


def change_customer(table: CustomersTable, customer: Customer) -> Customer | None:
    """Replace the attributes of a customer, and return it. None: there is no such customer.

    Setting what is set already changes nothing, so that a repeated request gets the same answer.
    """
    names = {"#id": CUSTOMERS_KEY, "#email": "email", "#at": "updated_at", "#version": "version"}
    values: Item = {
        ":email": {"S": customer.email},
        ":at": {"S": format_timestamp(customer.updated_at)},
        ":one": {"N": "1"},
    }
    change = "SET #email = :email, #at = :at, #version = #version + :one"
    differs = "#email <> :email"
    given, removed = _optional(customer), list[str]()
    for attribute in _OPTIONAL:
        names[f"#{attribute}"] = attribute
        if attribute in given:
            change += f", #{attribute} = :{attribute}"
            differs += f" OR attribute_not_exists(#{attribute}) OR #{attribute} <> :{attribute}"
            values[f":{attribute}"] = given[attribute]
        else:
            removed.append(f"#{attribute}")
            differs += f" OR attribute_exists(#{attribute})"
    if removed:
        change += f" REMOVE {', '.join(removed)}"
    try:
        written = table.client.update_item(
            TableName=table.table,
            Key={CUSTOMERS_KEY: {"S": scoped_id(customer.merchant, customer.id)}},
            UpdateExpression=change,
            ConditionExpression=f"attribute_exists(#id) AND ({differs})",
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=values,
            ReturnValues="ALL_NEW",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except ClientError as error:
        if not is_condition_failure(error):
            raise
        current = item_on_conflict(error)
        return customer_from(current) if current is not None else None
    return customer_from(written["Attributes"])


def correct_bank_account(
    table: CustomersTable,
    merchant: str,
    customer_id: str,
    before: BankAccount,
    after: BankAccount,
    at: datetime,
) -> bool:
    """Replace a customer's bank account at a time (UTC). False: it is another than `before` by now, and stays."""
    try:
        table.client.update_item(
            TableName=table.table,
            Key={CUSTOMERS_KEY: {"S": scoped_id(merchant, customer_id)}},
            UpdateExpression="SET #account = :after, #at = :at, #version = #version + :one",
            ConditionExpression="#account = :before",
            ExpressionAttributeNames={"#account": "bank_account", "#at": "updated_at", "#version": "version"},
            ExpressionAttributeValues={
                ":before": bank_account_attribute(before),
                ":after": bank_account_attribute(after),
                ":at": {"S": format_timestamp(at)},
                ":one": {"N": "1"},
            },
        )
    except ClientError as error:
        if not is_condition_failure(error):
            raise
        return False
    return True


def find_customer(table: CustomersTable, merchant: str, customer_id: str) -> Customer | None:
    """Return a merchant's customer, read consistently, or None if there is none."""
    key: Any = {CUSTOMERS_KEY: {"S": scoped_id(merchant, customer_id)}}
    found: Any = table.client.get_item(TableName=table.table, Key=key, ConsistentRead=True)
    return customer_from(found["Item"]) if "Item" in found else None
