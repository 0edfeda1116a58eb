"""Rules for all stacks and all resources."""

import json
from collections.abc import Iterator

import pytest

from paysandbox.aws import schema
from stacks.workers.settlement_stack import EMPTIED_TAG
from tests.infra.templates import (
    DOMAINS,
    EVERY_TYPE,
    REGION,
    Json,
    Resource,
    Synthesized,
    names,
    templates_for,
    text,
)

MAX_RESOURCES = 450  # CloudFormation refuses 500
MAX_BYTES = 900_000  # and a template of 1 MB

# The property with a resource's explicit name, for every type that has one here.
NAMES = {
    "AWS::ApiGateway::DomainName": None,  # a domain belongs to whoever owns it
    "AWS::ApiGateway::RestApi": "Name",
    "AWS::ApiGateway::UsagePlan": "UsagePlanName",
    "AWS::CloudFront::Function": "Name",
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::CloudWatch::Dashboard": "DashboardName",
    "AWS::CodeDeploy::Application": "ApplicationName",
    "AWS::CodeDeploy::DeploymentGroup": None,  # inside its application
    "AWS::Cognito::UserPool": "UserPoolName",
    "AWS::Cognito::UserPoolClient": None,  # inside its pool
    "AWS::DynamoDB::Table": "TableName",
    "AWS::Events::Rule": "Name",
    "AWS::IAM::Policy": None,  # inside its role
    "AWS::IAM::Role": "RoleName",
    "AWS::KMS::Alias": "AliasName",
    "AWS::Lambda::Alias": None,  # inside its function
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Lambda::LayerVersion": "LayerName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::Logs::SubscriptionFilter": None,  # inside its log group
    "AWS::S3::Bucket": "BucketName",
    "AWS::Scheduler::Schedule": "Name",
    "AWS::SES::ConfigurationSet": "Name",
    "AWS::SNS::Topic": "TopicName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::StepFunctions::StateMachine": "StateMachineName",
    "Custom::GeneratedSecret": "ParameterName",
}

# Names that all Regions of an account share, with the path of the property. IAM user guide, "IAM identifiers"; S3 user
# guide, "Bucket naming rules"; CloudFront API reference, "CreateFunction" and the others; CloudWatch API reference,
# "PutDashboard"; AWS Budgets API reference, "Budget".
IN_ALL_REGIONS = {
    "AWS::Budgets::Budget": "Budget.BudgetName",
    "AWS::CloudFront::CachePolicy": "CachePolicyConfig.Name",
    "AWS::CloudFront::Function": "Name",
    "AWS::CloudFront::KeyValueStore": "Name",
    "AWS::CloudFront::OriginAccessControl": "OriginAccessControlConfig.Name",
    "AWS::CloudFront::OriginRequestPolicy": "OriginRequestPolicyConfig.Name",
    "AWS::CloudFront::ResponseHeadersPolicy": "ResponseHeadersPolicyConfig.Name",
    "AWS::CloudWatch::Dashboard": "DashboardName",
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::User": "UserName",
    "AWS::S3::Bucket": "BucketName",
}
# The service of every other type whose names have the environment: each Region has names of its own.
IN_ONE_REGION = {
    *("ApiGateway", "CloudWatch", "CodeDeploy", "Cognito", "DynamoDB", "Events", "Lambda", "Logs", "Scheduler", "SES"),
    *("SNS", "SQS", "StepFunctions", "WAFv2", "XRay"),
    "GeneratedSecret",  # in Secrets Manager
}

# Names within a named resource, and names of other resources.
NAMED_INSIDE = {"ApplicationName", "StageName", "FunctionName", "DomainName", "LogGroupName"}

