"""A second channel for the alarm `outage`, since all alarms notify one SNS topic of one Region.

EventBridge receives each change of an alarm's state, whatever becomes of the alarm's actions (Amazon CloudWatch user
guide, "Alarm events and EventBridge"), and can forward it to a bus of another Region or account (Amazon EventBridge
user guide, "Sending and receiving events between AWS Regions in Amazon EventBridge"). What happens there is up to the
owner of that bus: docs/how-to/operate.md.
"""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch, aws_events as events, aws_iam as iam

from stacks.environments import Environment
from stacks.functions import WholeRole


def forward_changes(stack: cdk.Stack, environment: Environment, alarm: cloudwatch.Alarm, bus_arn: str) -> None:
    """Send each change of an alarm's state to an event bus."""
    name = environment.named("outage-changes")
    rule_arn = stack.format_arn(service="events", resource="rule", resource_name=name)
    # Amazon EventBridge user guide, "Cross-service confused deputy prevention".
    trusted = {"StringEquals": {"aws:SourceAccount": stack.account}, "ArnEquals": {"aws:SourceArn": rule_arn}}
    role = WholeRole(
        stack,
        "outage_changes_role",
        description=f"Forwards the changes of {alarm.alarm_name}",
        assumed_by=iam.ServicePrincipal("events.amazonaws.com", conditions=trusted),
    )
    role.add_to_principal_policy(iam.PolicyStatement(actions=["events:PutEvents"], resources=[bus_arn]))
    events.CfnRule(
        stack,
        "outage_changes",
        name=name,
        description="Forwards the changes of the alarm outage to another Region or account",
        event_pattern={
            "source": ["aws.cloudwatch"],
            "detail-type": ["CloudWatch Alarm State Change"],
            "resources": [alarm.alarm_arn],
        },
        targets=[events.CfnRule.TargetProperty(id="bus", arn=bus_arn, role_arn=role.role_arn)],
    )
