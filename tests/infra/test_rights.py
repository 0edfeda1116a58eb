"""Least privilege: rules for every role, and for each function exactly the rights of its row."""

import copy
import json
import re
from collections.abc import Callable

import pytest
from cfnlint.data import AdditionalSpecs
from cfnlint.helpers import load_resource

from api_reference.routes import ROUTES
from paysandbox.aws.resources import (
    BIND_KEY,
    BIND_SHARED_KEY,
)
from paysandbox.aws.schema import (
    API_KEYS,
    CLOCK_ITEM,
    CUSTOMERS,
    DELIVERIES,
    DISBURSEMENTS,
    DISPUTES,
    DONATIONS,
    ENDPOINTS,
    EVENTS,
    FAULTS as FAULTS_TABLE,
    FEED,
    IDEMPOTENCY_ATTRIBUTES,
    INBOX,
    LEDGER,
    MERCHANT_FUNDS,
    MERCHANT_SETTINGS,
    OPEN_RECEIPTS,
    RECENT_DONATIONS,
    REQUEST_LOG,
    SETTLEMENT_BATCHES,
    SETTLEMENT_ENTRIES,
    STRIPE_OBJECTS,
    TIMERS,
)
from paysandbox.clock.due_sweeps import SWEEPS
from paysandbox.http.route import Api, functions_of
from paysandbox.stripe_api import routes as stripe_api
from stacks.api.aliases import called_name
from stacks.api.payments_stack import EXPIRE_PAYMENTS
from stacks.api.stage_updates import UPDATE_STAGE
from stacks.api.stripe_stack import AUTHORIZE_V1
from stacks.data.secrets_stack import VALIDATION
from stacks.operations.dashboard_stack import PUBLISH_DASHBOARD
from stacks.operations.monitoring.probe import PROBE
from stacks.operations.removals_stack import REFUSE_REMOVALS
from stacks.workers.donations_stack import (
    APPLY_STRIPE_EVENTS,
    PUBLISH_DONATION_EVENTS,
    SEND_RECEIPTS,
    SWEEP_DONATIONS,
)
from stacks.workers.settlement_machine import (
    ANNOUNCE,
    CLOSE_BATCH,
    CLOSE_BOOKS,
    COLLECT_ENTRIES,
    FAIL_BATCH,
    OPEN_BATCH,
    WORKERS,
    WRITE_REPORTS,
)
from stacks.workers.settlement_stack import EMPTY_BUCKET
from stacks.workers.timer_workers import FIRE_TIMERS, STORE_TIMERS
from stacks.workers.webhook_workers import DELIVER_EVENT, PLAN_DELIVERIES, SWEEP_DELIVERIES
from tests.infra.rights import FAULT_ACTIONS, differences, is_attached, rights, rows
from tests.infra.templates import ACCOUNT, Json, Resource, Synthesized, listed, statements, templates_for, text

IAM_REFERENCE: dict[str, Json] = load_resource(AdditionalSpecs, "Policies.json")
"""The actions of every service, with the types of resources that IAM compares each with."""

# Every right over "any" resource, with the reason.
WILDCARDS = {
    "xray:PutTelemetryRecords": "X-Ray has no resources to name",
    "xray:PutTraceSegments": "X-Ray has no resources to name",
    "xray:GetSamplingRules": "the same, of a state machine",
    "xray:GetSamplingTargets": "the same, of a state machine",
    "logs:PutLogEvents": "the streams of one function, whose names have a date and an ID",
    "s3:PutObject": "reports of one bucket, named after merchants whom a deployment cannot know",
    "s3:AbortMultipartUpload": "the same reports, of which an upload failed half way",
    "s3:GetObject": "the same reports, for links to them",
    "s3:DeleteObject": "the same reports, where they go with the stack",
    "s3:DeleteObjectVersion": "the same",
    "ses:SendEmail": "to whom an address belongs is unknown, and SES judges recipients; a condition names the sender",
    "kms:Decrypt": "a pepper left by an earlier deployment lies under a key unknown here; conditions name it",
}

TABLES = (
    LEDGER,
    STRIPE_OBJECTS,
    TIMERS,
    DISPUTES,
    API_KEYS,
    MERCHANT_SETTINGS,
    REQUEST_LOG,
    FEED,
    ENDPOINTS,
    EVENTS,
    DELIVERIES,
    INBOX,
    SETTLEMENT_ENTRIES,
    SETTLEMENT_BATCHES,
    DONATIONS,
    CUSTOMERS,
    MERCHANT_FUNDS,
    DISBURSEMENTS,
)
FUNCTIONS = functions_of(ROUTES + stripe_api.ROUTES)

# AWS can change its managed policies, so a function's role has none.
ROLES_WITH_MANAGED_POLICY = {
    "AWSCodeDeployRoleForLambdaLimited": "what CodeDeploy demands for moving aliases; no function has it",
    "AmazonAPIGatewayPushToCloudWatchLogs": "what API Gateway demands of the account's logging role",
}


