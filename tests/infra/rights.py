"""The rights of each function's role, as the templates have them and as the rows of the functions require them.

A row declares grants: actions on a resource. `expected` says once more, independently of `stacks/`, how a grant on each
kind of resource has to appear in a policy: on which resources, under which condition, and with which right to a key.
"""

import importlib
import pkgutil
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import stacks
from api_reference.routes import ROUTES
from paysandbox.aws import resources as of
from paysandbox.aws.resources import Grant, Resource
from paysandbox.aws.schema import CLOCK_ITEM, IDEMPOTENCY_ATTRIBUTES
from paysandbox.aws.settings import FULL_TRACING, ClockSettings, FaultSettings
from paysandbox.http.route import Function, functions_of
from paysandbox.stripe_api.routes import DEPLOYED
from stacks.api.stage_updates import UPDATE_STAGE
from stacks.api.stripe_stack import AUTHORIZE_V1
from stacks.data.secrets_stack import GENERATE_SECRET, VALIDATION
from stacks.environments import Environment
from stacks.operations.dashboard_stack import PUBLISH_DASHBOARD
from stacks.operations.monitoring.probe import PROBE
from stacks.workers.donations_stack import APPLY_STRIPE_EVENTS, SEND_RECEIPTS
from stacks.workers.settlement_stack import EMPTY_BUCKET
from stacks.workers.timer_workers import FIRE_TIMERS
from stacks.workers.webhook_workers import DELIVER_EVENT, PLAN_DELIVERIES, PLAN_QUEUE
from tests.infra.templates import ACCOUNT, REGION, Json, Resource as Declared, Synthesized, listed, statements

Rights = dict[str, set[str]]
"""Actions by readable resource, with the condition if there is one: `PaymentsLedger if …`."""

# --- what the rows require --------------------------------------------------------------------------------------------

TABLE_KEY: Final = "LedgerKey"
SECRETS_KEY: Final = "SecretsKey"

READS: Final = frozenset({"BatchGetItem", "GetItem", "Query", "Scan"})
STREAM_READS: Final = frozenset({"DescribeStream", "GetRecords", "GetShardIterator"})
# AWS: "Amazon DynamoDB Encryption at Rest", for a customer managed key.
KEY_FOR_READS: Final = {"kms:Decrypt", "kms:DescribeKey"}
KEY_FOR_WRITES: Final = {*KEY_FOR_READS, "kms:Encrypt", "kms:GenerateDataKey"}
TAKE: Final = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}

ENCRYPTED_TABLES: Final = (
    *(of.LEDGER, of.LEDGER_STREAM, of.IDEMPOTENCY_RECORDS, of.SHARED_IDEMPOTENCY_RECORDS),
    *(
        of.STRIPE_OBJECTS,
        of.STRIPE_OBJECTS_STREAM,
        of.EPHEMERAL_KEYS,
        of.CONNECTED_ACCOUNTS,
        of.PLATFORMS,
        of.TIMERS,
        of.DISPUTES,
        of.CUSTOMERS,
        of.MERCHANT_FUNDS,
        of.BALANCE_JOURNAL,
        of.DISBURSEMENTS,
        of.DISBURSEMENTS_STREAM,
        of.SEARCH_INDEX,
    ),
    *(of.DONATIONS, of.DONATIONS_STREAM),
)
OTHER_TABLES: Final = (
    *(of.API_KEYS, of.MERCHANT_SETTINGS, of.REQUEST_LOG, of.FEED, of.ENDPOINTS, of.EVENTS, of.DELIVERIES, of.INBOX),
    *(of.SETTLEMENT_ENTRIES, of.SETTLEMENT_BATCHES),
)
QUEUES: Final = (
    *(of.DEAD_REQUESTS, of.DELIVERY_QUEUE, of.UNHEALTHY_QUEUE, of.DEAD_DELIVERIES, of.TIMER_QUEUE),
    *(of.PAYMENT_QUEUE, of.DEAD_PAYMENTS, of.NOTIFICATION_QUEUE),
)
FAULT_ACTIONS: Final = ("GetItem", "PutItem", "Query", "UpdateItem")
"""Of a function into whose requests faults are injected."""
CONSUMED: Final = {
    PLAN_DELIVERIES: (PLAN_QUEUE,),
    DELIVER_EVENT: (of.DELIVERY_QUEUE.name, of.UNHEALTHY_QUEUE.name),
    APPLY_STRIPE_EVENTS: (of.PAYMENT_QUEUE.name,),
    SEND_RECEIPTS: (of.NOTIFICATION_QUEUE.name,),
    FIRE_TIMERS: (of.TIMER_QUEUE.name,),
}
"""The queues from which Lambda invokes a worker, whose role needs the rights to take messages."""


