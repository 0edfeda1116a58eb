"""The custom resource that empties a bucket before CloudFormation deletes it, on moto's S3."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends

from provisioning import empty_bucket
from tests.support.fakes.cloudformation import CloudFormation

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

BUCKET = "reports"
TAG = "emptied-with-stack"


@pytest.fixture
def s3(aws: None) -> "S3Client":
    client = boto3.client("s3")
    client.create_bucket(Bucket=BUCKET)
    mark(client, TAG, "project")
    return client


@pytest.fixture
def ask(cloudformation: CloudFormation, s3: "S3Client") -> Callable[[str], dict[str, Any]]:
    """Send one request as CloudFormation would; returns its answer."""

    def send(request: str) -> dict[str, Any]:
        cloudformation.answers.clear()
        event = {
            "RequestType": request,
            "RequestId": "request-1",
            "StackId": "stack-1",
            "LogicalResourceId": "emptied",
            "ResponseURL": cloudformation.url,
            "ResourceProperties": {"Bucket": BUCKET, "Tag": TAG},
            **({"PhysicalResourceId": BUCKET} if request != "Create" else {}),
        }
        empty_bucket.handler(event, None)
        return cloudformation.answer

    return send


def mark(s3: "S3Client", *tags: str) -> None:
    s3.put_bucket_tagging(Bucket=BUCKET, Tagging={"TagSet": [{"Key": tag, "Value": "true"} for tag in tags]})


def put(s3: "S3Client", *keys: str) -> None:
    for key in keys:
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"report")


def kept(s3: "S3Client") -> int:
    """Return the number of versions and delete markers."""
    found = s3.list_object_versions(Bucket=BUCKET)
    return len(found.get("Versions", [])) + len(found.get("DeleteMarkers", []))


def test_a_bucket_with_reports_can_be_deleted_afterwards(ask: Callable[[str], dict[str, Any]], s3: "S3Client") -> None:
    put(s3, "demo/2030-01-07.csv", "demo/2030-01-07.json", "other/2030-01-07.csv")
    with pytest.raises(ClientError, match="BucketNotEmpty"):
        s3.delete_bucket(Bucket=BUCKET)
    answer = ask("Delete")
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", BUCKET)
    s3.delete_bucket(Bucket=BUCKET)


def test_every_version_is_deleted(ask: Callable[[str], dict[str, Any]], s3: "S3Client") -> None:
    """Of a bucket that has or had versions: `-c point_in_time_recovery=true` turns them on."""
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    put(s3, "one", "one", "two")
    s3.delete_object(Bucket=BUCKET, Key="two")
    assert kept(s3) == 4
    assert ask("Delete")["Status"] == "SUCCESS"
    assert kept(s3) == 0


@pytest.mark.full
def test_several_pages(ask: Callable[[str], dict[str, Any]], s3: "S3Client") -> None:
    backend = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
    for number in range(1_001):
        backend.put_object(BUCKET, f"demo/{number}", b"report")
    assert kept(s3) == 1_000, "on the first page"
    assert ask("Delete")["Status"] == "SUCCESS"
    assert kept(s3) == 0


@pytest.mark.full
@pytest.mark.parametrize("request_type", ["Create", "Update"])
def test_nothing_is_deleted_before_the_stack(
    request_type: str, ask: Callable[[str], dict[str, Any]], s3: "S3Client"
) -> None:
    put(s3, "one")
    answer = ask(request_type)
    assert (answer["Status"], answer["PhysicalResourceId"], kept(s3)) == ("SUCCESS", BUCKET, 1)


@pytest.mark.parametrize("tags", [(), ("project",)])
def test_retained_buckets_are_left_alone(
    tags: tuple[str, ...], ask: Callable[[str], dict[str, Any]], s3: "S3Client"
) -> None:
    """`-c keep_data=true` removes the tag, and then this resource: CloudFormation sends the same Delete."""
    put(s3, "one")
    s3.delete_bucket_tagging(Bucket=BUCKET)
    if tags:
        mark(s3, *tags)
    assert (ask("Delete")["Status"], kept(s3)) == ("SUCCESS", 1)


def test_a_missing_bucket_is_no_failure(ask: Callable[[str], dict[str, Any]], s3: "S3Client") -> None:
    s3.delete_bucket(Bucket=BUCKET)
    assert ask("Delete")["Status"] == "SUCCESS"


def test_s3_errors_are_reported_without_object_names(
    ask: Callable[[str], dict[str, Any]], s3: "S3Client", monkeypatch: pytest.MonkeyPatch
) -> None:
    """S3 answers 200 with errors in it. The stack keeps the bucket, and its deletion can be repeated."""
    put(s3, "merchant-of-somebody/one")
    errors = [{"Code": "AccessDenied", "Key": "merchant-of-somebody/one"}]
    s3.meta.events.register("after-call.s3.DeleteObjects", lambda parsed, **_: parsed.update(Errors=errors))
    monkeypatch.setattr(boto3, "client", lambda *_, **__: s3)
    answer = ask("Delete")
    assert (answer["Status"], answer["Reason"]) == ("FAILED", f"{BUCKET}: NotEmptiedError")