OF_CLOCK = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [CLOCK_ITEM]}}
"""The condition of a right to the clock's item, in a table of other items."""


def policies(synthesized: Synthesized) -> list[tuple[Resource, Json]]:
    return [(policy, statement) for policy in synthesized.policies() for statement in statements(policy)]


def rights_of(synthesized: Synthesized, function: str) -> list[Json]:
    """Return the statements of a function's role, except those of every function (log, trace, time)."""
    role = function.replace("_", "") + "role"
    found = [s for p, s in policies(synthesized) if _is_of(p, role)]
    everyones = ("logs:CreateLogStream", "logs:PutLogEvents", "xray:PutTelemetryRecords")
    return [
        statement
        for statement in found
        if not set(everyones) & set(listed(statement["Action"])) and not _reads_clock(statement)
    ]


def _reads_clock(statement: Json) -> bool:
    return statement.get("Condition") == OF_CLOCK and listed(statement["Action"]) == ["dynamodb:GetItem"]


def test_no_action_is_a_wildcard(synthesized: Synthesized) -> None:
    for policy, statement in policies(synthesized):
        assert "*" not in "".join(listed(statement["Action"])), policy
        assert statement["Effect"] == "Allow", policy
        assert not {"NotAction", "NotResource"} & set(statement), policy


def test_every_wildcard_resource_has_a_reason(synthesized: Synthesized) -> None:
    for policy, statement in policies(synthesized):
        for resource in listed(statement["Resource"]):
            if "*" in text(resource):
                assert set(listed(statement["Action"])) <= set(WILDCARDS), policy


def has_resource_type(action: str) -> bool:
    """Return whether IAM compares this action with an ARN, by the reference that cfn-lint has."""
    service, name = action.lower().split(":")
    return "Resources" in IAM_REFERENCE[service]["Actions"][name]


def test_no_action_without_a_resource_type_is_granted_on_an_arn(synthesized: Synthesized) -> None:
    """Such a statement permits nothing: IAM compares the action with `*` only."""
    on_arns = {
        action
        for _, statement in policies(synthesized)
        for action in listed(statement["Action"])
        if [*listed(statement["Resource"])] != ["*"]
    }
    assert {action for action in on_arns if not has_resource_type(action)} == set()


@pytest.mark.parametrize(
    "action, expected",
    [("dynamodb:ListStreams", False), ("dynamodb:GetRecords", True), ("xray:PutTraceSegments", False)],
)
def test_actions_without_a_resource_type_are_known(action: str, expected: bool) -> None:
    assert has_resource_type(action) == expected


def test_managed_policies_need_a_reason(synthesized: Synthesized) -> None:
    for role in synthesized.all("AWS::IAM::Role"):
        for arn in role.properties.get("ManagedPolicyArns", []):
            assert text(arn).rpartition("/")[2].strip('"]} ') in ROLES_WITH_MANAGED_POLICY, role


def test_every_function_has_its_own_role(synthesized: Synthesized) -> None:
    functions = synthesized.all("AWS::Lambda::Function")
    roles = {text(function.properties["Role"]) for function in functions}
    assert len(roles) == len(functions)


def test_each_role_has_exactly_the_rights_of_its_row(synthesized: Synthesized) -> None:
    """Actions, resources and conditions, also of logs, traces and keys."""
    assert differences(synthesized) == {}


def test_every_row_is_deployed(synthesized: Synthesized) -> None:
    """A row that no stack uses would be reviewed for nothing."""
    environment = synthesized.environment
    absent = {
        FIRE_TIMERS: not environment.punctual_timers,
        EMPTY_BUCKET.name: environment.keep_data,
        PROBE: environment.probe_every_minutes is None,
        **dict.fromkeys((PUBLISH_DASHBOARD.name, REFUSE_REMOVALS.name, UPDATE_STAGE.name), environment.name == "local"),
    }
    assert {*rights(synthesized)} == {*rows()} - {name for name, is_absent in absent.items() if is_absent}


Change = Callable[[Json], object]