@dataclass(frozen=True)
class Form:
    """How a grant on a resource appears in a policy: the service of its actions, the resources, and the condition."""

    service: str
    places: tuple[str, ...]
    condition: Json | None = None


def form(resource: Resource, environment: Environment) -> Form:
    """Return the form of grants on a resource. Raises KeyError for a resource that the table does not have."""
    moves, sender = environment.clock_may_move, environment.receipts_from
    claims, payments = "clm_*", "auth_*"
    forms = {
        **{table: Form("dynamodb", (table.name,)) for table in (*ENCRYPTED_TABLES, *OTHER_TABLES)},
        **{queue: Form("sqs", (_id(queue.name),)) for queue in QUEUES},
        # By name, from other stacks than the queue's.
        of.FAILED_RUNS: Form("sqs", (f"sqs {of.FAILED_RUNS.name}",)),
        **{one: Form("ssm", (_parameter(name),)) for one, name in parameters(environment).items()},
        of.STRIPE_PUBLISHABLE_KEY: Form("ssm", (_parameter(environment.stripe_publishable_parameter),)),
        **{one: Form("secretsmanager", (_secret(name),)) for one, name in generated_secrets(environment).items()},
        # The records of idempotency keys are items of the ledger. Whoever binds a key may not write a payment.
        of.IDEMPOTENCY_RECORDS: Form(
            "dynamodb", (of.LEDGER.name,), {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [claims]}}
        ),
        of.SHARED_IDEMPOTENCY_RECORDS: Form(
            "dynamodb",
            (of.LEDGER.name,),
            {
                "ForAllValues:StringLike": {
                    "dynamodb:LeadingKeys": [claims, payments],
                    "dynamodb:Attributes": [*IDEMPOTENCY_ATTRIBUTES],
                }
            },
        ),
        # Whoever enters what payments and batches moved may write no funds.
        of.BALANCE_JOURNAL: Form(
            "dynamodb",
            (of.MERCHANT_FUNDS.name,),
            {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["journal#*"]}},
        ),
        # The authorizer may read no other object.
        of.EPHEMERAL_KEYS: Form(
            "dynamodb",
            (of.STRIPE_OBJECTS.name,),
            {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["ephemeral_key#*"]}},
        ),
        # Whoever looks for the account of a request may read no other object.
        of.CONNECTED_ACCOUNTS: Form(
            "dynamodb",
            (of.STRIPE_OBJECTS.name,),
            {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["account#*"]}},
        ),
        of.PLATFORMS: Form(
            "dynamodb",
            (of.STRIPE_OBJECTS.name,),
            {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["platform#*"]}},
        ),
        of.TOPIC: Form("sns", ("WebhookTopic",)),
        of.UNPUBLISHED_EVENTS: Form("sqs", ("parked",)),
        of.REPORTS: Form("s3", ("reports/*",)),
        of.ACH_FILES: Form("s3", ("reports/ach/*",)),
        of.ACH_FILE_NAMES: Form("s3", ("reports",), {"StringLike": {"s3:prefix": "ach/*"}}),
        # Only where the clock may move.
        of.CLOCK: Form(
            "dynamodb",
            ("dynamodb table/MerchantSettings",) if moves else (),
            {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [CLOCK_ITEM]}},
        ),
        of.FAULTS: Form("dynamodb", ("dynamodb table/Faults",) if moves else ()),
        of.DUE_WORK: Form(
            "lambda",
            tuple(f"lambda function:{name}" for name in ("expire_payments", "sweep_deliveries", "sweep_disbursements"))
            if moves
            else (),
        ),
        # SES in its sandbox asks for the right to the recipient's identity too. The condition names the sender.
        of.RECEIPT_SENDER: Form(
            "ses",
            ("ses identity/*", "ses configuration-set/receipts") if sender else (),
            {"StringEquals": {"ses:FromAddress": sender}},
        ),
    }
    if not environment.punctual_timers:
        forms[of.TIMER_QUEUE] = Form("sqs", ())
    return forms[resource]


