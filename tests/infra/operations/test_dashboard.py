"""The dashboard on AWS: bucket, distribution, files, and the origins that the APIs allow.

The local engine has no CloudFront: its templates are asserted here, and its function's code runs in Node.
"""

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from dashboard_site import policy
from paysandbox.http.cors import CORS_ORIGINS, DASHBOARD_ORIGIN
from paysandbox.http.request import DASHBOARD
from paysandbox.http.route import DASHBOARD_URL
from stacks.api.api_stack import NATIVE_REFUSALS, gateway_response
from stacks.environments import ENVIRONMENTS, SettingError, environment_of
from stacks.operations.dashboard_stack import (
    BUILT,
    PATHS,
    connecting_to,
    is_built,
    manifest,
)
from tests.infra.templates import (
    DOMAINS,
    WITHOUT_DASHBOARD,
    Json,
    Resource,
    Synthesized,
    listed,
    statements,
    templates_for,
    text,
)
from tests.support.tools.tiers import full_but

DEPLOYED = ("dev", "staging", "prod")


@pytest.fixture(scope="module", params=full_but(DEPLOYED, keep=lambda name: name == "prod"))
def deployed(request: pytest.FixtureRequest) -> Synthesized:
    return templates_for(env=request.param)


@pytest.fixture(scope="module")
def with_domain() -> Synthesized:
    return templates_for(**DOMAINS)


def distribution_of(synthesized: Synthesized) -> Json:
    return synthesized.one("AWS::CloudFront::Distribution").properties["DistributionConfig"]


def headers_of(synthesized: Synthesized) -> Json:
    return synthesized.one("AWS::CloudFront::ResponseHeadersPolicy").properties["ResponseHeadersPolicyConfig"]


def published(synthesized: Synthesized) -> Json:
    return synthesized.one("Custom::PublishedDashboard").properties


def bucket_of(synthesized: Synthesized) -> Resource:
    return synthesized.in_stack("hosting", "AWS::S3::Bucket")


def stage_variables(synthesized: Synthesized) -> dict[str, Any]:
    return {
        stack: synthesized.in_stack(stack, "AWS::ApiGateway::Stage").properties.get("Variables", {}).get(CORS_ORIGINS)
        for stack in ("api", "v1")
    }


def of_dashboard(synthesized: Synthesized) -> list[Resource]:
    """Return the variables that the stages get with the dashboard's files."""
    return [each for each in synthesized.all("Custom::StageVariables") if each.stack.endswith("-dashboard")]


# --- which environments have one --------------------------------------------------------------------------------------


def test_the_local_environment_has_no_distribution() -> None:
    """The sandbox's own port serves the same build."""
    local = templates_for(env="local")
    assert not [one for one in local.all() if one.type.startswith("AWS::CloudFront::")]
    assert not local.all("Custom::PublishedDashboard")


@pytest.mark.full
def test_an_account_without_cloudfront_is_deployed_without_a_dashboard() -> None:
    without = templates_for(**WITHOUT_DASHBOARD)
    assert not [each for each in without.all() if each.type.startswith("AWS::CloudFront::")]
    assert not without.all("Custom::PublishedDashboard")
    assert set(stage_variables(without).values()) == {"https://shop.example.com"}


def test_without_a_build_there_is_nothing_to_host(tmp_path: Path) -> None:
    assert not is_built(tmp_path)
    (tmp_path / "index.html").touch()
    assert is_built(tmp_path)


def test_errors_lead_to_the_dashboard(deployed: Synthesized) -> None:
    for each in of_dashboard(deployed):
        assert text(each.properties["Variables"]).endswith(f'{policy.PATH}\\"}}"]]}}')
    assert policy.PATH == DASHBOARD


# --- the bucket -------------------------------------------------------------------------------------------------------