CAPTURE, BIND, READ = "capture_payment", "store_stripe_cards", "get_payment"
SHARED_IDEMPOTENCY = (
    f"{LEDGER} if ForAllValues:StringLike=dynamodb:Attributes={' or '.join(sorted(IDEMPOTENCY_ATTRIBUTES))}, "
    "dynamodb:LeadingKeys=auth_* or clm_*"
)
FAULTS: dict[str, tuple[str, str, Change, set[str]]] = {
    "one action more": (
        *(CAPTURE, "PaymentsLedger"),
        lambda right: right.update(Action=[*right["Action"], "dynamodb:DeleteItem"]),
        {LEDGER},
    ),
    "one action less": (
        CAPTURE,
        "dynamodb:UpdateItem",
        lambda right: right["Action"].remove("dynamodb:PutItem"),
        {LEDGER},
    ),
    "any resource": (CAPTURE, "PaymentsLedger", lambda right: right.update(Resource="*"), {LEDGER, "*"}),
    "another table": (
        *(CAPTURE, "PaymentsLedger"),
        lambda right: right.update(Resource={"Fn::GetAtt": ["Timers0A1B2C3D", "Arn"]}),
        {LEDGER, TIMERS},
    ),
    "another account": (
        *(CAPTURE, "secretsmanager:GetSecretValue"),
        lambda right: right.update(Resource="arn:aws:secretsmanager:*:*:secret:/paysandbox/prod/pepper-??????"),
        {
            "secretsmanager secret:/paysandbox/prod/pepper-??????",
            "arn:aws:secretsmanager:*:*:secret:/paysandbox/prod/pepper-??????",
        },
    ),
    "no condition": (
        *(BIND, "dynamodb:Attributes"),
        lambda right: right.pop("Condition"),
        {SHARED_IDEMPOTENCY, LEDGER},
    ),
    "any attributes": (
        *(BIND, "dynamodb:Attributes"),
        lambda right: right["Condition"]["ForAllValues:StringLike"].pop("dynamodb:Attributes"),
        {SHARED_IDEMPOTENCY, f"{LEDGER} if ForAllValues:StringLike=dynamodb:LeadingKeys=auth_* or clm_*"},
    ),
    "any log": (READ, "logs:CreateLogStream", lambda right: right.update(Resource="*"), {"requestslog", "*"}),
    "others' streams": (
        *(READ, "logs:PutLogEvents"),
        lambda right: right.update(Resource={"Fn::GetAtt": ["requestslog0A1B2C3D", "Arn"]}),
        {"requestslog", "logs log-group:requestslog:log-stream:*/get_payment[*"},
    ),
    "another right to traces": (
        *(READ, "xray:PutTraceSegments"),
        lambda right: right["Action"].append("xray:GetTraceSummaries"),
        {"*"},
    ),
    "to write under a key": (
        *(READ, "kms:DescribeKey"),
        lambda right: right["Action"].append("kms:GenerateDataKey"),
        {"LedgerKey if StringEquals=kms:ViaService=dynamodb.eu-west-1.amazonaws.com"},
    ),
}
"""Changes of the policies of prod: of which function, of its statement about what, and where they are found."""


@pytest.mark.parametrize("function, about, change, places", FAULTS.values(), ids=FAULTS)
def test_a_wrong_right_is_found(function: str, about: str, change: Change, places: set[str]) -> None:
    synthesized = copy.deepcopy(templates_for(env="prod"))
    (right,) = (
        right
        for policy, right in policies(synthesized)
        if _is_of(policy, function.replace("_", "") + "role") and about in json.dumps(right)
    )
    change(right)
    assert {*differences(synthesized)} == {f"{function}: {place}" for place in places}


def test_only_the_stripe_compatible_api_binds_keys_for_all_its_routes() -> None:
    binding = [row for row in FUNCTIONS if {BIND_KEY, BIND_SHARED_KEY} & {*row.grants}]
    assert binding
    for row in binding:
        assert (BIND_SHARED_KEY in row.grants) is (row.routes[0].api is Api.V1), row.name


def test_authorizer_may_only_get_single_keys(synthesized: Synthesized) -> None:
    """Listing digests would reveal the number of keys; writing one creates a merchant, which only a laptop allows."""
    of_tables = [
        right for right in rights_of(synthesized, AUTHORIZE_V1) if "dynamodb:GetItem" in listed(right["Action"])
    ]
    right, ephemeral = sorted(of_tables, key=lambda right: "Condition" in right)
    others = [right for right in rights_of(synthesized, AUTHORIZE_V1) if right not in of_tables]
    writes = ["dynamodb:PutItem", "dynamodb:UpdateItem"] if synthesized.environment.name == "local" else []
    assert listed(right["Action"]) == ["dynamodb:GetItem", *writes]
    assert tables_of(right) == {API_KEYS}
    assert (listed(ephemeral["Action"]), tables_of(ephemeral)) == (["dynamodb:GetItem"], {STRIPE_OBJECTS})
    assert ephemeral["Condition"] == {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["ephemeral_key#*"]}}
    actions = {action for other in others for action in listed(other["Action"])}
    of_keys = {action for action in actions if action.startswith("kms:")}
    assert actions - of_keys == {"secretsmanager:GetSecretValue"}, "the hashing keys, for ephemeral keys"


def test_other_functions_cannot_read_key_records(synthesized: Synthesized) -> None:
    for policy, statement in policies(synthesized):
        if API_KEYS in text(statement["Resource"]):
            assert _is_of(policy, "authorizev1role"), policy
            assert len(policy.properties["Roles"]) == 1


def tables_of(right: Json) -> set[str]:
    """Return the tables of a right, or `table/index`."""
    resources = right["Resource"] if isinstance(right["Resource"], list) else [right["Resource"]]
    found: set[str] = set()
    for named in map(text, resources):
        table = re.search("|".join(TABLES), named)
        index = re.search(r"/index/(\w+)", named)
        assert table is not None, named
        found.add(f"{table[0]}/{index[1]}" if index else table[0])
    return found