def parameters(environment: Environment) -> Mapping[Resource, str]:
    """Return the names of the secrets in Parameter Store, which operators set."""
    return {
        of.STRIPE_SECRET_KEY: f"{environment.donations_secrets_prefix}/STRIPE_SECRET_KEY",
        of.STRIPE_WEBHOOK_SECRET: f"{environment.donations_secrets_prefix}/STRIPE_WEBHOOK_SECRET",
        of.PAYPAL_CREDENTIALS: f"{environment.disbursements_secrets_prefix}/PAYPAL_CREDENTIALS",
    }


def generated_secrets(environment: Environment) -> Mapping[Resource, str]:
    """Return the names of the secrets in Secrets Manager."""
    ours = f"/paysandbox/{environment.name}"
    return {of.HASHING_KEYS: f"{ours}/pepper", of.WEBHOOK_SECRET: f"{ours}/webhooks"}


def expected(name: str, environment: Environment, log: str | None = None) -> Rights:
    """Return the rights that a function has to have, and no others. Raises KeyError if there is no such row.

    `log` is the log group that the function shares with others; None: it has its own.
    """
    row = row_of(name, environment)
    rights = _of_log(name, log)
    if _is_traced(row, environment):
        rights["*"] = {"xray:PutTelemetryRecords", "xray:PutTraceSegments"}
    # Where the clock may move, functions read it, and look for faults.
    common = [Grant(of.CLOCK, ("GetItem",))] if ClockSettings in row.settings else []
    common += [Grant(of.FAULTS, FAULT_ACTIONS)] if FaultSettings in row.settings else []
    for grant in (*row.grants, *common):
        for place, actions in _granted(grant, environment):
            rights.setdefault(place, set()).update(actions)
    for queue in CONSUMED.get(name, ()):
        rights.setdefault(_id(queue), set()).update(TAKE)
    for place, actions in _of_deployment(name, environment).items():
        rights.setdefault(place, set()).update(actions)
    return rights


def _of_log(name: str, log: str | None) -> Rights:
    if log is None:
        return {_id(f"{name}_log"): {"logs:CreateLogStream", "logs:PutLogEvents"}}
    # AWS Lambda developer guide, "Configuring CloudWatch log groups": YYYY/MM/DD/function[version][ID].
    return {log: {"logs:CreateLogStream"}, f"logs log-group:{log}:log-stream:*/{name}[*": {"logs:PutLogEvents"}}


def _granted(grant: Grant, environment: Environment) -> Iterator[tuple[str, set[str]]]:
    """Yield the rights of one grant, and those to the key under which its resource is encrypted."""
    how = form(grant.resource, environment)
    for place in how.places:
        index = f"/index/{grant.index.name}" if grant.index else ""
        yield place + index + _condition(how.condition), {f"{how.service}:{action}" for action in grant.actions}
    if environment.customer_key and grant.resource in ENCRYPTED_TABLES:
        reads_only = READS.union(STREAM_READS).issuperset(grant.actions)
        via = {"StringEquals": {"kms:ViaService": f"dynamodb.{REGION}.amazonaws.com"}}
        yield TABLE_KEY + _condition(via), KEY_FOR_READS if reads_only else KEY_FOR_WRITES
    if environment.secrets_key == "customer":
        if grant.resource in parameters(environment):
            yield SECRETS_KEY + _only_for("ssm", "PARAMETER_ARN", *how.places), {"kms:Decrypt"}
        if grant.resource in generated_secrets(environment):
            yield SECRETS_KEY + _only_for("secretsmanager", "SecretARN", *how.places), {"kms:Decrypt"}


def _is_traced(row: Function, environment: Environment) -> bool:
    by_api = bool(row.routes) or row.name == AUTHORIZE_V1
    return environment.tracing == FULL_TRACING or (environment.tracing != "off" and by_api)


