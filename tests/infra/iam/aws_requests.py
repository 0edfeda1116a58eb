"""What AWS authorizes for a call: the actions, on which resources, with which keys of its context.

    requests_of("dynamodb", "PutItem", {"TableName": "Ledger", "Item": {"id": {"S": "pay_1"}}})
    →  AwsRequest("dynamodb:PutItem", ("table", "Ledger"), {"dynamodb:LeadingKeys": ["pay_1"], …})

Sources: "Actions, resources, and condition keys" of each service in AWS's Service Authorization Reference; "Using IAM
policy conditions for fine-grained access control" and "Using IAM with DynamoDB transactions" in DynamoDB's guide;
"How AWS Secrets Manager uses AWS KMS" and "How AWS Systems Manager Parameter Store uses AWS KMS" in theirs.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tests.support.worlds.tables import table_properties

Context = dict[str, str | list[str]]
Target = tuple[str, ...]
"""A kind of resource and its names: a table, an index and its table, an object and its bucket."""


@dataclass(frozen=True)
class AwsRequest:
    """An action on a resource, which AWS allows or denies."""

    action: str
    target: Target
    context: Context = field(default_factory=dict[str, "str | list[str]"])


def requests_of(service: str, operation: str, parameters: Mapping[str, Any]) -> list[AwsRequest]:
    """Return what a call of botocore requires. Raises KeyError for an operation that no function is known to call."""
    return [*_SERVICES[service](operation, parameters)]


# --- DynamoDB ---------------------------------------------------------------------------------------------------------

_READS: Final = ("GetItem", "Query", "Scan")
_NAME: Final = re.compile(r"(?<![:#\w.])(#?[A-Za-z_]\w*)(?![\w(])")
_WORDS: Final = re.compile(
    "ADD|AND|BETWEEN|DELETE|IN|NOT|OR|REMOVE|SET|attribute_exists|attribute_not_exists|attribute_type|begins_with"
    "|contains|if_not_exists|list_append|size"
)
"""What is no attribute in an expression."""
_EXPRESSIONS: Final = (
    *("ConditionExpression", "FilterExpression", "KeyConditionExpression", "ProjectionExpression", "UpdateExpression"),
)


def _dynamodb(operation: str, parameters: Mapping[str, Any]) -> Iterator[AwsRequest]:
    match operation:
        case "TransactWriteItems" | "TransactGetItems":
            for item in parameters["TransactItems"]:
                ((action, one),) = item.items()
                named = f"{action}Item" if action in ("ConditionCheck", "Delete", "Get", "Put", "Update") else action
                yield _of_table(named, one, {"dynamodb:EnclosingOperation": operation})
        case "BatchGetItem":
            for table, asked in parameters["RequestItems"].items():
                leading = [_text(key[_partition_key(table)]) for key in asked["Keys"]]
                names = {name for key in asked["Keys"] for name in key} | _names(asked)
                yield AwsRequest("dynamodb:BatchGetItem", ("table", table), _about(leading, names))
        case "BatchWriteItem":
            for table, writes in parameters["RequestItems"].items():
                items = [one.get("Item") or one["Key"] for write in writes for one in write.values()]
                leading = [_text(item[_partition_key(table)]) for item in items]
                names = {name for item in items for name in item}
                yield AwsRequest("dynamodb:BatchWriteItem", ("table", table), _about(leading, names))
        case _:
            yield _of_table(operation, parameters, {})


def _of_table(action: str, one: Mapping[str, Any], context: Context) -> AwsRequest:
    table, index = one["TableName"], one.get("IndexName")
    item: Mapping[str, Any] = one.get("Item") or one.get("Key") or {}
    # Some tests have a table with a name of its own.
    partition_key = next(iter(item)) if len(item) == 1 else _partition_key(table, index)
    leading = [_text(item[partition_key])] if item else [*_asked_for(partition_key, one)]
    context = _about(leading, {*item} | _names(one)) | context
    if action in ("Query", "Scan"):
        whole = "ALL_PROJECTED_ATTRIBUTES" if index else "ALL_ATTRIBUTES"
        context["dynamodb:Select"] = one.get("Select") or (
            "SPECIFIC_ATTRIBUTES" if "ProjectionExpression" in one else whole
        )
    elif action not in _READS:
        context["dynamodb:ReturnValues"] = one.get("ReturnValues", "NONE")
    return AwsRequest(f"dynamodb:{action}", ("index", table, index) if index else ("table", table), context)


def _about(leading: Sequence[str], names: set[str]) -> Context:
    keys: Context = {"dynamodb:LeadingKeys": sorted(set(leading))} if leading else {}
    return keys | {"dynamodb:Attributes": sorted(names)}


def _partition_key(table: str, index: str | None = None) -> str:
    properties = table_properties()[table.rpartition("-")[2]]
    schema = properties["KeySchema"]
    if index:
        (schema,) = (one["KeySchema"] for one in properties["GlobalSecondaryIndexes"] if one["IndexName"] == index)
    (name,) = (key["AttributeName"] for key in schema if key["KeyType"] == "HASH")
    return name


def _asked_for(partition_key: str, one: Mapping[str, Any]) -> Iterator[str]:
    """Yield the partition that a query names."""
    for name, value in re.findall(r"(#?\w+)\s*=\s*(:\w+)", one.get("KeyConditionExpression", "")):
        if one.get("ExpressionAttributeNames", {}).get(name, name) == partition_key:
            yield _text(one["ExpressionAttributeValues"][value])


def _names(one: Mapping[str, Any]) -> set[str]:
    """Return the attributes at the top of an item that expressions name."""
    text = " ".join(str(one[part]) for part in _EXPRESSIONS if part in one)
    aliases = one.get("ExpressionAttributeNames", {})
    return {aliases.get(name, name) for name in _NAME.findall(text) if not _WORDS.fullmatch(name)}


def _text(value: Mapping[str, Any]) -> str:
    ((_, held),) = value.items()
    return held.decode("latin-1") if isinstance(held, bytes) else str(held)


# --- the other services -----------------------------------------------------------------------------------------------


def _sqs(operation: str, parameters: Mapping[str, Any]) -> Iterator[AwsRequest]:
    # A batch takes the right to each of its messages.
    yield AwsRequest(f"sqs:{operation.removesuffix('Batch')}", ("queue", parameters["QueueUrl"].rpartition("/")[2]))


def _sns(operation: str, parameters: Mapping[str, Any]) -> Iterator[AwsRequest]:
    yield AwsRequest(f"sns:{operation.removesuffix('Batch')}", ("topic", parameters["TopicArn"]))


def _secretsmanager(operation: str, parameters: Mapping[str, Any]) -> Iterator[AwsRequest]:
    name = parameters.get("SecretId") or parameters["Name"]
    key: Context = {"secretsmanager:KmsKeyId": parameters["KmsKeyId"]} if "KmsKeyId" in parameters else {}
    yield AwsRequest(f"secretsmanager:{operation}", ("secret", name), key)


def _ssm(operation: str, parameters: Mapping[str, Any]) -> Iterator[AwsRequest]:
    kind = "secure parameter" if parameters.get("WithDecryption") else "parameter"
    yield AwsRequest(f"ssm:{operation}", (kind, parameters["Name"]))


_S3: Final[Mapping[str, tuple[str, ...]]] = {
    "CreateMultipartUpload": ("s3:PutObject",),
    "CompleteMultipartUpload": ("s3:PutObject",),
    "UploadPart": ("s3:PutObject",),
    "HeadObject": ("s3:GetObject",),
    "ListObjects": ("s3:ListBucket",),
    "ListObjectsV2": ("s3:ListBucket",),
    "ListObjectVersions": ("s3:ListBucketVersions",),
}
"""The actions whose names are not those of the operations."""


def _s3(operation: str, parameters: Mapping[str, Any]) -> Iterator[AwsRequest]:
    bucket = parameters["Bucket"]
    if operation == "DeleteObjects":
        for one in parameters["Delete"]["Objects"]:
            # S3 API reference, DeleteObjects: a version takes both permissions.
            versions = ("s3:DeleteObjectVersion",) if "VersionId" in one else ()
            for action in ("s3:DeleteObject", *versions):
                yield AwsRequest(action, ("object", bucket, one["Key"]))
        return
    for action in _S3.get(operation, (f"s3:{operation}",)):
        if "Key" in parameters:
            yield AwsRequest(action, ("object", bucket, parameters["Key"]))
        else:
            prefix: Context = {"s3:prefix": parameters["Prefix"]} if "Prefix" in parameters else {}
            yield AwsRequest(action, ("bucket", bucket), prefix)


def _lambda(operation: str, parameters: Mapping[str, Any]) -> Iterator[AwsRequest]:
    action = "lambda:InvokeFunction" if operation == "Invoke" else f"lambda:{operation}"
    yield AwsRequest(action, ("function", parameters["FunctionName"]))


def _sesv2(operation: str, parameters: Mapping[str, Any]) -> Iterator[AwsRequest]:
    sender: Context = {"ses:FromAddress": parameters["FromEmailAddress"].rpartition("<")[2].rstrip(">")}
    yield AwsRequest(f"ses:{operation}", ("identity", str(sender["ses:FromAddress"])), sender)
    # In its sandbox, SES also asks for the right to the recipient's identity.
    for address in parameters["Destination"]["ToAddresses"]:
        yield AwsRequest(f"ses:{operation}", ("identity", address), sender)
    if "ConfigurationSetName" in parameters:
        yield AwsRequest(f"ses:{operation}", ("configuration set", parameters["ConfigurationSetName"]), sender)


_METHODS: Final = {"Create": "POST", "Delete": "DELETE", "Get": "GET", "Update": "PATCH"}
_PATHS: Final[Mapping[str, str]] = {
    "ApiKey": "/apikeys",
    "Stage": "/restapis/{restApiId}/stages/{stageName}",
    "UsagePlanKey": "/usageplans/{usagePlanId}/keys",
    "UsagePlanKeys": "/usageplans/{usagePlanId}/keys",
}


def _apigateway(operation: str, parameters: Mapping[str, Any]) -> Iterator[AwsRequest]:
    verb, what = re.fullmatch(r"([A-Z][a-z]+)(\w+)", operation).groups()  # pyright: ignore[reportOptionalMemberAccess] - as botocore names them
    yield AwsRequest(f"apigateway:{_METHODS[verb]}", ("api", _PATHS[what].format_map(parameters)))


def _cloudfront(operation: str, parameters: Mapping[str, Any]) -> Iterator[AwsRequest]:
    yield AwsRequest(f"cloudfront:{operation}", ("distribution", parameters["DistributionId"]))


_SERVICES: Final[Mapping[str, Callable[[str, Mapping[str, Any]], Iterator[AwsRequest]]]] = {
    "apigateway": _apigateway,
    "cloudfront": _cloudfront,
    "dynamodb": _dynamodb,
    "lambda": _lambda,
    "s3": _s3,
    "secretsmanager": _secretsmanager,
    "sesv2": _sesv2,
    "sns": _sns,
    "sqs": _sqs,
    "ssm": _ssm,
}
