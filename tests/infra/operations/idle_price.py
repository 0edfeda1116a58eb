"""The monthly cost of an unused environment, computed from its templates and the prices in stacks/operations/prices.py.

    python -m tests.infra.operations.idle_price

The cost is modeled. A resource type that is neither counted nor known to be free while idle is refused, so that
the author of a new one must state its cost.
"""

import re
import sys
from collections import Counter
from typing import Final

from paysandbox.aws import schema
from paysandbox.aws.settings import FULL_TRACING
from paysandbox.core.metrics import Metric
from paysandbox.disbursements.ach.windows import FEDACH_CUTOFFS, read_cutoffs
from paysandbox.metrics.usage_cost import FEED_WRITES, LEDGER_WRITES, LOG_BYTES_OF_A_REQUEST, REQUEST_LOG_WRITES
from stacks.api.payments_stack import EXPIRE_MEMORY_MB, EXPIRE_PAYMENTS
from stacks.functions import MEMORY_MB, PAYMENT_MEMORY_MB
from stacks.operations.prices import BYTES_OF_A_GB, DAYS_OF_A_MONTH, Item, usd
from stacks.workers.disbursements_stack import SWEEP_DISBURSEMENTS
from stacks.workers.donations_stack import SWEEP_DONATIONS
from stacks.workers.statements import WRITE_PAYPAL_STATEMENT
from stacks.workers.sweeps import NIGHTLY
from stacks.workers.webhook_workers import SWEEP_DELIVERIES
from tests.infra.templates import Resource, Synthesized, names, templates_for

COSTS_NOTHING_UNUSED: Final = {
    "AWS::ApiGateway::Account": "a setting",
    "AWS::ApiGateway::BasePathMapping": "part of the API",
    "AWS::ApiGateway::Deployment": "part of the API",
    "AWS::ApiGateway::DomainName": "part of the API",
    "AWS::ApiGateway::GatewayResponse": "part of the API",
    "AWS::ApiGateway::RestApi": "paid by the request; no cache",
    "AWS::ApiGateway::Stage": "paid by the request; no cache, no metrics of single methods",
    "AWS::ApiGateway::UsagePlan": "part of the API",
    "AWS::Budgets::Budget": "free without actions",
    "AWS::CloudFront::CachePolicy": "free",
    "AWS::CloudFront::Distribution": "paid by the request and by the GB, of which the first are free",
    "AWS::CloudFront::Function": "paid by the call, of which the first are free",
    "AWS::CloudFront::OriginAccessControl": "free",
    "AWS::CloudFront::ResponseHeadersPolicy": "free",
    "AWS::CodeDeploy::Application": "free for functions",
    "AWS::CodeDeploy::DeploymentGroup": "free for functions",
    "AWS::Cognito::UserPool": "paid by the donor who signs in that month; the first ten thousand are free",
    "AWS::Cognito::UserPoolClient": "part of the pool",
    "AWS::Events::Rule": "schedules of the default bus are free; what it runs is counted below",
    "AWS::IAM::Policy": "free",
    "AWS::IAM::Role": "free",
    "AWS::KMS::Alias": "free",
    "AWS::Lambda::Alias": "free",
    "AWS::Lambda::EventInvokeConfig": "a setting",
    "AWS::Lambda::Function": "paid by the call; nothing is provisioned",
    "AWS::Lambda::LayerVersion": "free",
    "AWS::Lambda::Permission": "free",
    "AWS::Lambda::Version": "free; its code counts towards the account's 75 GB",
    "AWS::Logs::LogGroup": "paid by what is written; what is kept of an idle one is cents",
    "AWS::Logs::SubscriptionFilter": "paid by the call of its function",
    "AWS::S3::Bucket": "paid by what is in it",
    "AWS::S3::BucketPolicy": "free",
    "AWS::Scheduler::Schedule": "the first 14 million starts of a month are free",
    "AWS::StepFunctions::StateMachine": "paid by the state transition; its nights are counted below",
    "AWS::SES::ConfigurationSet": "free",
    "AWS::SES::EmailIdentity": "free; paid by the mail",
    "AWS::SNS::Subscription": "the first thousand e-mails of a month are free",
    "AWS::SNS::Topic": "paid by what is published",
    "AWS::SNS::TopicPolicy": "free",
    "AWS::SQS::Queue": "paid by the message",
    "AWS::SQS::QueuePolicy": "free",
    "AWS::Logs::MetricFilter": "its metric is written, and billed, only in hours with a failure",
    "Custom::CheckedRemovals": "paid by the call of its function, at a deployment that changes what it checks",
    "Custom::EmptiedBucket": "paid by the call of its function, when the stack is created and deleted",
    "Custom::PublishedDashboard": "paid by the call of its function, at a deployment; 1,000 invalidations are free",
    "Custom::StageLimits": "paid by the call of its function, at a deployment",
    "Custom::StageVariables": "the same",
    "AWS::WAFv2::WebACLAssociation": "free",
    "AWS::XRay::SamplingRule": "free; recorded traces are paid for",
}