def test_request_log_writer_may_only_write(synthesized: Synthesized) -> None:
    found: dict[str, list[str]] = {}
    for right in rights_of(synthesized, "store_requests"):
        found.setdefault(text(right["Action"]), []).extend(text(one) for one in listed(right["Resource"]))
    assert set(found) == {"dynamodb:BatchWriteItem", "sqs:SendMessage"}
    log, feed = sorted(found["dynamodb:BatchWriteItem"], key=lambda arn: "Feed" in arn)
    assert ("RequestLog" in log, "Feed" in feed) == (True, True)
    (dead,) = found["sqs:SendMessage"]
    assert "deadrequests" in dead


def test_reader_of_the_feed_may_only_query_it(synthesized: Synthesized) -> None:
    (right,) = rights_of(synthesized, "read_feed")
    assert right["Action"] == "dynamodb:Query"
    assert tables_of(right) == {FEED}


@pytest.mark.parametrize(
    "publisher, table",
    [("publish_event", LEDGER), ("publish_object_events", "StripeObjects"), (PUBLISH_DONATION_EVENTS, DONATIONS)],
)
def test_publisher_may_only_read_the_stream_and_publish(synthesized: Synthesized, publisher: str, table: str) -> None:
    """AWS requires `sns:Publish` for batches of ten too. The first two readers also complete Checkout sessions. The
    ledger's attaches cards that payments save, and enters what they move into the journal of balances. That of objects
    gives the amounts of payouts back. Both enter names into the search index."""
    found: dict[str, str] = {}
    for right in rights_of(synthesized, publisher):
        for action in listed(right["Action"]):
            found[action] = found.get(action, "") + text(right["Resource"])
    reading = {f"dynamodb:{action}" for action in ("DescribeStream", "GetRecords", "GetShardIterator")}
    under_key = {"kms:Decrypt", "kms:DescribeKey"} if synthesized.environment.customer_key else set()
    saving = {"dynamodb:GetItem", "dynamodb:PutItem"} if table in (LEDGER, STRIPE_OBJECTS) else set[str]()
    if saving and under_key:
        under_key |= {"kms:Encrypt", "kms:GenerateDataKey"}
    of_funds = {
        LEDGER: {"dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"},
        STRIPE_OBJECTS: {"dynamodb:PutItem", "dynamodb:UpdateItem"},
    }.get(table, set[str]())
    indexing = {"dynamodb:BatchWriteItem"} if saving else set[str]()
    assert set(found) == reading | under_key | saving | of_funds | indexing | {"sns:Publish", "sqs:SendMessage"}
    assert all("SearchIndex" in found[action] for action in indexing)
    assert all("StripeObjects" in found[action] for action in saving)
    assert all("MerchantFunds" in found[action] for action in of_funds)
    assert all(re.search(f"{table}.*StreamArn", found[action]) for action in reading)
    assert "WebhookTopic" in found["sns:Publish"]
    assert "parked" in found["sqs:SendMessage"]


def test_webhook_workers_have_exactly_their_rights(synthesized: Synthesized) -> None:
    """The expected rights map each action to its tables, indexes, queues or topic."""

    def found(name: str) -> dict[str, list[str]]:
        rights: dict[str, list[str]] = {}
        for statement in rights_of(synthesized, name):
            for action in listed(statement["Action"]):
                rights.setdefault(action, []).extend(text(one) for one in listed(statement["Resource"]))
        return rights

    taking = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}
    plan, deliver, sweep = (found(name) for name in (PLAN_DELIVERIES, DELIVER_EVENT, SWEEP_DELIVERIES))
    under_key = {"kms:Decrypt", "kms:DescribeKey"} if synthesized.environment.customer_key else set[str]()
    secret = {"secretsmanager:GetSecretValue"} | ({"kms:Decrypt"} if _has_key(synthesized) else set())
    # The key from which an intent's client secret is derived, which its events show.
    assert set(plan) == taking | under_key | secret | {
        "dynamodb:BatchGetItem",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "sqs:SendMessage",
    }
    # The payment, and the platform of a connected account.
    payment, platform = plan["dynamodb:GetItem"]
    assert "PaymentsLedger" in payment
    assert "StripeObjects" in platform
    assert len(plan["dynamodb:PutItem"]) == 2
    assert len(plan["sqs:ReceiveMessage"]) == 1
    (read,) = plan["secretsmanager:GetSecretValue"]
    assert read.rstrip('"]}').endswith("/pepper-??????")
    # Where the clock may move, it looks for faults.
    of_faults = {"dynamodb:GetItem", "dynamodb:Query"} if synthesized.environment.clock_may_move else set[str]()
    assert set(deliver) == taking | secret | of_faults | {
        "dynamodb:BatchGetItem",
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
        "sqs:SendMessage",
        "sns:Publish",
    }
    assert not any("Events" in resource for resource in deliver["dynamodb:UpdateItem"] + deliver["dynamodb:PutItem"])
    assert len(deliver["dynamodb:PutItem"]) == (2 if of_faults else 1)
    assert set(sweep) == {"dynamodb:Query", "dynamodb:BatchGetItem", "dynamodb:UpdateItem", "sqs:SendMessage"}
    (index,) = sweep["dynamodb:Query"]
    assert "/index/by_due" in index


