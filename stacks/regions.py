"""Regions whose CloudFormation does not know a resource type that the stacks use, and names that Regions share.

By the schemas that CloudFormation publishes for each region, as cfn-lint 1.58.0 of 2026 has them; a test compares the
two. Where a type is missing, its resource is left out and the synth says so. Without a region, every type is assumed.
"""

from collections.abc import Mapping
from typing import Final

import aws_cdk as cdk

from stacks.environments import Environment

BUDGET: Final = "AWS::Budgets::Budget"
SES_IDENTITY: Final = "AWS::SES::EmailIdentity"
SES_CONFIGURATION_SET: Final = "AWS::SES::ConfigurationSet"

# CloudFront's resources are global; in these partitions it has none, or no functions and no origin access control.
DISTRIBUTION: Final = "AWS::CloudFront::Distribution"
_WITHOUT_CLOUDFRONT: Final = frozenset({"us-gov-east-1", "us-gov-west-1"})
_WITHOUT_CLOUDFRONT_FUNCTIONS: Final = _WITHOUT_CLOUDFRONT | {"cn-north-1", "cn-northwest-1"}

_WITHOUT_SES: Final = frozenset(
    {
        "ap-east-1", "ap-east-2", "ap-southeast-4", "ap-southeast-6", "ap-southeast-7", "cn-north-1", "cn-northwest-1",
        "eu-south-2", "mx-central-1",
    }
)  # fmt: skip

WITHOUT: Final[Mapping[str, frozenset[str]]] = {
    BUDGET: frozenset(
        {
            "af-south-1", "ap-east-1", "ap-east-2", "ap-northeast-3", "ap-south-2", "ap-southeast-3", "ap-southeast-4",
            "ap-southeast-5", "ap-southeast-6", "ap-southeast-7", "ca-west-1", "eu-central-2", "eu-north-1",
            "eu-south-1", "eu-south-2", "il-central-1", "me-central-1", "mx-central-1", "us-gov-east-1",
            "us-gov-west-1",
        }
    ),
    DISTRIBUTION: _WITHOUT_CLOUDFRONT,
    "AWS::CloudFront::CachePolicy": _WITHOUT_CLOUDFRONT,
    "AWS::CloudFront::Function": _WITHOUT_CLOUDFRONT_FUNCTIONS,
    "AWS::CloudFront::OriginAccessControl": _WITHOUT_CLOUDFRONT_FUNCTIONS,
    "AWS::CloudFront::ResponseHeadersPolicy": _WITHOUT_CLOUDFRONT,
    SES_IDENTITY: _WITHOUT_SES,
    SES_CONFIGURATION_SET: _WITHOUT_SES,
}  # fmt: skip


def name_in_account(stack: cdk.Stack, environment: Environment, what: str) -> str:
    """Return a name for a type whose names all Regions of an account share, such as those of IAM and CloudFront.

    An environment of this name can then be deployed to a second Region of the account.
    """
    return f"{environment.named(what)}-{stack.region}"


def has(stack: cdk.Stack, kind: str, without: str) -> bool:
    """Return whether the stack's region has a resource type. If not, warn with what the deployment is `without`."""
    if cdk.Token.is_unresolved(stack.region) or stack.region not in WITHOUT[kind]:
        return True
    warning = f"CloudFormation has no {kind} in {stack.region}: {stack.stack_name} is deployed without {without}."
    cdk.Annotations.of(stack).add_warning_v2("paysandbox:region", warning)
    return False
