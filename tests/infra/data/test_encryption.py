"""Agreement of docs/explanation/encryption.md with the templates: data stores and their encryption keys."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import paysandbox
from paysandbox.disbursements import statement
from paysandbox.disbursements.ach import file_name, files as ach
from paysandbox.disbursements.paypal import nightly_statement
from paysandbox.settlement.reports import files as reports
from tests.infra.templates import ROOT, Json, Resource, Synthesized, text

TABLES = (
    "Faults",
    "PaymentsLedger",
    "StripeObjects",
    "Timers",
    "Disputes",
    "Customers",
    "MerchantFunds",
    "Disbursements",
    "SearchIndex",
    "ApiKeys",
    "MerchantSettings",
    "RequestLog",
    "Feed",
    "WebhookEndpoints",
    "Events",
    "Deliveries",
    "Inbox",
    "SettlementEntries",
    "SettlementBatches",
    "DonationsPlatformTable",
)

GUIDE = (ROOT / "docs" / "explanation" / "encryption.md").read_text()

# Types that hold data, the guide's row for each, and the key's property in the template.
ROWS = {
    "AWS::DynamoDB::Table": ("", "SSESpecification.KMSMasterKeyId", "AWS-owned"),
    "Custom::GeneratedSecret": ("", "KeyId", "nothing"),
    "AWS::Logs::LogGroup": ("log groups (CloudWatch Logs)", "KmsKeyId", "AWS-owned"),
    "AWS::Lambda::Function": ("functions' settings (Lambda)", "KmsKeyArn", "AWS-managed"),
    "AWS::SNS::Topic": ("", "KmsMasterKeyId", "none"),
    "AWS::SQS::Queue": ("", "KmsMasterKeyId", "SQS-managed"),
    "AWS::Cognito::UserPool": ("user pool (Cognito)", "KmsKeyId", "AWS-owned"),
    "AWS::S3::Bucket": (
        "",
        "BucketEncryption.ServerSideEncryptionConfiguration.KMSMasterKeyID",
        "S3-managed",
    ),
}

# On AWS only: the local sandbox serves the files of the checkout.
OF_DASHBOARD = "dashboard (S3)"

# What is written into the bucket of reports, by the module that writes it: the prefix of its keys, and the guide's row.
# A batch's reports are below its name, a date.
FILES = {
    reports.__name__: ("2026-11-20/", "settlement reports (S3)"),
    nightly_statement.__name__: (
        statement.PREFIX,
        f"provider statements, below {statement.PREFIX} in the same bucket (S3)",
    ),
    ach.__name__: (file_name.PREFIX, f"ACH files, below {file_name.PREFIX} in the same bucket (S3)"),
}
WRITES = re.compile(r"\.(put_object|create_multipart_upload|upload_file|upload_fileobj|copy_object)\(")

# Other types that could hold data, by the names that CloudFormation gives such types.
HOLDING = re.compile(
    r"AWS::(Cognito|S3|SQS|SNS|DynamoDB|RDS|EFS|Kinesis|KinesisFirehose|SecretsManager|SSM|Logs|Backup)::"
    r"(UserPool|Bucket|Queue|Topic|Table|GlobalTable|DB\w+|FileSystem|Stream|DeliveryStream|Secret|Parameter|LogGroup|BackupVault)"
)


def rows() -> Iterator[tuple[str, tuple[str, str], str]]:
    """Yield each kind of data, with its keys outside prod (outside dev too, in dev) and its key in prod."""
    for line in GUIDE.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 4 and cells[0] not in {"Stored", "---"}:
            outside, _, dev = cells[2].partition("; dev: ")
            yield cells[0].replace("`", ""), (outside, dev or outside), cells[3]


def rows_of(resource: Resource) -> list[str]:
    """Return the guide's rows of what a resource holds: one, except for the bucket of reports."""
    if resource.type == "AWS::S3::Bucket" and not resource.stack.endswith("-hosting"):
        return [row for _, row in FILES.values()]
    return [row_of(resource)]