def test_the_public_inbox_may_read_endpoints_and_write_the_inbox_only(synthesized: Synthesized) -> None:
    """Its URL is open to everybody. It cannot read a webhook that is in an inbox."""
    found = {
        action: text(statement["Resource"])
        for statement in rights_of(synthesized, "receive_webhook")
        for action in listed(statement["Action"])
    }
    writes = {f"dynamodb:{write}Item" for write in ("Delete", "Put", "Update")}
    assert set(found) - {"kms:Decrypt"} == writes | {"dynamodb:GetItem", "secretsmanager:GetSecretValue"}
    assert ENDPOINTS in found["dynamodb:GetItem"]
    assert all(INBOX in found[write] for write in writes)
    assert "/webhooks-??????" in found["secretsmanager:GetSecretValue"]


PAYMENTS, RECEIPTS = "donationpayments", "donationnotifications"
TAKING = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}
OF_DONATIONS: dict[str, set[tuple[str, str]]] = {
    "create_donation_intent": {
        (DONATIONS, "dynamodb:GetItem"), (DONATIONS, "dynamodb:PutItem"), (DONATIONS, "dynamodb:UpdateItem"),
        ("STRIPE_SECRET_KEY", "ssm:GetParameter"), ("SecretsKey", "kms:Decrypt"),
    },
    "read_donations": {
        (f"{DONATIONS}/{RECENT_DONATIONS.name}", "dynamodb:Query"), (DONATIONS, "dynamodb:Query"),
        ("STRIPE_PUBLISHABLE_KEY", "ssm:GetParameter"),
    },
    "list_my_donations": {(DONATIONS, "dynamodb:Query")},
    "receive_stripe_event": {
        (PAYMENTS, "sqs:SendMessage"), ("STRIPE_WEBHOOK_SECRET", "ssm:GetParameter"), ("SecretsKey", "kms:Decrypt"),
    },
    APPLY_STRIPE_EVENTS: {(PAYMENTS, action) for action in TAKING} | {
        (DONATIONS, "dynamodb:GetItem"), (DONATIONS, "dynamodb:PutItem"), (DONATIONS, "dynamodb:UpdateItem"),
        (RECEIPTS, "sqs:SendMessage"), (f"{PAYMENTS}dead", "sqs:SendMessage"),
    },
    SEND_RECEIPTS: {(RECEIPTS, action) for action in TAKING} | {
        (DONATIONS, "dynamodb:GetItem"), (DONATIONS, "dynamodb:UpdateItem"),
    },
    SWEEP_DONATIONS: {
        (DONATIONS, "dynamodb:GetItem"), (DONATIONS, "dynamodb:PutItem"), (DONATIONS, "dynamodb:UpdateItem"),
        (f"{DONATIONS}/{RECENT_DONATIONS.name}", "dynamodb:Query"),
        (f"{DONATIONS}/{OPEN_RECEIPTS.name}", "dynamodb:Query"),
        ("STRIPE_SECRET_KEY", "ssm:GetParameter"), ("SecretsKey", "kms:Decrypt"), (RECEIPTS, "sqs:SendMessage"),
        ("failed-runs", "sqs:SendMessage"),
    },
}  # fmt: skip
"""All rights by function, with their resource: a table, `table/index`, a queue, a parameter, a key. Mails are below."""

ON_WHAT = re.compile(
    rf"{DONATIONS}|{FAULTS_TABLE}|{PAYMENTS}dead|{PAYMENTS}|{RECEIPTS}|STRIPE_SECRET_KEY|STRIPE_WEBHOOK_SECRET|STRIPE_PUBLISHABLE_KEY|SecretsKey|failed-runs"
)


@pytest.mark.parametrize("function", OF_DONATIONS)
def test_donation_functions_have_exactly_their_rights(synthesized: Synthesized, function: str) -> None:
    """A function that receives payment events cannot read donors, and one that shows donations cannot read secrets."""
    found: set[tuple[str, str]] = set()
    for statement in rights_of(synthesized, function):
        if "dynamodb." in text(statement.get("Condition", "")) or "ses:SendEmail" in listed(statement["Action"]):
            continue  # the table's own key, and mails, have their own tests
        for resource in map(text, listed(statement["Resource"])):
            on = ON_WHAT.search(resource)
            assert on is not None, resource
            index = re.search(r"/index/(\w+)", resource)
            place = f"{on[0]}/{index[1]}" if index else on[0]
            found |= {(place, action) for action in listed(statement["Action"])}
    of_key = set() if _has_key(synthesized) else {("SecretsKey", "kms:Decrypt")}
    # Faults are injected into merchants' requests, and one of its routes is a merchant's.
    of_faults = (
        {(FAULTS_TABLE, f"dynamodb:{action}") for action in FAULT_ACTIONS}
        if function == "read_donations" and synthesized.environment.clock_may_move
        else set[tuple[str, str]]()
    )
    assert found == (OF_DONATIONS[function] | of_faults) - of_key