# Exports between stacks. A deployed stack may still import a name that disappears here.
EXPORTS = {
    "data": [
        "ApiKeys Arn",
        "ApiKeys Ref",
        "Customers Arn",
        "Customers Ref",
        "Disbursements Arn",
        "Disbursements Ref",
        "Disbursements StreamArn",
        "Disputes Arn",
        "Disputes Ref",
        "MerchantFunds Arn",
        "MerchantFunds Ref",
        "MerchantSettings Arn",
        "MerchantSettings Ref",
        "PaymentsLedger Arn",
        "PaymentsLedger Ref",
        "PaymentsLedger StreamArn",
        "SearchIndex Arn",
        "SearchIndex Ref",
        "StripeObjects Arn",
        "StripeObjects Ref",
        "StripeObjects StreamArn",
        "Timers Arn",
        "Timers Ref",
    ],
    # A replaced pool or table has lost its data, so nothing depends on it any more.
    "donors": [
        "DonationsPlatformTable Arn",
        "DonationsPlatformTable Ref",
        "DonationsPlatformTable StreamArn",
        "DonorPool Arn",
        "DonorPool Ref",
        "DonorPoolWebAppClient Ref",
    ],
    "secrets": ["SecretsKey Arn"],
    "requests": ["RequestLog Arn", "RequestLog Ref"],
    "events": [],
    "webhooks": [
        "Deliveries Arn",
        "Deliveries Ref",
        "Events Arn",
        "Events Ref",
        "WebhookEndpoints Arn",
        "WebhookEndpoints Ref",
    ],
    "settlement": [
        "SettlementBatches Arn",
        "SettlementBatches Ref",
        "SettlementEntries Arn",
        "SettlementEntries Ref",
        # ACH exchanges its files with the bank there. The bucket is replaced with its stack alone.
        "reports Arn",
        "reports Ref",
    ],
    "donations": [],
    "disbursements": [],
    "payments": [],
    # The stacks of the APIs give it the right to their stages. A role is replaced with its function's name alone.
    "reference": ["updatestagerole Ref"],
    "stripe": [],
    # The plan is imported by monitoring stacks of before.
    "api": ["native Ref", "nativesandboxplan Ref"],
    # Its address is part of the dashboard's `config.json`, as the native API's is.
    "v1": ["v1 Ref"],
    "monitoring": [],
    "hosting": ["distribution DomainName", "distribution Ref", "site Ref"],
    "dashboard": [],
    "removals": [],
}
# Of these, the local environment has none: the sandbox's port serves the dashboard, and nobody relies on its domain.
ON_AWS_ONLY = ("hosting", "dashboard", "removals")
LEFT_BY = {
    "payments": ("webhooks",),
    "donors": ("payments",),
    "reference": ("payments",),
    "stripe": ("api",),
    "monitoring": ("stripe",),
    "hosting": ("v1", "monitoring"),
}
"""What a stack waits for and does not need, so that its failure leaves that."""

UNTAGGED = {
    "AWS::ApiGateway::Account", "AWS::ApiGateway::BasePathMapping", "AWS::ApiGateway::Deployment",
    "AWS::ApiGateway::GatewayResponse", "AWS::CloudFront::CachePolicy", "AWS::CloudFront::OriginAccessControl",
    "AWS::CloudFront::ResponseHeadersPolicy", "AWS::CloudWatch::Dashboard", "AWS::Cognito::UserPoolClient",
    "AWS::IAM::Policy", "AWS::KMS::Alias",
    "AWS::Lambda::Alias", "AWS::Lambda::EventInvokeConfig", "AWS::Lambda::LayerVersion", "AWS::Lambda::Permission",
    "AWS::Lambda::Version", "AWS::Logs::MetricFilter", "AWS::Logs::SubscriptionFilter", "AWS::SNS::Subscription",
    "AWS::S3::BucketPolicy", "AWS::SNS::TopicPolicy", "AWS::Scheduler::Schedule", "AWS::SQS::QueuePolicy",
    "Custom::CheckedRemovals", "Custom::EmptiedBucket", "Custom::GeneratedSecret", "Custom::PublishedDashboard",
    "Custom::StageLimits", "Custom::StageVariables",
}  # fmt: skip


TAGS_OF = {"AWS::Budgets::Budget": "ResourceTags", "AWS::Cognito::UserPool": "UserPoolTags"}


def test_the_stacks_are_named_for_environment_and_concern(synthesized: Synthesized) -> None:
    name = synthesized.environment.name
    concerns = EXPORTS.keys() - (ON_AWS_ONLY if name == "local" else ())
    assert set(synthesized.templates) == {f"paysandbox-{name}-{concern}" for concern in concerns}