def row_of(resource: Resource) -> str:
    if resource.type == "AWS::SNS::Topic":
        return "WebhookTopic (SNS)" if resource.id.startswith("WebhookTopic") else "alarm topic (SNS)"
    if resource.type == "AWS::SQS::Queue":
        of_stack = {"events": "dead-lettered records (SQS)", "donations": "queued donations and receipts (SQS)"}
        if resource.id.startswith("duetimers"):
            return "queued deliveries (SQS)"
        return of_stack.get(resource.stack.rpartition("-")[2], "queued deliveries (SQS)")
    if resource.type == "AWS::S3::Bucket" and resource.stack.endswith("-hosting"):
        return OF_DASHBOARD
    if resource.type == "Custom::GeneratedSecret":
        kept = "webhook secret" if resource.properties["SecretName"].endswith("/webhooks") else "hashing keys"
        return f"{kept} (Secrets Manager)"
    if resource.type != "AWS::DynamoDB::Table":
        return ROWS[resource.type][0]
    (name,) = (name for name in TABLES if resource.id.startswith(name))
    return f"{name} (DynamoDB)"


def key_of(resource: Resource) -> str:
    """Return the name of a resource's key in the template, or its default encryption if there is none."""
    _, path, otherwise = ROWS[resource.type]
    value: Json | str = resource.properties
    for name in path.split("."):
        if not isinstance(value, dict) or name not in value:
            return otherwise
        value = value[name]
    (named,) = re.findall(r"(LedgerKey|SecretsKey|aws/secretsmanager)", text(value))[:1]
    return named


def test_every_resource_uses_its_documented_key(synthesized: Synthesized) -> None:
    in_prod = synthesized.environment.name == "prod"
    in_dev = synthesized.environment.name == "dev"
    told = {kept: prod if in_prod else outside[in_dev] for kept, outside, prod in rows()}
    if synthesized.environment.name == "local":
        del told[OF_DASHBOARD]
    if not synthesized.environment.clock_may_move:
        del told["Faults (DynamoDB)"]
    found = {row: key_of(resource) for resource in synthesized.all(*ROWS) for row in rows_of(resource)}
    assert found == told
    for resource in synthesized.all(*ROWS):
        for row in rows_of(resource):
            assert key_of(resource) == told[row], resource


def test_everything_that_is_written_into_the_bucket_of_reports_has_a_row() -> None:
    layer = Path(paysandbox.__file__).parent
    writers = {
        ".".join(("paysandbox", *file.relative_to(layer).with_suffix("").parts))
        for file in layer.rglob("*.py")
        if WRITES.search(file.read_text())
    }
    assert writers == set(FILES)


def test_what_was_deleted_or_replaced_below_each_prefix_is_gone_after_30_days(synthesized: Synthesized) -> None:
    """A versioned bucket keeps it otherwise: Amazon S3 user guide, "Deleting object versions from a versioning-enabled
    bucket"."""
    bucket = synthesized.in_stack("settlement", "AWS::S3::Bucket").properties
    for prefix, _ in FILES.values():
        rules = [
            rule
            for rule in bucket["LifecycleConfiguration"]["Rules"]
            if rule["Status"] == "Enabled" and prefix.startswith(rule.get("Prefix", ""))
        ]
        assert {"NoncurrentDays": 30} in [rule.get("NoncurrentVersionExpiration") for rule in rules], prefix
        # The current files stay: the bank's statement is made from those of ACH.
        assert not any({"ExpirationInDays", "ExpirationDate"} & rule.keys() for rule in rules), prefix


def test_every_resource_that_stores_data_is_listed(synthesized: Synthesized) -> None:
    assert [each for each in synthesized.all() if HOLDING.fullmatch(each.type) and each.type not in ROWS] == []


@pytest.mark.parametrize("kind", ["AWS::S3::Bucket", "AWS::SQS::Queue", "AWS::SecretsManager::Secret"])
def test_violations_are_detected(kind: str) -> None:
    assert HOLDING.fullmatch(kind)