def _of_deployment(name: str, environment: Environment) -> Rights:
    """Return the rights beyond its row of a function that works for the deployment or for the operator."""
    secrets = [_secret(name) for name in generated_secrets(environment).values()]
    may_delete = set[str]() if environment.keep_data else {"secretsmanager:DeleteSecret"}
    may_create = {"secretsmanager:CreateSecret", "secretsmanager:UpdateSecret", *may_delete}
    under_key = _only_for("secretsmanager", "SecretARN", *secrets, VALIDATION)
    has_key = environment.secrets_key == "customer"
    table: dict[str, Rights] = {
        # A secret of an earlier deployment is under that deployment's key.
        GENERATE_SECRET.name: {
            **{one: may_create for secret in secrets for one in (secret, secret.removesuffix("-??????"))},
            "kms key/*" + under_key: {"kms:Decrypt"},
            **({SECRETS_KEY + under_key: {"kms:Encrypt", "kms:GenerateDataKey"}} if has_key else {}),
        },
        EMPTY_BUCKET.name: {
            "reports": {"s3:GetBucketTagging", "s3:ListBucketVersions"},
            "reports/*": {"s3:DeleteObject", "s3:DeleteObjectVersion"},
        },
        UPDATE_STAGE.name: {
            "apigateway /restapis/native/stages/live": {"apigateway:GET", "apigateway:PATCH"},
            "apigateway /restapis/v1/stages/v1": {"apigateway:GET", "apigateway:PATCH"},
        },
        PUBLISH_DASHBOARD.name: {
            "s3 site": {"s3:ListBucketVersions"},
            "s3 site/*": {"s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObject"},
            "cloudfront distribution/distribution": {"cloudfront:CreateInvalidation"},
        },
        PROBE: {
            "apigateway /usageplans/probeplan/keys": {"apigateway:GET", "apigateway:POST"},
            "apigateway /apikeys": {"apigateway:POST"},
        },
    }
    return table.get(name, {})


def _only_for(service: str, context: str, *places: str) -> str:
    """Return the condition under which a key opens these secrets and nothing else that is encrypted with it."""
    through = {"kms:ViaService": f"{service}.{REGION}.amazonaws.com"}
    return _condition({"StringLike": {f"kms:EncryptionContext:{context}": [*places]}, "StringEquals": through})


def _id(construct: str) -> str:
    """Return the ID that CDK makes of a construct's: letters and digits."""
    return re.sub(r"\W|_", "", construct)


def _parameter(name: str) -> str:
    return f"ssm parameter{name}"


def _secret(name: str) -> str:
    return f"secretsmanager secret:{name}-??????"


# --- the rows ---------------------------------------------------------------------------------------------------------


def row_of(name: str, environment: Environment) -> Function:
    """Return the row of a function: of its routes, or the worker's in its stack."""
    found = rows()[name]
    if name == AUTHORIZE_V1:
        # One row for a laptop, where it stores keys at first sight, and one for AWS, where it only reads.
        return max(found, key=_actions) if environment.accept_unknown_keys else min(found, key=_actions)
    (row,) = found
    return row


def _actions(row: Function) -> int:
    return sum(len(grant.actions) for grant in row.grants)


@cache
def rows() -> Mapping[str, tuple[Function, ...]]:
    """Return the rows of all functions by their names. One function has two, of which an environment uses one."""
    found: dict[str, list[Function]] = {row.name: [row] for row in functions_of((*ROUTES, *DEPLOYED))}
    for module in pkgutil.walk_packages(stacks.__path__, "stacks."):
        for value in vars(importlib.import_module(module.name)).values():
            for one in value if isinstance(value, tuple) else (value,):
                if isinstance(one, Function) and one not in found.setdefault(one.name, []):
                    found[one.name].append(one)
    return {name: tuple(rows) for name, rows in found.items()}


# --- what the templates have ------------------------------------------------------------------------------------------

# A stack that imports nothing of another names that one's resources by their ARNs.
SAME: Final = {"sns WebhookTopic": "WebhookTopic", "sqs publish_event-parked": "parked"}

_EXPORTED: Final = re.compile(r":ExportsOutput(?:Ref|FnGetAtt)(\w+?)(?:[0-9A-F]{8})(StreamArn|Arn)?[0-9A-F]{8}$")
_GENERATED: Final = re.compile(r"[0-9A-F]{8}$")
_ARN: Final = re.compile(rf"arn:aws:(\w+):(?:{REGION})?:(?:{ACCOUNT})?:")
_PSEUDO: Final = {"AWS::Partition": "aws", "AWS::Region": REGION, "AWS::AccountId": ACCOUNT}