def test_only_the_distribution_reads_the_bucket(deployed: Synthesized) -> None:
    bucket = bucket_of(deployed)
    assert set(bucket.properties["PublicAccessBlockConfiguration"].values()) == {True}
    assert "AccessControl" not in bucket.properties
    policy_of_bucket = deployed.in_stack("hosting", "AWS::S3::BucketPolicy").properties
    assert policy_of_bucket["Bucket"] == {"Ref": bucket.id}
    denied, allowed = policy_of_bucket["PolicyDocument"]["Statement"]
    assert (denied["Effect"], denied["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    assert (allowed["Effect"], allowed["Principal"]) == ("Allow", {"Service": "cloudfront.amazonaws.com"})
    assert set(allowed["Action"]) == {"s3:GetObject", "s3:ListBucket"}
    distribution = deployed.one("AWS::CloudFront::Distribution").id
    assert f'":distribution/", {{"Ref": "{distribution}"}}' in text(
        allowed["Condition"]["StringEquals"]["AWS:SourceArn"]
    )


def test_the_origin_is_read_with_signed_requests(deployed: Synthesized) -> None:
    (origin,) = distribution_of(deployed)["Origins"]
    control = deployed.one("AWS::CloudFront::OriginAccessControl")
    assert origin["OriginAccessControlId"] == {"Fn::GetAtt": [control.id, "Id"]}
    settings = control.properties["OriginAccessControlConfig"]
    assert (settings["SigningBehavior"], settings["SigningProtocol"]) == ("always", "sigv4")
    assert origin["DomainName"] == {"Fn::GetAtt": [bucket_of(deployed).id, "RegionalDomainName"]}


def test_the_bucket_is_encrypted_and_deleted_in_every_environment(deployed: Synthesized) -> None:
    """A build is in git: no version of it is kept in S3, and no environment keeps it at the end."""
    bucket = bucket_of(deployed)
    (rule,) = bucket.properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert "VersioningConfiguration" not in bucket.properties
    assert bucket.whole["DeletionPolicy"] == "Delete"


# --- the distribution -------------------------------------------------------------------------------------------------


def test_requests_are_https_and_nothing_of_them_reaches_s3(deployed: Synthesized) -> None:
    behavior = distribution_of(deployed)["DefaultCacheBehavior"]
    assert behavior["ViewerProtocolPolicy"] == "redirect-to-https"
    caching = deployed.one("AWS::CloudFront::CachePolicy").properties["CachePolicyConfig"]
    sent = caching["ParametersInCacheKeyAndForwardedToOrigin"]
    assert (sent["QueryStringsConfig"], sent["HeadersConfig"], sent["CookiesConfig"]) == (
        {"QueryStringBehavior": "none"}, {"HeaderBehavior": "none"}, {"CookieBehavior": "none"},
    )  # fmt: skip
    assert "CacheBehaviors" not in distribution_of(deployed)


def test_errors_are_never_answered_with_the_page(deployed: Synthesized) -> None:
    """A missing file is a 404, which a single page application's usual rule would turn into a 200."""
    assert "CustomErrorResponses" not in distribution_of(deployed)


def test_every_response_has_the_security_headers(deployed: Synthesized) -> None:
    headers = headers_of(deployed)
    security = headers["SecurityHeadersConfig"]
    assert all(one["Override"] for one in security.values())
    assert security["StrictTransportSecurity"]["AccessControlMaxAgeSec"] == 31_536_000
    sent = {
        "Content-Security-Policy": None,
        "X-Content-Type-Options": "nosniff" if "ContentTypeOptions" in security else None,
        "X-Frame-Options": security["FrameOptions"]["FrameOption"],
        "Referrer-Policy": security["ReferrerPolicy"]["ReferrerPolicy"],
        **{one["Header"]: one["Value"] for one in headers["CustomHeadersConfig"]["Items"] if one["Override"]},
    }
    assert sent == policy.security_headers() | {"Content-Security-Policy": None}


def test_the_policy_of_the_header_is_the_laptops_with_the_apis(deployed: Synthesized) -> None:
    found = headers_of(deployed)["SecurityHeadersConfig"]["ContentSecurityPolicy"]["ContentSecurityPolicy"]
    written = "".join(part if isinstance(part, str) else "amazonaws.com" for part in found["Fn::Join"][1])
    apis = "https://*.execute-api.eu-west-1.amazonaws.com"
    assert written == policy.content_security_policy().replace("connect-src 'self'", f"connect-src 'self' {apis}")
    assert "unsafe-inline" not in written
    assert "script-src 'self';" in written


def test_a_policy_without_connect_src_is_not_passed_over() -> None:
    with pytest.raises(ValueError, match="default-src"):
        connecting_to("default-src 'none'", ["https://a.example"])


def test_names_are_unique_among_the_regions_of_an_account(deployed: Synthesized) -> None:
    """CloudFront's names are the account's, so that one environment can be in two regions."""
    found = [
        deployed.one("AWS::CloudFront::Function").properties["Name"],
        deployed.one("AWS::CloudFront::CachePolicy").properties["CachePolicyConfig"]["Name"],
        headers_of(deployed)["Name"],
        deployed.one("AWS::CloudFront::OriginAccessControl").properties["OriginAccessControlConfig"]["Name"],
    ]
    start = f"paysandbox-{deployed.environment.name}-dashboard"
    assert all(name.startswith(start) and name.endswith("-eu-west-1") and len(name) <= 64 for name in found), found


@pytest.mark.full
def test_a_domain_needs_tls_1_2(with_domain: Synthesized) -> None:
    distribution = distribution_of(with_domain)
    assert distribution["Aliases"] == ["dashboard.example.com"]
    assert distribution["ViewerCertificate"] == {
        "AcmCertificateArn": DOMAINS["dashboard_certificate_arn"],
        "MinimumProtocolVersion": "TLSv1.2_2021",
        "SslSupportMethod": "sni-only",
    }


def test_with_a_domain_the_header_names_it_and_no_region(with_domain: Synthesized) -> None:
    found = headers_of(with_domain)["SecurityHeadersConfig"]["ContentSecurityPolicy"]["ContentSecurityPolicy"]
    assert found == policy.content_security_policy(["https://pay.example.com"])


# --- paths ------------------------------------------------------------------------------------------------------------

ASK = """
const { handler } = new Function(require("fs").readFileSync(process.argv[1], "utf8") + "; return { handler }")();
const asked = JSON.parse(process.argv[2]);
console.log(JSON.stringify(asked.map((uri) => handler({ request: { method: "GET", uri, headers: {} } }))));
"""


def answers(*paths: str) -> list[Json]:
    command = [os.environ["JSII_NODE"], "-e", ASK, str(PATHS), json.dumps(paths)]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def test_pages_are_the_application_and_files_are_files() -> None:
    page = "/dashboard/index.html"
    wanted: Mapping[str, str] = {
        "/dashboard/": page,
        "/dashboard/payments/4f6c2b1e-0000-4000-8000-000000000000": page,
        "/dashboard/webhooks/": page,
        "/dashboard/metrics": page,
        "/dashboard/index.html": page,
        "/dashboard/config.json": "/dashboard/config.json",
        "/dashboard/icon.svg": "/dashboard/icon.svg",
        "/dashboard/assets/b1/index.js": "/dashboard/assets/b1/index.js",
        # What is missing stays missing.
        "/dashboard/assets/gone": "/dashboard/assets/gone",
        "/dashboard/gone.js": "/dashboard/gone.js",
        "/favicon.ico": "/favicon.ico",
        "/dashboards": "/dashboards",
    }
    assert {path: answer["uri"] for path, answer in zip(wanted, answers(*wanted), strict=True)} == wanted


@pytest.mark.parametrize("path", ["/", "/dashboard"])
def test_the_root_leads_to_the_dashboard(path: str) -> None:
    """At the root, S3 would list the bucket."""
    (answer,) = answers(path)
    assert (answer["statusCode"], answer["headers"]) == (302, {"location": {"value": "/dashboard/"}})


def test_the_function_is_called_for_every_request(deployed: Synthesized) -> None:
    function = deployed.one("AWS::CloudFront::Function")
    assert function.properties["FunctionCode"] == PATHS.read_text()
    assert len(PATHS.read_text()) < 10_000, "CloudFront's limit"
    (association,) = distribution_of(deployed)["DefaultCacheBehavior"]["FunctionAssociations"]
    assert association == {"EventType": "viewer-request", "FunctionARN": {"Fn::GetAtt": [function.id, "FunctionARN"]}}


# --- the files --------------------------------------------------------------------------------------------------------


def test_the_page_is_published_last_and_its_assets_at_its_builds_address(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    for name in ("index.html", "zebra.svg", "assets/index.js"):
        (tmp_path / name).write_text('<script src="/dashboard/assets/b1/index.js"></script>')
    assert [(file["file"], file["name"]) for file in manifest(tmp_path)] == [
        ("assets/index.js", "assets/b1/index.js"), ("zebra.svg", "zebra.svg"), ("index.html", "index.html"),
    ]  # fmt: skip


def test_caching_is_the_laptops(deployed: Synthesized) -> None:
    """A browser asks for every file whether it has changed."""
    files = [*json.loads(published(deployed)["Files"]), json.loads(published(deployed)["ConfigFile"])]
    assert {file["cache"] for file in files} == {"no-cache"}


def test_an_edge_keeps_what_a_deployment_invalidates(deployed: Synthesized) -> None:
    """A minimum lifetime holds against `no-cache`, which is for browsers."""
    caching = deployed.one("AWS::CloudFront::CachePolicy").properties["CachePolicyConfig"]
    assert (caching["MinTTL"], caching["MaxTTL"]) == (86_400, 31_536_000)


def test_config_has_the_addresses_of_the_deployed_apis(deployed: Synthesized) -> None:
    """`ImportValue` of both APIs' IDs: known when the files are published, which is after the APIs."""
    joined = published(deployed)["Config"]["Fn::Join"][1]
    config = json.loads("".join(part if isinstance(part, str) else _stand_in(part) for part in joined))
    of_native, of_v1 = "https://native.execute-api.eu-west-1", "https://v1.execute-api.eu-west-1"
    assert config == policy.config(
        environment=deployed.environment.name,
        version=config["version"],
        region="eu-west-1",
        clock_moves=deployed.environment.clock_may_move,
        api_base=f"{of_native}.amazonaws.com/live",
        v1_base=f"{of_v1}.amazonaws.com/v1",
    )
    assert config["session"] is False
    connect = "".join(
        part if isinstance(part, str) else _stand_in(part) for part in published(deployed)["ConnectSrc"]["Fn::Join"][1]
    )
    assert connect.split() == [f"{of_native}.amazonaws.com", f"{of_v1}.amazonaws.com"]


def _stand_in(part: Json) -> str:
    name = str(part.get("Fn::ImportValue", part.get("Ref")))
    return "amazonaws.com" if name == "AWS::URLSuffix" else "native" if ":ExportsOutputRefnative" in name else "v1"


def test_config_has_the_domain(with_domain: Synthesized) -> None:
    config = json.loads(published(with_domain)["Config"])
    assert (config["api_base"], config["v1_base"]) == ("https://pay.example.com", "https://pay.example.com/v1")
    assert published(with_domain)["ConnectSrc"] == "https://pay.example.com"
    outputs = with_domain.template("dashboard")["Outputs"]
    assert outputs["DashboardUrl"]["Value"] == {"Fn::GetAtt": ["published", "Url"]}
    assert published(with_domain)["Url"] == "https://dashboard.example.com/dashboard/"
    assert "DashboardDomainTarget" in with_domain.template("hosting")["Outputs"]


def test_the_publisher_may_change_this_bucket_and_this_distribution_only(deployed: Synthesized) -> None:
    (role_policy,) = (one for one in deployed.policies() if one.stack.endswith("-dashboard"))
    granted = {
        action: text(statement["Resource"])
        for statement in statements(role_policy)
        for action in listed(statement["Action"])
        if not action.startswith(("logs:", "xray:"))
    }
    assert granted.keys() == {
        "s3:ListBucketVersions", "s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion",
        "cloudfront:CreateInvalidation",
    }  # fmt: skip
    bucket = bucket_of(deployed).id
    assert all(f"ExportsOutputRef{bucket}" in arn for action, arn in granted.items() if action.startswith("s3:"))
    distribution = deployed.one("AWS::CloudFront::Distribution").id
    assert f"ExportsOutputRef{distribution}" in granted["cloudfront:CreateInvalidation"]


def test_the_stack_of_the_files_waits_for_the_function_and_is_deleted_before_the_bucket(deployed: Synthesized) -> None:
    resource = deployed.one("Custom::PublishedDashboard")
    function = next(f for f in deployed.all("AWS::Lambda::Function") if f.stack.endswith("-dashboard"))
    assert function.id in resource.whole["DependsOn"]
    assert function.properties["Timeout"] < int(resource.properties["ServiceTimeout"])
    name = deployed.environment.name
    assert f"paysandbox-{name}-hosting" in deployed.after[f"paysandbox-{name}-dashboard"]


# --- the origins that the APIs allow ----------------------------------------------------------------------------------


def test_both_stages_get_the_dashboards_origin_with_its_files(deployed: Synthesized) -> None:
    native, v1 = of_dashboard(deployed)
    assert (native.stack, native.id) < (v1.stack, v1.id)
    assert (native.properties["StageName"], v1.properties["StageName"]) == ("live", "v1")
    for each, stack in ((native, "api"), (v1, "v1")):
        assert each.stack.endswith("-dashboard")
        assert "-hosting:ExportsOutputFnGetAttdistribution" in text(each.properties["Variables"])
        assert f'{{\\"{DASHBOARD_ORIGIN}\\":\\"https://' in text(each.properties["Variables"])
        # So that it is set again after each change of the stage.
        assert each.properties["Revision"] == deployed.in_stack(stack, "Custom::StageLimits").properties["Revision"]


def test_locally_any_origin_may_call() -> None:
    """Applications in development run under names and ports of any kind."""
    assert stage_variables(templates_for(env="local")) == {"api": "*", "v1": "*"}


def test_the_domain_is_the_origin(with_domain: Synthesized) -> None:
    for each in of_dashboard(with_domain):
        assert json.loads(each.properties["Variables"]) == {
            DASHBOARD_ORIGIN: "https://dashboard.example.com",
            DASHBOARD_URL: f"https://dashboard.example.com{policy.PATH}",
        }


def test_a_gateway_error_copies_the_callers_origin() -> None:
    """API Gateway compares nothing here. A request with a key comes after a preflight, which compares."""
    response = gateway_response(environment_of({"env": "dev"}), NATIVE_REFUSALS["THROTTLED"])
    origin = "gatewayresponse.header.Access-Control-Allow-Origin"
    assert response["responseParameters"][origin] == "method.request.header.Origin"


@pytest.mark.parametrize(
    "settings, message",
    [
        ({"cors_origins": "*"}, "for the local environment alone"),
        ({"cors_origins": "https://shop.example.com/"}, "origins separated by commas"),
        ({"cors_origins": "shop.example.com"}, "origins separated by commas"),
        ({"cors_origins": "https://*.example.com"}, "origins separated by commas"),
        ({"cors_origins": "https://Shop.example.com"}, "origins separated by commas"),
        ({"cors_origins": "https://shop.example.com, https://b.example.com"}, "origins separated by commas"),
        ({"cors_origins": "null"}, "origins separated by commas"),
        ({"cors_origins": ",".join(f"https://shop-{n}.example.com" for n in range(15))}, "at most 400 characters"),
        ({"dashboard_domain": "dashboard.example.com"}, "set together"),
        ({"dashboard_certificate_arn": DOMAINS["dashboard_certificate_arn"]}, "set together"),
        (
            {"dashboard_domain": "dashboard.example.com", "dashboard_certificate_arn": DOMAINS["certificate_arn"]},
            "us-east-1 only",
        ),
        (
            {
                "dashboard_domain": "https://dashboard.example.com",
                "dashboard_certificate_arn": DOMAINS["dashboard_certificate_arn"],
            },
            "name of a host",
        ),
    ],
)
def test_settings_that_cannot_work_are_refused(settings: dict[str, str], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        environment_of({"env": "dev", **settings})


def test_only_the_local_environment_allows_any_origin() -> None:
    assert {name: one.cors_origins for name, one in ENVIRONMENTS.items()} == {
        "local": "*", "dev": "", "staging": "", "prod": "",
    }  # fmt: skip


# --- the build and its cost -------------------------------------------------------------------------------------------


def test_the_page_has_a_place_for_its_policy() -> None:
    """Its source and the committed build of it, as far as this checkout has them."""
    for file in (BUILT.parent / policy.INDEX, BUILT / policy.INDEX):
        before, head, _ = (file.read_text() if file.is_file() else "<head>").partition("<head>")
        assert head, file
        assert "<script" not in before, file
        assert "<link" not in before, file
