"""The custom resource that publishes the dashboard's build, on moto's S3 and CloudFront."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from provisioning import publish_dashboard
from stacks.operations.dashboard_stack import facts_of, manifest
from tests.support.fakes.cloudformation import CloudFormation

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

BUCKET = "site"
PAGE = """<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <script type="module" src="/dashboard/assets/b1/index.js"></script>
  </head>
</html>
"""
APIS = "https://a1.execute-api.eu-west-1.amazonaws.com https://b2.execute-api.eu-west-1.amazonaws.com"
CONFIG = '{"api_base":"https://a1.execute-api.eu-west-1.amazonaws.com/live"}'
URL = "https://d1.cloudfront.net/dashboard/"

Ask = Callable[..., dict[str, Any]]


class Killed(BaseException):
    """The function's process ends here."""


@pytest.fixture
def s3(aws: None) -> "S3Client":
    client = boto3.client("s3")
    client.create_bucket(Bucket=BUCKET)
    return client


@pytest.fixture
def distribution(s3: "S3Client") -> str:
    """Create the distribution whose cache is invalidated."""
    origin = {"Id": "site", "DomainName": f"{BUCKET}.s3.amazonaws.com", "S3OriginConfig": {"OriginAccessIdentity": ""}}
    behavior = {"TargetOriginId": "site", "ViewerProtocolPolicy": "redirect-to-https"}
    made = boto3.client("cloudfront").create_distribution(
        DistributionConfig={
            "CallerReference": "1",
            "Origins": {"Quantity": 1, "Items": [origin]},
            "DefaultCacheBehavior": behavior,
            "Comment": "",
            "Enabled": True,
        }
    )
    return made["Distribution"]["Id"]


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A build, where the layer would be."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "index.js").write_text("console.log(1)")
    (tmp_path / "icon.svg").write_text("<svg/>")
    (tmp_path / "index.html").write_text(PAGE)
    monkeypatch.setattr(publish_dashboard, "BUILD", tmp_path)
    return tmp_path


@pytest.fixture
def ask(cloudformation: CloudFormation, distribution: str, built: Path) -> Ask:
    """Send one request as CloudFormation would; returns its answer."""

    def send(request: str, **changed: str) -> dict[str, Any]:
        cloudformation.answers.clear()
        properties = {
            "Bucket": BUCKET,
            "Distribution": distribution,
            "Path": "/dashboard",
            "Index": "index.html",
            "Files": json.dumps(manifest(built)),
            "Config": CONFIG,
            "ConfigFile": json.dumps(facts_of("config.json")),
            "ConnectSrc": APIS,
            "Url": URL,
        }
        event = {
            "RequestType": request,
            "RequestId": "request-1",
            "StackId": "stack-1",
            "LogicalResourceId": "published",
            "ResponseURL": cloudformation.url,
            "ResourceProperties": properties | changed,
            **({"PhysicalResourceId": BUCKET} if request != "Create" else {}),
        }
        publish_dashboard.handler(event, None)
        return cloudformation.answer

    return send


def rebuild(built: Path, page: str = PAGE) -> None:
    """Replace the build by one whose script has changed."""
    (built / "assets" / "index.js").write_text("console.log(2)")
    (built / "index.html").write_text(page.replace("/b1/", "/b2/"))


def keys(s3: "S3Client") -> list[str]:
    return [found.get("Key", "") for found in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]


def body(s3: "S3Client", key: str) -> str:
    return s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode()


def invalidated(distribution: str) -> list[list[str]]:
    client = boto3.client("cloudfront")
    made = client.list_invalidations(DistributionId=distribution)["InvalidationList"].get("Items", [])
    batches = [client.get_invalidation(DistributionId=distribution, Id=one["Id"])["Invalidation"] for one in made]
    return [batch["InvalidationBatch"]["Paths"].get("Items", []) for batch in batches]


def test_files_have_their_type_and_caching(ask: Ask, s3: "S3Client") -> None:
    answer = ask("Create")
    assert (answer["Status"], answer["PhysicalResourceId"], answer["Data"]) == ("SUCCESS", BUCKET, {"Url": URL})
    found = {key: s3.head_object(Bucket=BUCKET, Key=key) for key in keys(s3)}
    assert {key: (one["ContentType"], one["CacheControl"]) for key, one in found.items()} == {
        "dashboard/assets/b1/index.js": ("text/javascript; charset=utf-8", "no-cache"),
        "dashboard/config.json": ("application/json", "no-cache"),
        "dashboard/icon.svg": ("image/svg+xml", "no-cache"),
        "dashboard/index.html": ("text/html; charset=utf-8", "no-cache"),
    }
    assert body(s3, "dashboard/config.json") == CONFIG
    assert body(s3, "dashboard/assets/b1/index.js") == "console.log(1)"