def test_stack_dependencies(synthesized: Synthesized) -> None:
    """The API names functions by formatted ARNs, and functions name the pepper: only the order shows the dependency."""
    start = f"paysandbox-{synthesized.environment.name}-"
    # All others are after the check of removals (operations/test_removals.py), and more wait for what a failure of
    # theirs must leave (test_deployment_order.py).
    before = {
        name.removeprefix(start): others
        - {start + concern for concern in ("removals", *LEFT_BY.get(name.removeprefix(start), ()))}
        for name, others in synthesized.after.items()
    }
    assert before["data"] == before["secrets"] == set()
    assert before["requests"] == set()
    # After the consumers of the streams that it writes to (workers/test_readers_first.py).
    assert before["payments"] == {start + "data", start + "secrets", start + "requests", start + "events"}
    assert before["webhooks"] == {start + "data", start + "secrets", start + "requests", start + "events"}
    assert before["events"] == {start + "data"}
    assert before["reference"] == set()
    assert before["donors"] == ({start + "data"} if synthesized.environment.customer_key else set())
    of_key = before["donors"]
    # It needs the key of the secrets, if they have one, and no secret that a deployment makes.
    own_key = {start + "secrets"} if synthesized.environment.secrets_key != "aws" else set[str]()
    # So does the nightly statement, which is made beside the bucket of reports.
    assert (
        before["settlement"]
        == {start + name for name in ("data", "payments", "events", "webhooks", "requests")} | own_key
    )
    assert before["donations"] == {start + "donors", start + "events", start + "requests"} | own_key | of_key
    assert before["disbursements"] == {
        start + concern for concern in ("data", "secrets", "events", "requests", "settlement")
    }
    with_routes = ("payments", "webhooks", "settlement", "requests", "donations", "disbursements", "reference")
    assert before["api"] == {start + concern for concern in (*with_routes, "donors")}
    assert before["stripe"] == {
        start + concern for concern in ("data", "secrets", "requests", "webhooks", "settlement")
    }
    assert before["v1"] == {start + concern for concern in ("api", "stripe", "reference")}
    if synthesized.environment.name != "local":
        assert before["hosting"] == set()
        # The files have the addresses of the APIs, whose stages get the origin of the distribution with them.
        assert before["dashboard"] == {start + concern for concern in ("api", "v1", "hosting")}
    assert before["monitoring"] == {start + "api", start + "data"}


def test_every_explicit_name_carries_the_environment(synthesized: Synthesized) -> None:
    """Two environments of one account cannot fight over a name."""
    for resource in synthesized.all():
        where = NAMES.get(resource.type)
        if where is not None and where in resource.properties:
            assert synthesized.environment.name in text(resource.properties[where]), resource


def names_in(properties: Json, start: str, path: str = "") -> dict[str, str]:
    """Return the names that begin with the environment's, by the path of their property."""
    found: dict[str, str] = {}
    for key, value in properties.items():
        if isinstance(value, dict):
            found |= names_in(value, start, f"{path}{key}.")
        elif key.endswith("Name") and text(value).startswith(start):
            found[f"{path}{key}"] = text(value)
    return found


def with_every_name(env: str) -> Synthesized:
    return {"dev": templates_for(**DOMAINS), "prod": templates_for(**EVERY_TYPE)}.get(env) or templates_for(env=env)


def shared_by_regions(synthesized: Synthesized) -> Iterator[str]:
    """Yield what an environment of the same name in another Region of the account would find taken."""
    for resource in synthesized.all():
        where = IN_ALL_REGIONS.get(resource.type)
        named = names_in(resource.properties, f"paysandbox-{synthesized.environment.name}-")
        if where in named and REGION not in named[where]:
            yield f"{resource}: {named[where]}"
        if where is None and named and resource.type.split("::")[1] not in IN_ONE_REGION:
            yield f"{resource}: whether its names are those of one Region is not known here"


@pytest.mark.parametrize("env", names())
def test_two_regions_of_an_account_can_have_an_environment_of_one_name(env: str) -> None:
    assert [*shared_by_regions(with_every_name(env))] == []


def test_a_name_that_another_region_has_is_found() -> None:
    made = templates_for(env="dev")
    taken = Resource("monitoring", "dashboard", "AWS::CloudWatch::Dashboard", {"DashboardName": "paysandbox-dev-a"}, {})
    new = Resource("monitoring", "mesh", "AWS::AppMesh::Mesh", {"MeshName": "paysandbox-dev-mesh"}, {})
    broken = Synthesized(made.environment, {"monitoring": {"Resources": as_template(taken, new)}}, {}, {})
    assert [one.partition(":")[0] for one in shared_by_regions(broken)] == ["monitoring/dashboard", "monitoring/mesh"]


