"""Custom resource: empties a bucket before CloudFormation deletes it, since S3 deletes no bucket that holds objects.

Only a bucket with the given tag is emptied. A deployment that starts to keep the data removes the tag from the bucket
first, and this resource, with a Delete, afterwards.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from provisioning.custom_resource import error_code, log, respond

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client
    from types_boto3_s3.type_defs import ObjectIdentifierTypeDef

_AWS: Final = Config(connect_timeout=2, read_timeout=20, retries={"total_max_attempts": 4})


class NotEmptiedError(Exception):
    """S3 did not delete an object."""


def handler(event: Mapping[str, Any], context: object) -> None:  # noqa: ARG001 - Lambda passes it
    """Handle Create, Update and Delete of `Custom::EmptiedBucket`. The physical ID is the bucket's name."""
    wanted = event["ResourceProperties"]
    respond(event, wanted.get("Bucket"), lambda: _handle(event, wanted))


def _handle(event: Mapping[str, Any], wanted: Mapping[str, str]) -> str:
    bucket = wanted["Bucket"]
    if event["RequestType"] == "Delete":
        s3 = boto3.client("s3", config=_AWS)
        if wanted["Tag"] in _tags(s3, bucket):
            empty(s3, bucket)
    return bucket


def _tags(s3: "S3Client", bucket: str) -> list[str]:
    """Return the names of the bucket's tags; none for a bucket that is gone."""
    try:
        return [tag["Key"] for tag in s3.get_bucket_tagging(Bucket=bucket)["TagSet"]]
    except ClientError as error:
        if error_code(error) not in ("NoSuchBucket", "NoSuchTagSet"):
            raise
        return []


def empty(s3: "S3Client", bucket: str) -> None:
    """Delete every version of every object. After a timeout, the next deletion of the stack continues."""
    deleted = 0
    while found := _versions(s3, bucket):
        errors = s3.delete_objects(Bucket=bucket, Delete={"Objects": found, "Quiet": True}).get("Errors")
        if errors:
            raise NotEmptiedError(errors[0].get("Code"))
        deleted += len(found)
    log(emptied=bucket, versions=deleted)


def _versions(s3: "S3Client", bucket: str) -> list["ObjectIdentifierTypeDef"]:
    """Return the first thousand versions and delete markers, which is as many as S3 deletes at once."""
    page = s3.list_object_versions(Bucket=bucket)
    return [
        {"Key": version.get("Key", ""), "VersionId": version.get("VersionId", "null")}
        for version in (*page.get("Versions", ()), *page.get("DeleteMarkers", ()))
    ]
