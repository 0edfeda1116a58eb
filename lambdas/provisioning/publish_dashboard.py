"""Custom resource: puts the dashboard's build and its `config.json` into the bucket, and empties it at the end.

The build is a layer of the function. Every file is invalidated, since CloudFront caches it.
"""

import html
import json
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from provisioning.custom_resource import error_code, log, respond
from provisioning.empty_bucket import empty

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

BUILD: Final = Path("/opt")
STALE_AFTER: Final = timedelta(days=7)
"""How long a file that is no longer part of the build remains. An open tab loads parts of its own build later."""

_AWS: Final = Config(connect_timeout=2, read_timeout=20, retries={"total_max_attempts": 4})
_HEAD: Final = re.compile(r"<head\b[^>]*>", re.IGNORECASE)


class NoHeadError(Exception):
    """The page has no place for its policy."""


def handler(event: Mapping[str, Any], context: object) -> None:  # noqa: ARG001 - Lambda passes it
    """Handle Create, Update and Delete of `Custom::PublishedDashboard`. The physical ID is the bucket's name.

    Its properties are: Bucket, Distribution, Path (of the page, `/dashboard`), Index (the page's file), Files and
    ConfigFile (JSON: `name`, `type`, `cache` of each, and `file`, the name in the build, of the former), Config (the
    content of the latter), ConnectSrc (the origins, separated by spaces, that the page may call beside its own), and
    Url, which is the resource's attribute too.
    """
    wanted = event["ResourceProperties"]
    respond(event, wanted.get("Bucket"), lambda: _handle(event, wanted), {"Url": wanted["Url"]})


def _handle(event: Mapping[str, Any], wanted: Mapping[str, str]) -> str:
    bucket = wanted["Bucket"]
    s3 = boto3.client("s3", config=_AWS)
    if event["RequestType"] == "Delete":
        _empty(s3, bucket)
        return bucket
    published = _put(s3, wanted)
    _delete_stale(s3, bucket, published)
    _invalidate(wanted, event["RequestId"])
    return bucket


def _put(s3: "S3Client", wanted: Mapping[str, str]) -> set[str]:
    """Put every file, and return their keys. The page comes last, after all that it loads."""
    config = json.loads(wanted["ConfigFile"])
    files = [(config, wanted["Config"].encode()), *_files(wanted)]
    folder = wanted["Path"].strip("/")
    put: set[str] = set()
    for file, content in files:
        key = f"{folder}/{file['name']}"
        s3.put_object(
            Bucket=wanted["Bucket"], Key=key, Body=content, ContentType=file["type"], CacheControl=file["cache"]
        )
        put.add(key)
    log(published=len(put))
    return put


def _files(wanted: Mapping[str, str]) -> Iterator[tuple[Mapping[str, str], bytes]]:
    for file in json.loads(wanted["Files"]):
        content = (BUILD / file["file"]).read_bytes()
        is_page = file["file"] == wanted["Index"]
        yield file, page(content.decode(), wanted["ConnectSrc"]).encode() if is_page else content


def page(text: str, origins: str) -> str:
    """Return the page with a policy of its own, which allows requests to these origins and the page's.

    A browser applies it beside the one in CloudFront's header, which cannot name the APIs' generated addresses: they
    are generated later. Raises NoHeadError if the page has no head.
    """
    policy = html.escape(f"connect-src 'self' {origins}", quote=False)
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    found = _HEAD.search(text)
    if found is None:
        raise NoHeadError
    return text[: found.end()] + meta + text[found.end() :]


def _delete_stale(s3: "S3Client", bucket: str, published: set[str]) -> None:
    """Delete what earlier builds left, in the first thousand files. More are left for the next deployment.

    The time is S3's own: that of the newest file, which was put just now.
    """
    found = s3.list_object_versions(Bucket=bucket).get("Versions", [])
    written = {file.get("Key", ""): file["LastModified"] for file in found if "LastModified" in file}
    before = max(written.values()) - STALE_AFTER
    stale = [key for key, at in written.items() if at < before and key not in published]
    if stale:
        s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key} for key in stale], "Quiet": True})


def _empty(s3: "S3Client", bucket: str) -> None:
    try:
        empty(s3, bucket)
    except ClientError as error:
        if error_code(error) != "NoSuchBucket":
            raise


def _invalidate(wanted: Mapping[str, str], request: str) -> None:
    """Invalidate the site. A repeated request has the same reference, and makes no second invalidation."""
    boto3.client("cloudfront", config=_AWS).create_invalidation(
        DistributionId=wanted["Distribution"],
        InvalidationBatch={"Paths": {"Quantity": 1, "Items": [f"{wanted['Path']}/*"]}, "CallerReference": request},
    )
