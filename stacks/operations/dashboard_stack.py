"""The dashboard on AWS: a private bucket behind CloudFront, and the committed build in it.

Two stacks, the last that are deployed: a new account may have to wait for its first distribution, and has the APIs and
their alarms without it (`app.py`). The page calls the addresses that API Gateway generates, so the files come after the
distribution: the build, with `config.json` made of those addresses. The APIs allow the origin that CloudFront generates
by a variable of their stages, which is set with the files. Locally, the sandbox's own port serves the same build.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import aws_cdk as cdk
from aws_cdk import (
    aws_certificatemanager as acm,
    aws_cloudfront as cloudfront,
    aws_cloudfront_origins as cloudfront_origins,
    aws_iam as iam,
    aws_lambda as lambda_,
    aws_s3 as s3,
)
from constructs import Construct

from dashboard_site import policy
from paysandbox import VERSION
from paysandbox.http.cors import DASHBOARD_ORIGIN
from paysandbox.http.route import DASHBOARD_URL, Function
from paysandbox.stripe_api.routes import BASE_PATH
from stacks import nag_reasons
from stacks.api.api_stack import ApiStack
from stacks.api.reference_stack import ReferenceStack
from stacks.api.stage_updates import set_variables
from stacks.api.v1_stack import V1Stack
from stacks.environments import Environment
from stacks.functions import ARCHITECTURE, ROOT, RUNTIME, Functions
from stacks.regions import name_in_account
from stacks.resources import Resources

BUILT: Final = ROOT / "dashboard" / "built"
"""The committed build (`npm run build` in dashboard/)."""
PATHS: Final = Path(__file__).with_name("dashboard_paths.js")

# CloudFormation waits as long as the function may take, and for the response.
PUBLISH_DASHBOARD: Final = Function(name="publish_dashboard", group="provisioning", timeout_s=300)
PUBLISHED_WITHIN_S: Final = 330

# A browser revalidates a file whenever it needs it (`policy.REVALIDATED`); an edge keeps it, since a deployment
# invalidates every file. So S3 answers a request a day and edge, whoever asks.
EDGE_KEEPS: Final = cdk.Duration.days(1)
HSTS_MAX_AGE: Final = cdk.Duration.days(365)


def is_built(built: Path) -> bool:
    """Return whether there is a build to publish."""
    return (built / policy.INDEX).is_file()


class HostingStack(cdk.Stack):
    """The bucket and the distribution. Contains nothing until the dashboard's files are published."""

    def __init__(self, scope: Construct, environment: Environment) -> None:
        super().__init__(
            scope,
            environment.named("hosting"),
            env=environment.aws,
            description="Serverless Payments Sandbox: bucket and distribution of the dashboard",
        )
        self.bucket = self._bucket()
        self.distribution = self._distribution(environment)
        # Exported with a domain too: an export cannot be removed before the stacks that import it have been updated.
        self.export_value(self.distribution.distribution_domain_name)
        host = environment.dashboard_domain or self.distribution.distribution_domain_name
        self.origin = f"https://{host}"
        if environment.dashboard_domain is not None:
            cdk.CfnOutput(
                self,
                "DashboardDomainTarget",
                value=self.distribution.distribution_domain_name,
                description="What the DNS record of the dashboard's domain points at",
            )

    def _bucket(self) -> s3.Bucket:
        """Create the bucket. It is deleted with the stack in every environment, since a build is in git as well.

        Not versioned for the same reason: an earlier version is deployed again from its commit.
        """
        bucket = s3.Bucket(
            self,
            "site",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        nag_reasons.acknowledge(bucket, "S1 of the dashboard")
        return bucket

    def _distribution(self, environment: Environment) -> cloudfront.Distribution:
        paths = cloudfront.Function(
            self,
            "paths",
            function_name=name_in_account(self, environment, "dashboard-paths"),
            comment="Answers every page of the dashboard with its index.html",
            code=cloudfront.FunctionCode.from_inline(PATHS.read_text()),
            runtime=cloudfront.FunctionRuntime.JS_2_0,
        )
        certificate = environment.dashboard_certificate_arn
        distribution = cloudfront.Distribution(
            self,
            "distribution",
            comment=f"Dashboard of {environment.name}",
            default_behavior=cloudfront.BehaviorOptions(
                origin=cloudfront_origins.S3BucketOrigin.with_origin_access_control(
                    self.bucket,
                    origin_access_control=cloudfront.S3OriginAccessControl(
                        self,
                        "access",
                        origin_access_control_name=name_in_account(self, environment, "dashboard"),
                    ),
                    # With LIST, S3 answers a missing file with a 404. Without it, with a 403.
                    origin_access_levels=[cloudfront.AccessLevel.READ, cloudfront.AccessLevel.LIST],
                ),
                viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
                compress=True,
                cache_policy=cloudfront.CachePolicy(
                    self,
                    "caching",
                    cache_policy_name=name_in_account(self, environment, "dashboard"),
                    # Neither query nor headers nor cookies reach S3, so nobody lists the bucket.
                    min_ttl=EDGE_KEEPS,
                    default_ttl=EDGE_KEEPS,
                    max_ttl=cdk.Duration.days(365),
                    enable_accept_encoding_brotli=True,
                    enable_accept_encoding_gzip=True,
                ),
                response_headers_policy=_response_headers(self, environment),
                function_associations=[
                    cloudfront.FunctionAssociation(
                        function=paths,
                        event_type=cloudfront.FunctionEventType.VIEWER_REQUEST,
                    )
                ],
            ),
            http_version=cloudfront.HttpVersion.HTTP2_AND_3,
            # North America and Europe, the cheapest edges. Others are served from there.
            price_class=cloudfront.PriceClass.PRICE_CLASS_100,
            domain_names=[environment.dashboard_domain] if environment.dashboard_domain else None,
            certificate=acm.Certificate.from_certificate_arn(self, "certificate", certificate) if certificate else None,
            minimum_protocol_version=cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021 if certificate else None,
        )
        for why in ("CFR1", "CFR2", "CFR3", *(() if certificate else ("CFR4",))):
            nag_reasons.acknowledge(distribution, why)
        cdk.Annotations.of(self).acknowledge_warning(
            "@aws-cdk/aws-cloudfront-origins:listBucketSecurityRisk",
            "The function redirects the path that would list the bucket, and its files are public.",
        )
        return distribution


class DashboardStack(cdk.Stack):
    """The files: the build, and `config.json`, with the addresses of both APIs, and the origin that they allow."""

    def __init__(
        self,
        scope: Construct,
        environment: Environment,
        *,
        packages: Path,
        resources: Resources,
        hosting: HostingStack,
        built: Path,
        api: ApiStack,
        v1: V1Stack,
        reference: ReferenceStack,
    ) -> None:
        super().__init__(
            scope,
            environment.named("dashboard"),
            env=environment.aws,
            description="Serverless Payments Sandbox: files of the dashboard",
        )
        functions = Functions(self, environment, packages=packages, resources=resources)
        publisher = functions.make(PUBLISH_DASHBOARD)
        publisher.add_layers(_build_layer(self, built))
        self._allow_publishing(publisher, hosting)
        config = policy.config(
            environment=environment.name,
            version=VERSION,
            region=self.region,
            clock_moves=environment.clock_may_move,
            api_base=api.base_url,
            v1_base=f"{v1.origin}/{BASE_PATH}",
        )
        published = cdk.CustomResource(
            self,
            "published",
            resource_type="Custom::PublishedDashboard",
            service_token=publisher.function_arn,
            service_timeout=cdk.Duration.seconds(PUBLISHED_WITHIN_S),
            properties={
                "Bucket": hosting.bucket.bucket_name,
                "Distribution": hosting.distribution.distribution_id,
                "Path": policy.PATH,
                "Index": policy.INDEX,
                "Files": json.dumps(manifest(built), sort_keys=True),
                # A file can change and keep its name.
                "Build": cdk.FileSystem.fingerprint(str(built)),
                "Config": self.to_json_string(config),
                "ConfigFile": json.dumps(facts_of(policy.CONFIG)),
                "ConnectSrc": " ".join(dict.fromkeys((api.origin, v1.origin))),
                "Url": f"{hosting.origin}{policy.PATH}/",
            },
        )
        # On deletion, the function's permissions outlive this resource.
        published.node.add_dependency(publisher)
        self._allow_origin(hosting, api, v1, reference)
        # The page is at its URL when it has been published.
        cdk.CfnOutput(self, "DashboardUrl", value=published.get_att_string("Url"), description="URL of the dashboard")

    def _allow_origin(self, hosting: HostingStack, api: ApiStack, v1: V1Stack, reference: ReferenceStack) -> None:
        if reference.stage_updater is None:
            return
        variables = {DASHBOARD_ORIGIN: hosting.origin, DASHBOARD_URL: f"{hosting.origin}{policy.PATH}"}
        for name, stage in (("native", api.stage), ("v1", v1.stage)):
            set_variables(self, name, reference.stage_updater, stage, variables)

    def _allow_publishing(self, publisher: lambda_.Function, hosting: HostingStack) -> None:
        bucket = f"arn:{self.partition}:s3:::{hosting.bucket.bucket_name}"
        distribution = self.format_arn(
            service="cloudfront", region="", resource="distribution", resource_name=hosting.distribution.distribution_id
        )
        for actions, arn in (
            (["s3:ListBucketVersions"], bucket),
            (["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObject"], f"{bucket}/*"),
            (["cloudfront:CreateInvalidation"], distribution),
        ):
            publisher.add_to_role_policy(iam.PolicyStatement(actions=actions, resources=[arn]))
        nag_reasons.acknowledge(
            publisher.role or publisher, "IAM5 of the dashboard", finding=self._objects_finding(hosting)
        )

    def _objects_finding(self, hosting: HostingStack) -> str:
        bucket = hosting.get_logical_id(hosting.bucket.node.default_child)  # pyright: ignore[reportArgumentType] - it has one
        partition = "<AWS::Partition>" if cdk.Token.is_unresolved(self.partition) else self.partition
        return f"Resource::arn:{partition}:s3:::<{bucket}>/*"


def manifest(built: Path) -> list[dict[str, str]]:
    """Return each file of a build: its name in the build (`file`) and the facts about it, in the order of publication.

    The page comes last: it names the files that it loads.
    """
    build = policy.build_of((built / policy.INDEX).read_text())
    files = sorted(file.relative_to(built).as_posix() for file in built.rglob("*") if file.is_file())
    return [
        {"file": file} | facts_of(policy.name_at_site(file, build))
        for file in sorted(files, key=lambda file: file == policy.INDEX)
    ]


def facts_of(name: str) -> dict[str, str]:
    """Return a file's name at the site, its media type and its Cache-Control."""
    return {"name": name, "type": policy.content_type(name), "cache": policy.REVALIDATED}


def header_sources(stack: cdk.Stack, environment: Environment) -> list[str]:
    """Return the sources of `connect-src` in CloudFront's header: the APIs' domain, or every API of the region.

    Without a domain, the APIs' addresses are generated after the distribution. A policy in the page, which is published
    after them, leaves only these two of the region's: a browser applies both policies (CSP Level 3, section 8.1).
    """
    return [environment.base_url or f"https://*.execute-api.{stack.region}.{stack.url_suffix}"]


def connecting_to(page_policy: str, sources: Sequence[str]) -> str:
    """Return the policy, with these sources beside the page's own origin. Raises ValueError without `connect-src`."""
    own = "connect-src 'self'"
    if page_policy.count(own) != 1:
        raise ValueError(page_policy)
    return page_policy.replace(own, " ".join((own, *sources)))


def _build_layer(stack: cdk.Stack, built: Path) -> lambda_.LayerVersion:
    """Return the build as a layer, whose files are in /opt. So the function needs no permission to read it."""
    return lambda_.LayerVersion(
        stack,
        "DashboardBuild",
        code=lambda_.Code.from_asset(str(built)),
        description="The build of the dashboard",
        compatible_runtimes=[RUNTIME],
        compatible_architectures=[ARCHITECTURE],
    )


def _response_headers(stack: cdk.Stack, environment: Environment) -> cloudfront.ResponseHeadersPolicy:
    """Return the headers of every response, errors included."""
    headers = dict(policy.security_headers())
    headers.pop("X-Content-Type-Options")
    frame, referrer = headers.pop("X-Frame-Options"), headers.pop("Referrer-Policy")
    page = connecting_to(headers.pop("Content-Security-Policy"), header_sources(stack, environment))
    return cloudfront.ResponseHeadersPolicy(
        stack,
        "headers",
        response_headers_policy_name=name_in_account(stack, environment, "dashboard"),
        comment=f"Headers of the dashboard of {environment.name}",
        security_headers_behavior=cloudfront.ResponseSecurityHeadersBehavior(
            content_security_policy=cloudfront.ResponseHeadersContentSecurityPolicy(
                content_security_policy=page, override=True
            ),
            content_type_options=cloudfront.ResponseHeadersContentTypeOptions(override=True),
            frame_options=cloudfront.ResponseHeadersFrameOptions(
                frame_option=cloudfront.HeadersFrameOption[frame], override=True
            ),
            referrer_policy=cloudfront.ResponseHeadersReferrerPolicy(
                referrer_policy=cloudfront.HeadersReferrerPolicy[referrer.upper().replace("-", "_")], override=True
            ),
            strict_transport_security=cloudfront.ResponseHeadersStrictTransportSecurity(
                access_control_max_age=HSTS_MAX_AGE, override=True
            ),
        ),
        # CloudFront refuses the headers above in this list.
        custom_headers_behavior=cloudfront.ResponseCustomHeadersBehavior(
            custom_headers=[
                cloudfront.ResponseCustomHeader(header=name, value=value, override=True)
                for name, value in headers.items()
            ]
        ),
    )
