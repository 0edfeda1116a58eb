"""The starts of settlement by EventBridge Scheduler. The first worker decides whether to settle on that day."""

from typing import Final

from aws_cdk import Stack, aws_iam as iam, aws_scheduler as scheduler

from stacks.environments import Environment

# A schedule at a rate runs at once when it is created (EventBridge Scheduler user guide, "Rate-based schedules"). The
# next run is a year later, and finds the day settled.
ON_CREATION: Final = "rate(365 days)"


def is_watched(environment: Environment) -> bool:
    """Return whether a night without a run rings: not if some days have none, nor locally, where nothing counts runs.

    Days that settlement skips have a run too, which settles nothing.
    """
    _, _, *days = environment.settlement_cron.split()
    return environment.metric_math and all(field in {"*", "?"} for field in days)


def every_night(stack: Stack, environment: Environment, machine_arn: str) -> None:
    """Start the state machine once on each occurrence of the environment's cron expression, in UTC.

    If missing runs ring, it is also started by the deployment that creates it, so that a new environment does not ring
    before its first night, and one in which no night ever starts does.
    """
    role = iam.Role(
        stack,
        "nightly_role",
        description=f"Starts {environment.named('settle')}",
        assumed_by=iam.ServicePrincipal(  # pyright: ignore[reportArgumentType] - jsii's class and interface
            "scheduler.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": stack.account}}
        ),
    )
    role.add_to_policy(iam.PolicyStatement(actions=["states:StartExecution"], resources=[machine_arn]))
    starts = {"nightly": f"cron({environment.settlement_cron})"}
    if is_watched(environment):
        starts["first"] = ON_CREATION
    for name, expression in starts.items():
        schedule = scheduler.CfnSchedule(
            stack,
            name,
            name=environment.named(f"settle-{name}"),
            description="Settles the previous business date",
            schedule_expression=expression,
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
