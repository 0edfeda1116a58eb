"""The budget: AWS's own billing, hours late but exact, whereas the cost alarm is early and modeled."""

from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_budgets as budgets, aws_sns as sns

from stacks.environments import Environment

# Percentages of the budget: of actual spend, and of AWS's forecast for the month.
SPENT_PERCENT: Final = (50, 80, 100)
FORECAST_PERCENT: Final = 100


def budget(stack: cdk.Stack, environment: Environment, *, usd: int, topic: sns.Topic, tags: dict[str, str]) -> None:
    """Create a monthly budget in US dollars over the resources with the environment's cost-allocation tag.

    It notifies the topic, and `alarm_email` also by itself, for the time in which the topic's Region has no SNS.
    """
    subscribers = [budgets.CfnBudget.SubscriberProperty(subscription_type="SNS", address=topic.topic_arn)]
    if environment.alarm_email is not None:
        mail = budgets.CfnBudget.SubscriberProperty(subscription_type="EMAIL", address=environment.alarm_email)
        subscribers.append(mail)
    thresholds = [("ACTUAL", percent) for percent in SPENT_PERCENT] + [("FORECASTED", FORECAST_PERCENT)]
    budgets.CfnBudget(
        stack,
        "budget",
        budget=budgets.CfnBudget.BudgetDataProperty(
            # CloudFormation makes its name: another Region of the account has none of the same, and a change of the
            # subscribers can replace the budget.
            budget_type="COST",
            time_unit="MONTHLY",
            budget_limit=budgets.CfnBudget.SpendProperty(amount=usd, unit="USD"),
            # Counts nothing until the tag is activated in the account (docs/how-to/operate.md). One tag, since the
            # values of a filter are alternatives (AWS Billing user guide, "Budget filters").
            cost_filters={"TagKeyValue": [f"user:environment${tags['environment']}"]},
        ),
        notifications_with_subscribers=[
            budgets.CfnBudget.NotificationWithSubscribersProperty(
                notification=budgets.CfnBudget.NotificationProperty(
                    notification_type=kind,
                    comparison_operator="GREATER_THAN",
                    threshold=percent,
                    threshold_type="PERCENTAGE",
                ),
                subscribers=subscribers,
            )
            for kind, percent in thresholds
        ],
        resource_tags=[budgets.CfnBudget.ResourceTagProperty(key=key, value=value) for key, value in tags.items()],
    )