def test_only_one_function_sends_mail_from_the_sender(synthesized: Synthesized) -> None:
    sender = synthesized.environment.receipts_from
    mailing = [(p, s) for p, s in policies(synthesized) if "ses:" in text(s["Action"])]
    if sender is None:
        assert mailing == []
        return
    ((policy, right),) = mailing
    assert _is_of(policy, SEND_RECEIPTS.replace("_", "") + "role")
    assert listed(right["Action"]) == ["ses:SendEmail"]
    identity, delivery = map(text, right["Resource"])
    assert identity.endswith(":identity/*"), "in its sandbox SES also asks for the right to the recipient's identity"
    assert right["Condition"] == {"StringEquals": {"ses:FromAddress": sender}}
    assert ":configuration-set/" in delivery
    assert "receipts" in delivery


@pytest.mark.parametrize(
    "worker, may",
    [
        (
            EXPIRE_PAYMENTS,
            {
                LEDGER: {"BatchGetItem", "GetItem", "PutItem", "UpdateItem"},
                f"{LEDGER}/by_due": {"Query"},
                STRIPE_OBJECTS: {"BatchGetItem", "GetItem", "PutItem"},
                f"{STRIPE_OBJECTS}/by_due": {"Query"},
                TIMERS: {"BatchGetItem", "BatchWriteItem"},
                f"{TIMERS}/by_due": {"Query"},
                MERCHANT_SETTINGS: {"BatchGetItem"},
                MERCHANT_FUNDS: {"PutItem", "UpdateItem"},
            },
        ),
        (
            FIRE_TIMERS,
            {
                LEDGER: {"BatchGetItem", "UpdateItem"},
                TIMERS: {"BatchGetItem", "BatchWriteItem"},
                MERCHANT_SETTINGS: {"BatchGetItem"},
            },
        ),
        (STORE_TIMERS, {TIMERS: {"BatchWriteItem"}, DISPUTES: {"UpdateItem"}}),
    ],
)
def test_workers_of_due_steps_have_exactly_their_rights(
    synthesized: Synthesized, worker: str, may: dict[str, set[str]]
) -> None:
    found: dict[str, set[str]] = {}
    for statement in rights_of(synthesized, worker):
        actions = {one.removeprefix("dynamodb:") for one in listed(statement["Action"]) if one.startswith("dynamodb:")}
        if not actions or "Stream" in text(statement["Resource"]):
            continue
        for place in tables_of(statement):
            found.setdefault(place, set()).update(actions)
    assert found == (may if worker != FIRE_TIMERS or synthesized.environment.punctual_timers else {})


def test_only_one_function_moves_the_clock_and_only_where_it_may_move(synthesized: Synthesized) -> None:
    """One item of a table, and three sweeps. No function may change another one, or its variables."""
    environment = synthesized.environment
    assert [p for p, s in policies(synthesized) if "lambda:Update" in text(s["Action"])] == []
    found = rights_of(synthesized, "move_clock")
    if not environment.clock_may_move:
        assert found == []
        return
    of_item, of_sweeps = found
    assert listed(of_item["Action"]) == ["dynamodb:GetItem", "dynamodb:UpdateItem"]
    assert tables_of(of_item) == {MERCHANT_SETTINGS}
    assert of_item["Condition"] == OF_CLOCK
    assert listed(of_sweeps["Action"]) == ["lambda:InvokeFunction"]
    invoked = [text(one).rstrip('"]}').rpartition(":")[2] for one in listed(of_sweeps["Resource"])]
    assert sorted(invoked) == sorted(environment.named(sweep) for sweep in SWEEPS)


def test_probe_may_only_create_its_key_on_one_plan(synthesized: Synthesized) -> None:
    """A right to list the account's keys, or those of a plan with merchants' keys, would reveal them; a right to
    delete, end any of them."""
    found = {text(s["Resource"]): sorted(listed(s["Action"])) for s in rights_of(synthesized, PROBE)}
    if synthesized.environment.probe_every_minutes is None:
        assert found == {}
        return
    (of_plan,) = [resource for resource in found if "/usageplans/" in resource]
    (of_keys,) = [resource for resource in found if resource.rstrip('"]}').endswith("::/apikeys")]
    assert found == {of_plan: ["apigateway:GET", "apigateway:POST"], of_keys: ["apigateway:POST"]}
    assert of_plan.rstrip('"]}').endswith("/keys")
    assert "probeplan" in of_plan
    (plan,) = [each for each in synthesized.all("AWS::ApiGateway::UsagePlan") if each.id == "probeplan"]
    assert [stage["Stage"] for stage in plan.properties["ApiStages"]] == ["live"]