PAID_BY_THE_MONTH: Final = {
    "AWS::WAFv2::WebACL": Item.WEB_ACL_MONTH,
    "AWS::CloudWatch::Dashboard": Item.DASHBOARD_MONTH,
    "AWS::KMS::Key": Item.KEY_MONTH,
    "Custom::GeneratedSecret": Item.SECRET_MONTH,
}

# Assumed durations of one run of the probe: the probe itself, two API functions, the one that stores requests. All are
# priced like the one that authorizes, which has the most memory.
PROBE_FUNCTIONS: Final = 4
PROBE_FUNCTION_S: Final = 0.75
PROBE_REQUESTS: Final = 2
PROBE_COUNTS: Final = (Metric.PROBE_OK, Metric.APPROVED, Metric.PAYMENTS_FAILED)

# Shards that a sweep queries; an empty query costs half a read unit. Assumed per sweep: duration, three log lines.
# Donations have no shards: queries for pending donations, receipts due, and receipts in progress.
# The sweep of payments queries the due timers and the due payments.
SWEEPS: Final = {
    SWEEP_DELIVERIES: schema.INDEX_SHARDS,
    EXPIRE_PAYMENTS: schema.TIMER_SHARDS + schema.DUE_SHARDS_READ,
    SWEEP_DONATIONS: 3,
    SWEEP_DISBURSEMENTS: schema.DISBURSEMENT_SHARDS,
    # A scan of an empty table.
    WRITE_PAYPAL_STATEMENT: 1,
}
SWEEP_S: Final = 0.2
WINDOWS_A_DAY: Final = len(read_cutoffs(FEDACH_CUTOFFS))
SWEEP_LOG_BYTES: Final = 500
# Lambda keeps five long polls of 20 seconds open for each mapping of a queue, also while the queue is empty, and a
# maximum concurrency or a batching window takes none away. Its reading of a stream is free.
POLLERS: Final = 5
POLL_S: Final = 20
# Per night: the states and the workers that do not belong to a shard or a slice.
NIGHT_STATES: Final = 13
NIGHT_FUNCTIONS: Final = 4
MINUTES_OF_A_MONTH: Final = DAYS_OF_A_MONTH * 24 * 60


def idle_use(synthesized: Synthesized) -> dict[Item, float]:
    """Return the usage of an idle month, by item of the price table."""
    used: Counter[Item] = Counter()
    runs = 0.0
    for resource in synthesized.all():
        match resource.type:
            case monthly if monthly in PAID_BY_THE_MONTH:
                used[PAID_BY_THE_MONTH[monthly]] += 1
                used[Item.WEB_ACL_RULE_MONTH] += len(resource.properties.get("Rules", []))
            case "AWS::CloudWatch::Alarm":
                used[Item.ALARM_METRIC_MONTH] += metrics_of(resource)
            case "AWS::DynamoDB::Table":
                if resource.properties["BillingMode"] != "PAY_PER_REQUEST":
                    raise AssertionError(f"{resource} is paid for by the hour")
            case "AWS::Lambda::EventSourceMapping":
                used[Item.QUEUE_REQUEST] += polls_a_month(resource)
            case known if known in COSTS_NOTHING_UNUSED:
                pass
            case other:
                raise AssertionError(f"{resource}: what does an unused {other} cost?")
        if resource.type == "AWS::Events::Rule":
            name = resource.properties["Name"].removeprefix(f"paysandbox-{synthesized.environment.name}-")
            if name in SWEEPS:
                used += of_sweep(name, runs_a_month(resource), traces=traces_of_a_worker(synthesized))
            else:
                runs += runs_a_month(resource)
    used += of_nights(len(synthesized.all("AWS::StepFunctions::StateMachine")))
    return dict(used + of_probe(synthesized, runs)) if runs else dict(used)


def metrics_of(alarm: Resource) -> int:
    """Return the number of metrics that an alarm is billed for."""
    queries = alarm.properties.get("Metrics", [])
    return sum("MetricStat" in query for query in queries) or 1


def polls_a_month(mapping: Resource) -> int:
    """Return the empty receives of a mapping's queue, or 0 for a stream."""
    if "ScalingConfig" not in mapping.properties:
        if "StartingPosition" not in mapping.properties:
            raise AssertionError(f"{mapping}: is this a queue or a stream?")
        return 0
    return POLLERS * MINUTES_OF_A_MONTH * 60 // POLL_S


def runs_a_month(rule: Resource) -> float:
    if rule.properties["ScheduleExpression"] == NIGHTLY:
        return DAYS_OF_A_MONTH
    found = re.fullmatch(r"rate\((\d+) minutes?\)", rule.properties["ScheduleExpression"])
    if found is None:
        raise AssertionError(f"{rule}: how often is {rule.properties['ScheduleExpression']}?")
    return MINUTES_OF_A_MONTH / int(found[1])


