"""Why some rules of cdk-nag's AwsSolutions pack do not apply here, one sentence each, acknowledged at each construct.

tests/infra/test_nag.py runs the pack. Acknowledging is a feature of aws-cdk-lib, so a deployment does not need cdk-nag.
"""

from typing import Final

import aws_cdk as cdk
from constructs import IConstruct

# By rule, or by rule and finding where findings of one rule have different reasons.
REASONS: Final = {
    "APIG2": "Handlers validate every body and name the invalid field; the gateway's validators are less specific.",
    "APIG3": "A firewall costs more per month than the rest; usage plans and stage throttling limit every caller.",
    "APIG6": "Execution logs can contain keys and bodies; the access log has a line per request, with neither.",
    "CFR1": "The page is public and the APIs it calls have no geographic restrictions either.",
    "CFR2": "The distribution serves public files from caches; the APIs that they call can have a firewall.",
    "CFR3": "Only public files are served; every request for data is in the access logs of the APIs.",
    "CFR4": "CloudFront's own certificate allows no other policy; with a domain of its own TLS 1.2 is required.",
    "COG2": "A donor's account shows only that donor's donations and cannot move money, so MFA would add little.",
    "COG8": "Only the most expensive plan has it; passwords have 12 characters and Cognito limits attempts.",
    "DDB3 of the ledger": "Data in local and dev may be lost; staging and prod have point-in-time recovery.",
    "DDB3 of faults": "Faults end within a day, and nothing else depends on them.",
    "DDB3 of the log": "The request log is kept for a week and does not affect payments.",
    "DDB3 of webhooks": "Events and deliveries are kept for a month, and events can be rebuilt from the ledger.",
    "IAM4 of CodeDeploy": "CodeDeploy requires exactly this managed policy to move an alias; no function has it.",
    "IAM4 of the gateway": "API Gateway requires exactly this managed policy on the account's logging role.",
    "IAM5 of X-Ray": "X-Ray actions have no resource-level permissions.",
    "IAM5 of any key": "A secret of an earlier deployment may use a key unknown here; conditions restrict its use.",
    "IAM5 of the dashboard": "Files are named by each build; the bucket holds only files of the dashboard.",
    "IAM5 of logs": "The pattern is of one function's log streams, whose names contain dates and IDs unknown here.",
    "IAM5 of mail": "In its sandbox, SES also checks the recipient's identity; a condition restricts the sender.",
    "IAM5 of reports": "Report names contain merchants, unknown at deployment; the bucket holds only reports.",
    "IAM5 of ACH files": "File names contain days and traces, unknown at deployment; only ACH files have the prefix.",
    "S1 of reports": "The bucket is read only through presigned URLs from the API, which are in its access log.",
    "S1 of the dashboard": "Only CloudFront reads the bucket, and its files are public.",
    "SF1": "Each worker logs its result, and Step Functions keeps the execution history for 90 days.",
    "SF2": "Environments without tracing do not trace the state machine either.",
    "SQS3 of dead letters": "This is itself a dead-letter queue, which an operator empties; it needs no second one.",
}

# CDK leaves their partition unresolved even if the stack's is known.
_MANAGED: Final = "Policy::arn:<AWS::Partition>:iam::aws:policy/service-role"
GATEWAY_LOGS: Final = f"{_MANAGED}/AmazonAPIGatewayPushToCloudWatchLogs"
CODE_DEPLOY: Final = f"{_MANAGED}/AWSCodeDeployRoleForLambdaLimited"


def acknowledge(construct: IConstruct, why: str, *, finding: str | None = None) -> None:
    """Acknowledge a rule for this construct and its children, with the reason why it does not apply."""
    rule = f"AwsSolutions-{why.partition(' ')[0]}"
    acknowledged = rule if finding is None else f"{rule}[{finding}]"
    cdk.Validations.of(construct).acknowledge(cdk.Acknowledgment(id=acknowledged, reason=REASONS[why]))


def written_arn(stack: cdk.Stack, service: str, resource: str) -> str:
    """Return an ARN as cdk-nag writes it in a finding: unresolved parts appear as `<AWS::Region>` and the like."""
    known = {"Partition": stack.partition, "Region": stack.region, "AccountId": stack.account}
    partition, region, account = (f"<AWS::{n}>" if cdk.Token.is_unresolved(v) else v for n, v in known.items())
    return f"arn:{partition}:{service}:{region}:{account}:{resource}"
