"""Why some rules of cdk-nag's AwsSolutions pack do not apply here, one sentence each, acknowledged at each construct.

tests/infra/test_nag.py runs the pack. Acknowledging is a feature of aws-cdk-lib, so a deployment does not need cdk-nag.
"""

from typing import Final

import aws_cdk as cdk
from constructs import IConstruct

# By rule, or by rule and finding where findings of one rule have different reasons.
REASONS: Final = {
    "APIG2": "Handlers read every body and name the field that is wrong; the gateway's validators would say less.",
    "APIG3": "A firewall costs more a month than the rest; plans and stage throttles bound every caller already.",
    "APIG6": "Execution logs can show keys and bodies; the access log has a line for each request, with neither.",
    "COG2": "A donor's account shows what this donor gave, and moves no money; a second factor would guard little.",
    "COG8": "The dearest plan is for its threat protection; a password has 12 characters and Cognito bounds guessing.",
    "DDB3 of the ledger": "What is played with on a laptop or in dev may be lost; staging and prod can be recovered.",
    "DDB3 of the log": "A request log is gone in a week, and no money is decided by it.",
    "DDB3 of webhooks": "Events and deliveries are gone in a month, and the ledger can make the events anew.",
    "IAM4 of CodeDeploy": "Moving an alias demands exactly this managed policy, and no function has it.",
    "IAM4 of the gateway": "API Gateway demands exactly this managed policy of the account's logging role.",
    "IAM5 of X-Ray": "X-Ray has no resources to name.",
    "IAM5 of any key": "A secret left by an earlier deployment lies under a key unknown here; conditions name it.",
    "IAM5 of mail": "In its sandbox SES judges the recipient's identity too; a condition names the only sender.",
    "IAM5 of reports": "Reports are named after merchants, whom a deployment cannot know; it is one bucket of its own.",
    "S1 of reports": "Nobody reads the bucket but by links that the API gives, and its access log has those.",
    "SF1": "Each worker writes a line of what it did, and executions keep their history for 90 days.",
    "SF2": "An environment without traces records none of the state machine either.",
    "SQS3 of the parked": "What is parked waits for a person; giving up on it a second time would help nobody.",
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