SETTLING: dict[str, dict[str, set[str]]] = {
    OPEN_BATCH: {SETTLEMENT_BATCHES: {"GetItem", "PutItem", "UpdateItem"}},
    COLLECT_ENTRIES: {
        SETTLEMENT_BATCHES: {"ConditionCheckItem", "GetItem", "PutItem"},
        SETTLEMENT_ENTRIES: {"DeleteItem", "PutItem", "Query"},
        LEDGER: {"BatchGetItem", "GetItem", "UpdateItem"},
        f"{LEDGER}/by_due": {"Query"},
    },
    CLOSE_BOOKS: {
        SETTLEMENT_BATCHES: {"DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem"},
        SETTLEMENT_ENTRIES: {"Query"},
        MERCHANT_SETTINGS: {"GetItem"},
        MERCHANT_FUNDS: {"GetItem", "PutItem"},
        STRIPE_OBJECTS: {"GetItem"},
    },
    WRITE_REPORTS: {SETTLEMENT_BATCHES: {"GetItem", "Query", "UpdateItem"}, SETTLEMENT_ENTRIES: {"Query"}},
    ANNOUNCE: {
        SETTLEMENT_BATCHES: {"GetItem", "Query"},
        SETTLEMENT_ENTRIES: {"Query"},
        LEDGER: {"BatchGetItem", "UpdateItem"},
    },
    CLOSE_BATCH: {SETTLEMENT_BATCHES: {"GetItem", "Query", "UpdateItem"}},
    FAIL_BATCH: {SETTLEMENT_BATCHES: {"UpdateItem"}},
}
"""All rights, by worker and table (or `table/index`)."""

ELSEWHERE = {WRITE_REPORTS: {"s3:AbortMultipartUpload", "s3:PutObject"}, CLOSE_BATCH: {"sns:Publish"}}
"""Their rights other than reading and writing tables."""


def test_settlement_workers_have_exactly_their_rights(synthesized: Synthesized) -> None:
    """No worker updates an entry: it is put and, while its batch is open, deleted. No worker reads a report."""
    assert set(SETTLING) == set(WORKERS)
    writing = {"kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"}
    keyed = {COLLECT_ENTRIES, CLOSE_BOOKS, ANNOUNCE} if synthesized.environment.customer_key else set[str]()
    for worker, wanted in SETTLING.items():
        on_tables: dict[str, set[str]] = {}
        elsewhere: set[str] = set()
        for statement in rights_of(synthesized, worker):
            actions = listed(statement["Action"])
            of_tables = {action.removeprefix("dynamodb:") for action in actions if action.startswith("dynamodb:")}
            elsewhere |= {action for action in actions if not action.startswith("dynamodb:")}
            for table in tables_of(statement) if of_tables else ():
                on_tables.setdefault(table, set()).update(of_tables)
        assert on_tables == wanted, worker
        assert elsewhere == ELSEWHERE.get(worker, set()) | (writing if worker in keyed else set()), worker


def test_settlement_writes_only_its_bucket_and_topic(synthesized: Synthesized) -> None:
    for worker, resource in ((WRITE_REPORTS, '"reports'), (CLOSE_BATCH, ":sns:")):
        (right,) = (one for one in rights_of(synthesized, worker) if ELSEWHERE[worker] & {*listed(one["Action"])})
        assert {*listed(right["Action"])} == ELSEWHERE[worker]
        (named,) = map(text, listed(right["Resource"]))
        assert resource in named, worker
        assert named.rstrip('"]}').endswith(("/*", f"paysandbox-{synthesized.environment.name}-WebhookTopic")), worker


def test_state_machine_and_schedule_rights(synthesized: Synthesized) -> None:
    calling = [s for p, s in policies(synthesized) if p.stack.endswith("-settlement") and _is_of(p, "settlerole")]
    (calls,) = (s for s in calling if "lambda:InvokeFunction" in listed(s["Action"]))
    assert listed(calls["Action"]) == ["lambda:InvokeFunction"]
    called = sorted(re.findall(r'GetAtt": \["(\w+?)[0-9A-F]{8}"|paysandbox-\w+-(\w+)', text(calls["Resource"])))
    assert len(listed(calls["Resource"])) == len(called) == len(WORKERS) + 1
    assert {one for _, one in called if one} == {EXPIRE_PAYMENTS}
    assert {one for one, _ in called if one} == {worker.replace("_", "") for worker in WORKERS}
    tracing = {
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
        "xray:GetSamplingRules",
        "xray:GetSamplingTargets",
    }
    traced = tracing if synthesized.environment.is_traced else set[str]()
    assert {action for s in calling for action in listed(s["Action"])} == traced | {"lambda:InvokeFunction"}
    (starts,) = (s for p, s in policies(synthesized) if _is_of(p, "nightlyrole"))
    assert listed(starts["Action"]) == ["states:StartExecution"]
    (machine,) = synthesized.all("AWS::StepFunctions::StateMachine")
    assert listed(starts["Resource"]) == [{"Ref": machine.id}]


def _is_of(policy: Resource, role: str) -> bool:
    return is_attached(policy, policy.stack, role)


def _has_key(synthesized: Synthesized) -> bool:
    """Whether the secrets have a key of their own: a role needs no right to AWS's."""
    return synthesized.environment.secrets_key == "customer"