def of_probe(synthesized: Synthesized, runs: float) -> Counter[Item]:
    """Return the probe's usage in `runs` runs: two requests each, one of which writes a payment and is stored."""
    kept_gb = runs * synthesized.environment.retention_days / DAYS_OF_A_MONTH * schema_bytes() / BYTES_OF_A_GB
    use: Counter[Item] = Counter()
    per_run = {
        Item.GATEWAY_REQUEST: PROBE_REQUESTS,
        Item.FUNCTION_REQUEST: PROBE_FUNCTIONS,
        Item.FUNCTION_GB_S: PROBE_FUNCTION_S * PAYMENT_MEMORY_MB / 1024,
        Item.WRITE_UNIT: LEDGER_WRITES + REQUEST_LOG_WRITES + FEED_WRITES,
        Item.READ_UNIT: 1,
        Item.LOG_GB: 3 * LOG_BYTES_OF_A_REQUEST / BYTES_OF_A_GB,
        # Of its requests, and where workers are traced its own.
        Item.TRACE: PROBE_REQUESTS + traces_of_a_worker(synthesized) if synthesized.environment.is_traced else 0,
    }
    for item, amount in per_run.items():
        use[item] = amount * runs
    use[Item.METRIC_MONTH] = len(PROBE_COUNTS)
    if synthesized.environment.point_in_time_recovery:
        use[Item.BACKUP_GB_MONTH] = kept_gb  # pyright: ignore[reportArgumentType] - typeshed knows counters of integers only
    return use


def traces_of_a_worker(synthesized: Synthesized) -> int:
    """Return the traces of a run of a worker on a schedule: where workers are traced, the first of each second is."""
    return int(synthesized.environment.tracing == FULL_TRACING)


def of_sweep(name: str, runs: float, *, traces: int) -> Counter[Item]:
    """Return the usage of `runs` sweeps that find nothing, with `traces` each."""
    use = of_bank_days(runs) if name == SWEEP_DISBURSEMENTS else Counter[Item]()
    memory_mb = EXPIRE_MEMORY_MB if name == EXPIRE_PAYMENTS else MEMORY_MB
    per_run = {
        Item.FUNCTION_REQUEST: 1,
        Item.FUNCTION_GB_S: SWEEP_S * memory_mb / 1024,
        Item.READ_UNIT: SWEEPS[name] / 2,
        Item.LOG_GB: SWEEP_LOG_BYTES / BYTES_OF_A_GB,
        Item.TRACE: traces,
    }
    for item, amount in per_run.items():
        use[item] += amount * runs
    return use


def of_bank_days(runs: float) -> Counter[Item]:
    """Return the usage of ACH without payments: two lists of files in each run, and the windows that are closed.

    Each window is frozen, and noted as closed.
    """
    use: Counter[Item] = Counter()
    use[Item.OBJECT_WRITE] = 2 * runs  # pyright: ignore[reportArgumentType] - as above
    use[Item.READ_UNIT] = runs  # pyright: ignore[reportArgumentType] - the same
    use[Item.WRITE_UNIT] = 2 * WINDOWS_A_DAY * DAYS_OF_A_MONTH
    return use


def of_nights(machines: int) -> Counter[Item]:
    """Return the usage of empty nightly settlements: a worker, a choice and an end state for each shard and slice."""
    items = schema.DUE_SHARDS_READ + 2 * schema.ENTRY_SHARDS
    use: Counter[Item] = Counter()
    per_night = {
        Item.STATE_TRANSITION: 3 * items + NIGHT_STATES,
        Item.FUNCTION_REQUEST: items + NIGHT_FUNCTIONS,
        Item.FUNCTION_GB_S: (items + NIGHT_FUNCTIONS) * SWEEP_S * MEMORY_MB / 1024,
        Item.LOG_GB: (items + NIGHT_FUNCTIONS) * SWEEP_LOG_BYTES / BYTES_OF_A_GB,
        Item.WRITE_UNIT: schema.DUE_SHARDS_READ + NIGHT_FUNCTIONS,
        Item.READ_UNIT: 4 * items,
        Item.TRACE: 1,
    }
    for item, amount in per_night.items():
        use[item] = amount * DAYS_OF_A_MONTH * machines
    return use


def schema_bytes() -> int:
    """Return the size of an authorization in the ledger and in each index: at most one write unit, and its keys."""
    return 1024 + 200 * len(schema.INDEXES)


def main() -> None:
    """Print the price of an idle month in US dollars, for each environment on AWS: in all, and by item."""
    for name in names():
        if name != "local":
            use = idle_use(templates_for(env=name))
            lines = {f"{name}, in all": use, **{str(item): {item: amount} for item, amount in use.items()}}
            for line, used in lines.items():
                alone, listed = (usd(used, beyond_free=free) for free in (True, False))
                sys.stdout.write(f"{line:<44} {alone:6.2f} alone in its account {listed:6.2f} at list price\n")
    firewall = usd({Item.WEB_ACL_MONTH: 1, Item.WEB_ACL_RULE_MONTH: 1}, beyond_free=True)
    sys.stdout.write(f"{'The firewall, where it is set':<44} {firewall:6.2f} in addition, without requests\n")


if __name__ == "__main__":
    main()