def as_template(*resources: Resource) -> Json:
    return {one.id: {"Type": one.type, "Properties": one.properties} for one in resources}


def test_every_nameable_type_is_checked(synthesized: Synthesized) -> None:
    """The table above is checked against every property that could be a name."""
    for resource in synthesized.all():
        if any(name.endswith("Name") and name not in NAMED_INSIDE for name in resource.properties):
            assert resource.type in NAMES, resource


def test_retained_resources_have_no_fixed_name(synthesized: Synthesized) -> None:
    """The next deployment would find the name taken by the retained resource, and fail."""
    for resource in synthesized.all():
        if resource.whole.get("DeletionPolicy", "Delete") != "Delete":
            name = NAMES.get(resource.type)
            assert name is None or name not in resource.properties, resource


# Kept even if their creation fails, by construct.
KEPT_FROM_THE_START = {
    "nativeAccount": "other APIs of the account may log through it by then",
    "nativeCloudWatchRole": "the role of the former",
    "SecretsKey": "secrets of an earlier deployment may lie under it by then",
}


def test_a_failed_first_deployment_leaves_nothing(synthesized: Synthesized) -> None:
    """With `Retain`, a rollback of the creation would leave empty tables, buckets and pools, and each try some more."""
    kept = [r for r in synthesized.all() if r.whole.get("DeletionPolicy", "Delete") != "Delete"]
    for resource in kept:
        always = any(resource.id.startswith(name) for name in KEPT_FROM_THE_START)
        assert resource.whole["DeletionPolicy"] == ("Retain" if always else "RetainExceptOnCreate"), resource
        assert resource.whole["UpdateReplacePolicy"] == "Retain", resource
    assert any(r.type == "AWS::DynamoDB::Table" for r in kept) is synthesized.environment.keep_data


def test_stateful_resources_are_retained(synthesized: Synthesized) -> None:
    """In an environment that keeps its data, by type, whatever stack is added."""
    types = (
        "AWS::DynamoDB::Table",
        "AWS::KMS::Key",
        "AWS::S3::Bucket",
        "AWS::Cognito::UserPool",
        "AWS::Logs::LogGroup",
    )
    passing = {schema.REQUEST_LOG, schema.API_KEYS, schema.MERCHANT_SETTINGS, schema.EVENTS, schema.DELIVERIES}
    passing |= {schema.INBOX, schema.FEED}
    for resource in synthesized.all(*types):
        goes = resource.type == "AWS::DynamoDB::Table" and any(resource.id.startswith(name) for name in passing)
        # The dashboard's build is in git.
        goes = goes or resource.stack.endswith("-hosting")
        is_kept = synthesized.environment.keep_data and not goes
        assert (resource.whole["DeletionPolicy"] != "Delete") is is_kept, resource


def test_deleted_buckets_are_emptied_first(synthesized: Synthesized) -> None:
    """S3 deletes no bucket that holds objects, and the first settled night puts some into it."""
    of_dashboard = {"hosting"} if synthesized.all("Custom::PublishedDashboard") else set[str]()
    buckets = [r for r in synthesized.all("AWS::S3::Bucket") if r.whole["DeletionPolicy"] == "Delete"]
    going = [r for r in buckets if r.stack.rpartition("-")[2] not in of_dashboard]
    # The stack of the files is deleted before that of the bucket, and empties it.
    assert len(buckets) - len(going) == len(of_dashboard)
    emptied = {(r.stack, r.properties["Bucket"]["Ref"]): r for r in synthesized.all("Custom::EmptiedBucket")}
    assert {(bucket.stack, bucket.id) for bucket in going} == set(emptied)
    assert bool(going) is not synthesized.environment.keep_data
    for bucket in going:
        one = emptied[bucket.stack, bucket.id]
        assert {"Key": one.properties["Tag"], "Value": "true"} in bucket.properties["Tags"]
        assert bucket.id in one.whole["DependsOn"]
        (function,) = (r for r in synthesized.all("AWS::Lambda::Function") if r.id.startswith("emptybucket"))
        assert one.properties["ServiceToken"] == {"Fn::GetAtt": [function.id, "Arn"]}
        assert function.properties["Timeout"] < int(one.properties["ServiceTimeout"])
        # Its rights are deleted after it, and whoever writes reports before it.
        assert function.id in one.whole["DependsOn"]
        machine = synthesized.one("AWS::StepFunctions::StateMachine")
        assert one.id in machine.whole["DependsOn"]


