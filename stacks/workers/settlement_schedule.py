"""The nightly start of settlement by EventBridge Scheduler. The first worker decides whether to settle on that day."""

from aws_cdk import Stack, aws_iam as iam, aws_scheduler as scheduler

from stacks.environments import Environment


def every_night(stack: Stack, environment: Environment, machine_arn: str) -> scheduler.CfnSchedule:
    """Start the state machine once on each occurrence of the environment's cron expression, in UTC."""
    role = iam.Role(
        stack,
        "nightly_role",
        description=f"Starts {environment.named('settle')}",
        assumed_by=iam.ServicePrincipal(  # pyright: ignore[reportArgumentType] - jsii's class and interface
            "scheduler.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": stack.account}}
        ),
    )
    role.add_to_policy(iam.PolicyStatement(actions=["states:StartExecution"], resources=[machine_arn]))
    schedule = scheduler.CfnSchedule(
        stack,
        "nightly",
        name=environment.named("settle-nightly"),
        description="Settles the previous business date",
        schedule_expression=f"cron({environment.settlement_cron})",
        schedule_expression_timezone="UTC",
        flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
        target=scheduler.CfnSchedule.TargetProperty(
            arn=machine_arn,
            role_arn=role.role_arn,
            input="{}",
            # If a night's run cannot start within an hour, the next night's batch includes its payments.
            retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                maximum_event_age_in_seconds=3_600, maximum_retry_attempts=10
            ),
        ),
    )
    policy = role.node.try_find_child("DefaultPolicy")
    if policy is not None:
        schedule.node.add_dependency(policy)
    return schedule
