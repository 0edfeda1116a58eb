"""docs/reference/resource-types.md: every resource type of the templates, and whether a local run proves it.

`tests/infra/test_resource_types.py` compares the rows with the synthesized templates of all environments.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Final

from docs.pages.markdown import code, head, table


class Locally(StrEnum):
    """Where a resource type stands in a local run."""

    ACTED_ON = "acted on"
    KEPT = "kept and not acted on"
    ABSENT = "on no engine"


_ENFORCED: Final = "The engine evaluates it only with enforcement: `tests/e2e/test_least_privilege.py`."

RESOURCE_TYPES: Final[Mapping[str, tuple[Locally, str]]] = {
    "AWS::ApiGateway::Account": (Locally.KEPT, "Names the role that writes access logs. The engine writes none."),
    "AWS::ApiGateway::BasePathMapping": (Locally.ACTED_ON, "The API is called through it."),
    "AWS::ApiGateway::Deployment": (Locally.ACTED_ON, "The API is called as it was deployed."),
    "AWS::ApiGateway::DomainName": (Locally.ACTED_ON, "The API is called by it; certificates and DNS are AWS's."),
    "AWS::ApiGateway::GatewayResponse": (Locally.ACTED_ON, "Local only. On AWS the API definition has them."),
    "AWS::ApiGateway::RestApi": (Locally.ACTED_ON, "Routes, integrations, authorizers and API keys."),
    "AWS::ApiGateway::Stage": (Locally.ACTED_ON, "Serves requests. Its logs, traces and method limits are ignored."),
    "AWS::ApiGateway::UsagePlan": (Locally.ACTED_ON, "Limits each key."),
    "AWS::ApiGatewayV2::RoutingRule": (
        Locally.ABSENT,
        "The engine refuses the type. Its launcher routes `/v1/api` as the rule does.",
    ),
    "AWS::Budgets::Budget": (Locally.ABSENT, "Left out of the local environment: the engine refuses the type."),
    "AWS::CloudFront::CachePolicy": (
        Locally.ABSENT,
        "The dashboard is hosted on AWS only; the sandbox's own port serves it locally.",
    ),
    "AWS::CloudFront::Distribution": (Locally.ABSENT, "As above."),
    "AWS::CloudFront::Function": (
        Locally.ABSENT,
        "As above. Its code runs in Node in `tests/infra/operations/test_dashboard.py`.",
    ),
    "AWS::CloudFront::OriginAccessControl": (Locally.ABSENT, "As above."),
    "AWS::CloudFront::ResponseHeadersPolicy": (Locally.ABSENT, "As above. The sandbox's port sends the same headers."),
    "AWS::CloudWatch::Alarm": (Locally.KEPT, "The engine has no metrics of these services, and no metric math."),
    "AWS::CloudWatch::Dashboard": (Locally.KEPT, "Stored, not drawn."),
    "AWS::CodeDeploy::Application": (Locally.ABSENT, "Gradual rollouts are in `prod`; the engine refuses the type."),
    "AWS::CodeDeploy::DeploymentGroup": (Locally.ABSENT, "As above."),
    "AWS::Cognito::UserPool": (Locally.ACTED_ON, "Donors sign in."),
    "AWS::Cognito::UserPoolClient": (Locally.ACTED_ON, "Donors sign in through it."),
    "AWS::DynamoDB::Table": (Locally.ACTED_ON, "Capacity, backups, encryption and warm throughput are ignored."),
    "AWS::Events::Rule": (Locally.ACTED_ON, "Runs the sweeps."),
    "AWS::IAM::OIDCProvider": (Locally.ABSENT, "Only the pipeline stack has it, which no laptop deploys."),
    "AWS::IAM::Policy": (Locally.KEPT, _ENFORCED),
    "AWS::IAM::Role": (Locally.KEPT, _ENFORCED),
    "AWS::KMS::Alias": (Locally.KEPT, "Nothing is encrypted with the key."),
    "AWS::KMS::Key": (Locally.KEPT, "The engine stores secrets and tables without it."),
    "AWS::Lambda::Alias": (
        Locally.ABSENT,
        "The engine would start workers for each alias, so functions have none locally.",
    ),
    "AWS::Lambda::EventInvokeConfig": (
        Locally.KEPT,
        "Its function is invoked synchronously by the engine, without retries or a destination.",
    ),
    "AWS::Lambda::EventSourceMapping": (
        Locally.ACTED_ON,
        "Consumes queues and streams. A stream's lanes, retries and destination are ignored.",
    ),
    "AWS::Lambda::Function": (Locally.ACTED_ON, "Memory and architecture are ignored."),
    "AWS::Lambda::LayerVersion": (Locally.ACTED_ON, "On the module path of the functions."),
    "AWS::Lambda::Permission": (Locally.KEPT, "The engine's services invoke functions without asking for it."),
    "AWS::Lambda::Version": (Locally.ABSENT, "Of the functions that move money, where the clock does not move."),
    "AWS::Logs::LogGroup": (Locally.ACTED_ON, "Functions log to it."),
    "AWS::Logs::MetricFilter": (Locally.KEPT, "Creates no metric."),
    "AWS::Logs::SubscriptionFilter": (Locally.ACTED_ON, "Feeds the request log, if its pattern is empty."),
    "AWS::S3::Bucket": (Locally.ACTED_ON, "Holds the reports."),
    "AWS::S3::BucketPolicy": (Locally.KEPT, _ENFORCED),
    "AWS::SES::ConfigurationSet": (Locally.KEPT, "Requires TLS from receiving servers. The engine sends no e-mail."),
    "AWS::SES::EmailIdentity": (Locally.ACTED_ON, "The sender of receipts, confirmed without an e-mail."),
    "AWS::SNS::Subscription": (Locally.ACTED_ON, "Delivers, without retries."),
    "AWS::SNS::Topic": (Locally.ACTED_ON, "Delivers to its subscriptions."),
    "AWS::SNS::TopicPolicy": (Locally.KEPT, _ENFORCED),
    "AWS::SQS::Queue": (Locally.ACTED_ON, "Delays, visibility and dead-letter queues work."),
    "AWS::SQS::QueuePolicy": (Locally.KEPT, _ENFORCED),
    "AWS::Scheduler::Schedule": (Locally.ACTED_ON, "Starts the nightly settlement."),
    "AWS::StepFunctions::StateMachine": (Locally.ACTED_ON, "Runs settlements."),
    "AWS::WAFv2::WebACL": (Locally.ABSENT, "Only where `waf_requests_per_5_minutes` is set, and never locally."),
    "AWS::WAFv2::WebACLAssociation": (Locally.ABSENT, "As above. The engine refuses the type."),
    "AWS::XRay::SamplingRule": (Locally.ABSENT, "Only where requests are traced, which is never locally."),
    "Custom::CheckedRemovals": (Locally.ABSENT, "A function of ours refuses removals that no setting accepts."),
    "Custom::EmptiedBucket": (Locally.ACTED_ON, "A function of ours empties the bucket before its deletion."),
    "Custom::GeneratedSecret": (Locally.ACTED_ON, "A function of ours generates the secrets."),
    "Custom::PublishedDashboard": (Locally.ABSENT, "A function of ours puts the dashboard's files into the bucket."),
    "Custom::StageLimits": (Locally.ABSENT, "A function of ours limits the methods of an API. A laptop has no limits."),
    "Custom::StageVariables": (
        Locally.ABSENT,
        "A function of ours tells the APIs the dashboard's origin, and removes variables that left the template.",
    ),
}
"""By type: whether a local run proves it, and why or why not."""


def page() -> str:
    """The page."""
    return "\n".join([*_introduction(), *_sections()]) + "\n"


def _introduction() -> Iterator[str]:
    unproven = [type_ for type_, (locally, _) in RESOURCE_TYPES.items() if locally is not Locally.ACTED_ON]
    yield from head("Resource types", "`docs/pages/resource_types.py`")
    yield "The CloudFormation resource types in the templates of all environments, and the local engine's treatment of"
    yield f"each. No local run proves {len(unproven)} of the {len(RESOURCE_TYPES)}; the first deployment to AWS does."
    yield "The differences in behavior are in [Engine differences](../explanation/engine-differences.md)."


def _sections() -> Iterator[str]:
    for title, locally, words in (
        ("On no engine", Locally.ABSENT, "In templates for AWS, and in none of the local environment."),
        ("Kept and not acted on", Locally.KEPT, "The engine stores these, so their properties are not exercised."),
        ("Acted on", Locally.ACTED_ON, "A local run exercises these, apart from the properties named."),
    ):
        rows = [(code(type_), reason) for type_, (found, reason) in RESOURCE_TYPES.items() if found is locally]
        yield from ("", f"## {title}: {len(rows)}", "", words, "")
        yield from table(("Type", "Reason" if locally is not Locally.ACTED_ON else "Locally"), rows)