def test_retained_buckets_are_not_emptied(synthesized: Synthesized) -> None:
    """The tag is what the function looks for: a deployment that starts to keep the data removes it."""
    for bucket in synthesized.all("AWS::S3::Bucket"):
        if bucket.stack.endswith("-hosting"):
            continue  # it keeps nothing in any environment
        tags = {tag["Key"] for tag in bucket.properties["Tags"]}
        assert (EMPTIED_TAG in tags) is not synthesized.environment.keep_data


def test_nothing_stops_the_deletion_of_an_environment_that_keeps_no_data(synthesized: Synthesized) -> None:
    """Neither a protected stack, nor a protected resource, nor a domain of a user pool."""
    if synthesized.environment.keep_data:
        return
    assert not any(synthesized.guarded.values())
    for resource in synthesized.all():
        protection = {name: value for name, value in resource.properties.items() if "DeletionProtection" in name}
        assert not {True, "ACTIVE"} & {*protection.values()}, resource
    assert [*synthesized.all("AWS::Cognito::UserPoolDomain")] == [], "a pool with a domain is not deleted"


def test_local_stacks_retain_only_the_logging_role(synthesized: Synthesized) -> None:
    if synthesized.environment.keep_data:
        return
    kept = [r.type for r in synthesized.all() if r.whole.get("DeletionPolicy", "Delete") != "Delete"]
    assert sorted(kept) == ["AWS::ApiGateway::Account", "AWS::IAM::Role"]


def test_templates_are_far_below_the_limits(synthesized: Synthesized) -> None:
    for name, template in synthesized.templates.items():
        assert len(template["Resources"]) <= MAX_RESOURCES, name
        assert len(json.dumps(template)) < MAX_BYTES, name


def test_functions_and_layers_do_not_cross_stacks(synthesized: Synthesized) -> None:
    """An export in use cannot be changed on AWS, and those change with every build; the engine would not show it."""
    for name, template in synthesized.templates.items():
        concern = name.rpartition("-")[2]
        exported = [exporting(o["Value"]) for o in template.get("Outputs", {}).values() if "Export" in o]
        under_key = ["LedgerKey Arn"] if concern == "data" and synthesized.environment.customer_key else []
        made = EXPORTS[concern]
        if (concern == "secrets" and synthesized.environment.secrets_key == "aws") or (
            concern == "reference" and not synthesized.environment.limits_methods
        ):
            made = []
        assert sorted(exported) == sorted(made + under_key), name


def exporting(value: dict) -> str:
    """`{"Fn::GetAtt": ["SecretsKey317DCF94", "Arn"]}` → `SecretsKey Arn`."""
    target, attribute = value["Fn::GetAtt"] if "Fn::GetAtt" in value else (value["Ref"], "Ref")
    return f"{target[:-8]} {attribute}"


def test_templates_have_no_api_keys(synthesized: Synthesized) -> None:
    """Keys are created through the API after the deployment."""
    assert synthesized.all("AWS::ApiGateway::ApiKey", "AWS::ApiGateway::UsagePlanKey") == []
    assert "sk_test_" not in json.dumps(synthesized.templates)


def test_every_taggable_resource_is_tagged(synthesized: Synthesized) -> None:
    wanted = synthesized.environment.tags
    keeps = synthesized.environment.keep_data
    for resource in synthesized.all():
        if resource.type not in UNTAGGED:
            listed_as = TAGS_OF.get(resource.type, "Tags")
            tags = resource.properties.get(listed_as, [])
            if not isinstance(tags, dict):
                tags = {tag["Key"]: tag["Value"] for tag in tags}
            is_marked = resource.type == "AWS::S3::Bucket" and not keeps and not resource.stack.endswith("-hosting")
            marked = {EMPTIED_TAG: "true"} if is_marked else {}
            assert tags == wanted | marked, resource


def test_synth_makes_no_context_lookups(synthesized: Synthesized) -> None:
    """A value read from an account, or a placeholder for one, would differ between machines."""
    assert "dummy-value" not in json.dumps(synthesized.templates)


def test_stateful_stacks_have_termination_protection(synthesized: Synthesized) -> None:
    for concern in ("data", "donors", "secrets", "settlement"):
        assert synthesized.guarded[f"paysandbox-{synthesized.environment.name}-{concern}"] is (
            synthesized.environment.deletion_protection
        )