def differences(synthesized: Synthesized) -> dict[str, tuple[set[str], set[str]]]:
    """Return the actions that a role has and those that it has to have, by function and resource where they differ."""
    found: dict[str, tuple[set[str], set[str]]] = {}
    shared = synthesized.environment.shared_logs
    logs = {
        _name(function, synthesized): _place(function.properties["LoggingConfig"]["LogGroup"]) if shared else None
        for function in synthesized.all("AWS::Lambda::Function")
    }
    for name, has in rights(synthesized).items():
        requires = expected(name, synthesized.environment, logs[name])
        for place in {*has, *requires}:
            both = has.get(place, set()), requires.get(place, set())
            if both[0] != both[1]:
                found[f"{name}: {place}"] = both
    return found


def rights(synthesized: Synthesized) -> dict[str, Rights]:
    """Return the rights of each function's role."""
    return {
        _name(function, synthesized): _rights_of(function, synthesized)
        for function in synthesized.all("AWS::Lambda::Function")
    }


def _name(function: Declared, synthesized: Synthesized) -> str:
    return function.properties["FunctionName"].removeprefix(synthesized.environment.named(""))


def _rights_of(function: Declared, synthesized: Synthesized) -> Rights:
    id_of_role = function.properties["Role"]["Fn::GetAtt"][0]
    (role,) = (one for one in synthesized.all("AWS::IAM::Role") if (one.stack, one.id) == (function.stack, id_of_role))
    assert "ManagedPolicyArns" not in role.properties, role
    mine: Rights = {}
    for policy in [*synthesized.policies(), *synthesized.all("AWS::IAM::ManagedPolicy")]:
        if not is_attached(policy, function.stack, id_of_role):
            continue
        for statement in statements(policy):
            assert statement["Effect"] == "Allow", policy
            assert set(statement) <= {"Action", "Condition", "Effect", "Resource", "Sid"}, policy
            for resource in listed(statement["Resource"]):
                place = _place(resource).replace(synthesized.environment.named(""), "")
                condition = _condition(statement.get("Condition")).replace(synthesized.environment.named(""), "")
                mine.setdefault(SAME.get(place, place) + condition, set()).update(listed(statement["Action"]))
    return mine


def is_attached(policy: Declared, stack: str, id_of_role: str) -> bool:
    """Return whether a policy belongs to a role of this stack whose logical ID begins like that."""
    for role in policy.properties["Roles"]:
        if "Ref" in role and policy.stack == stack and role["Ref"].startswith(id_of_role):
            return True
        if role.get("Fn::ImportValue", "").startswith(f"{stack}:ExportsOutputRef{id_of_role}"):
            return True
    return False


def _place(resource: Any) -> str:
    """Return a readable name of a resource: without this account, this region, and generated letters."""
    if isinstance(resource, str):
        return _ARN.sub(r"\1 ", resource)
    ((intrinsic, value),) = resource.items()
    if intrinsic == "Ref":
        return _PSEUDO.get(value) or _GENERATED.sub("", value)
    if intrinsic == "Fn::GetAtt":
        name, attribute = value
        return _GENERATED.sub("", name) + attribute.removesuffix("Arn")
    if intrinsic == "Fn::ImportValue":
        exported = _EXPORTED.search(value)
        assert exported is not None, value
        return exported[1] + (exported[2] or "").removesuffix("Arn")
    assert intrinsic == "Fn::Join", resource
    return _ARN.sub(r"\1 ", "".join(_place(part) for part in value[1]))


def _condition(condition: Json | None) -> str:
    return "" if condition is None else f" if {_plain(condition)}"


def _plain(value: Any) -> str:
    if isinstance(value, dict) and not any(key.startswith("Fn::") or key == "Ref" for key in value):
        return ", ".join(f"{key}={_plain(inner)}" for key, inner in sorted(value.items()))
    if isinstance(value, list):
        return " or ".join(sorted(_plain(inner) for inner in value))
    return _place(value)