def test_kms_keys_are_limited_to_one_parameter_or_service(synthesized: Synthesized) -> None:
    """A right to a key is thus never a right to all data that is ever encrypted with it."""
    under = f":secret:/paysandbox/{synthesized.environment.name}"
    environment = synthesized.environment
    later = (
        environment.stripe_key_parameter,
        environment.stripe_webhook_parameter,
        environment.paypal_credentials_parameter,
    )
    named = {
        "ssm": ("PARAMETER_ARN", tuple(f":parameter{name}" for name in later)),
        # The last one stands for no secret: the generator tries whether it may use the key.
        "secretsmanager": ("SecretARN", (f"{under}/pepper-??????", f"{under}/webhooks-??????", VALIDATION)),
    }
    for policy, statement in policies(synthesized):
        if "kms:" not in text(statement["Action"]):
            continue
        service = text(statement["Condition"]["StringEquals"]["kms:ViaService"]).partition(".")[0]
        if service == "dynamodb":
            continue
        context, secrets = named[service]
        arns = listed(statement["Condition"]["StringLike"][f"kms:EncryptionContext:{context}"])
        assert all(text(arn).rstrip('"]}').endswith(secrets) for arn in arns), policy


def test_secret_generator_may_delete_only_unretained_secrets(synthesized: Synthesized) -> None:
    actions = {a for s in rights_of(synthesized, "generate_secret") for a in listed(s["Action"])}
    may_delete = set() if synthesized.environment.keep_data else {"secretsmanager:DeleteSecret"}
    encrypt = {"kms:Encrypt", "kms:GenerateDataKey"} if _has_key(synthesized) else set()
    # Also under AWS's key: an earlier deployment's secret is decrypted with its key.
    create = {"secretsmanager:CreateSecret", "secretsmanager:UpdateSecret", "kms:Decrypt"}
    assert actions == create | encrypt | may_delete, "it reads none"


def test_only_api_gateway_may_invoke_and_only_a_functions_routes(synthesized: Synthesized) -> None:
    of_v1 = permissions_of(synthesized, lambda stack: stack.endswith("-v1"))
    permissions = permissions_of(synthesized, lambda stack: not stack.endswith("-v1"))
    authorizer = of_v1.pop(AUTHORIZE_V1.replace("_", ""))
    assert text(authorizer["SourceArn"]).rstrip('"]}').endswith("/authorizers/*")
    assert authorizer["Principal"] == "apigateway.amazonaws.com"
    assert text(authorizer["FunctionName"]).endswith(f"-{AUTHORIZE_V1}")
    # Only this environment's functions in this account send lines.
    store = permissions.pop("storerequests")
    assert (store["Principal"], store["SourceAccount"]) == ("logs.amazonaws.com", ACCOUNT)
    start = "log-group:" if synthesized.environment.shared_logs else "log-group:/aws/lambda/"
    assert text(store["SourceArn"]).rstrip('"]}').endswith(f"{start}paysandbox-{synthesized.environment.name}-*")
    if synthesized.environment.probe_every_minutes:
        (rule,) = [name for name in permissions if name.startswith("proberule")]
        probe = permissions.pop(rule)
        assert (probe["Principal"], probe["SourceArn"]["Fn::GetAtt"][1]) == ("events.amazonaws.com", "Arn")
    swept = ("sweepdeliveriesrule", "sweepdonationsrule", "sweepdisbursementsrule", "writepaypalstatementrule")
    swept += ("expirepaymentsrule",)
    for rule in [name for name in permissions if name.startswith(swept)]:
        sweep = permissions.pop(rule)
        assert (sweep["Principal"], sweep["SourceArn"]["Fn::GetAtt"][1]) == ("events.amazonaws.com", "Arn")
    for stage, routes, of_stage in (("live", ROUTES, permissions), ("v1", stripe_api.DEPLOYED, of_v1)):
        invoked = functions_of(routes)
        assert set(of_stage) == {row.name.replace("_", "") for row in invoked}
        for row in invoked:
            permission = of_stage[row.name.replace("_", "")]
            assert permission["Principal"] == "apigateway.amazonaws.com", row.name
            # `*` matches slashes too. A GET route is called with HEAD as well.
            methods, paths = {route.method for route in row.routes}, {route.path for route in row.routes}
            method = "*" if len(methods) > 1 or "GET" in methods else methods.pop()
            path = "/*" if len(paths) > 1 else re.sub(r"{\w+\+?}", "*", paths.pop())
            assert text(permission["SourceArn"]).rstrip('"]}').endswith(f"/{stage}/{method}{path}"), row.name
            called = {called_name(synthesized.environment, route) for route in row.routes}
            assert [text(permission["FunctionName"]).rpartition(":function:")[2].rstrip('"]}')] == [*called], row.name


def permissions_of(synthesized: Synthesized, wanted: Callable[[str], bool]) -> dict[str, Json]:
    """Return the invoke permissions of some stacks, by their ids."""
    found = synthesized.all("AWS::Lambda::Permission")
    return {each.id.removesuffix("permission"): each.properties for each in found if wanted(each.stack)}