def test_the_page_may_call_these_apis_only(ask: Ask, s3: "S3Client") -> None:
    """The policy stands before everything that the page loads. The rest of the page is as it was built."""
    ask("Create")
    meta = f'<meta http-equiv="Content-Security-Policy" content="connect-src \'self\' {APIS}">'
    assert body(s3, "dashboard/index.html") == PAGE.replace("<head>", f"<head>{meta}")


@pytest.mark.parametrize("origins", ['https://a"><script>', "https://a&amp;<b>"])
def test_an_address_cannot_end_the_policy(origins: str) -> None:
    policy = publish_dashboard.page(PAGE, origins).splitlines()[2]
    assert policy.count("<") == 2, "the head and the policy"
    assert "<script>" not in policy


def test_a_page_without_a_head_is_not_published(ask: Ask, s3: "S3Client", built: Path) -> None:
    """It would be published without its policy."""
    (built / "index.html").write_text("<p>no head</p>")
    answer = ask("Create")
    assert (answer["Status"], answer["Reason"]) == ("FAILED", f"{BUCKET}: NoHeadError")
    assert "dashboard/index.html" not in keys(s3)


@pytest.mark.parametrize("request_type", ["Create", "Update"])
def test_every_file_is_invalidated(ask: Ask, distribution: str, request_type: str) -> None:
    """CloudFront bills a path with a wildcard as one."""
    ask(request_type)
    assert invalidated(distribution) == [["/dashboard/*"]]


def test_open_tabs_keep_the_files_of_their_build_for_a_while(ask: Ask, s3: "S3Client", built: Path) -> None:
    ask("Create")
    rebuild(built)
    ask("Update")
    assert body(s3, "dashboard/assets/b1/index.js") == "console.log(1)"
    assert body(s3, "dashboard/assets/b2/index.js") == "console.log(2)"


def test_older_files_are_deleted(ask: Ask, s3: "S3Client", built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ask("Create")
    rebuild(built)
    # So every file of the earlier build is older, and every file of this one too.
    monkeypatch.setattr(publish_dashboard, "STALE_AFTER", timedelta(seconds=-60))
    assert ask("Update")["Status"] == "SUCCESS"
    assert keys(s3) == [
        "dashboard/assets/b2/index.js", "dashboard/config.json", "dashboard/icon.svg", "dashboard/index.html",
    ]  # fmt: skip


@pytest.mark.full
@pytest.mark.parametrize("puts", range(4))
def test_a_killed_publication_leaves_the_earlier_page_and_is_repeated(
    ask: Ask, s3: "S3Client", built: Path, monkeypatch: pytest.MonkeyPatch, puts: int
) -> None:
    """The page comes last: it never names a file that is not there."""
    ask("Create")
    earlier = body(s3, "dashboard/index.html")
    rebuild(built, PAGE.replace("</head>", "<title>new</title></head>"))
    sent: list[str] = []

    def die(params: dict[str, Any], **_: Any) -> None:
        if len(sent) == puts:
            raise Killed
        sent.append(params["url_path"])

    with monkeypatch.context() as patched:
        dying = boto3.client("s3")
        dying.meta.events.register("before-call.s3.PutObject", die)
        patched.setattr(boto3, "client", lambda *_, **__: dying)
        with pytest.raises(Killed):
            ask("Update")
    assert body(s3, "dashboard/index.html") == earlier
    assert ask("Update")["Status"] == "SUCCESS"
    assert "<title>new</title>" in body(s3, "dashboard/index.html")
    assert "dashboard/assets/b2/index.js" in keys(s3)


def test_the_bucket_can_be_deleted_after_the_stack(ask: Ask, s3: "S3Client") -> None:
    ask("Create")
    with pytest.raises(ClientError, match="BucketNotEmpty"):
        s3.delete_bucket(Bucket=BUCKET)
    assert ask("Delete")["Status"] == "SUCCESS"
    s3.delete_bucket(Bucket=BUCKET)


def test_a_missing_bucket_is_no_failure_of_a_deletion(ask: Ask, s3: "S3Client") -> None:
    s3.delete_bucket(Bucket=BUCKET)
    assert ask("Delete")["Status"] == "SUCCESS"


def test_failures_are_reported_by_name(ask: Ask, s3: "S3Client") -> None:
    """The deployment fails and can be repeated; it does not leave a page that nobody sees."""
    s3.delete_bucket(Bucket=BUCKET)
    answer = ask("Create")
    assert (answer["Status"], answer["Reason"]) == ("FAILED", f"{BUCKET}: PutObject: NoSuchBucket")
    s3.create_bucket(Bucket=BUCKET)
    answer = ask("Update", Distribution="E0000000000000")
    assert (answer["Status"], answer["Reason"]) == ("FAILED", f"{BUCKET}: CreateInvalidation: NoSuchDistribution")
