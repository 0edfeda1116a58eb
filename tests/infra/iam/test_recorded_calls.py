"""What the functions ask of AWS, as tests make them ask, is what their roles allow, and nothing else.

Every call of the scenarios and of the workers' tests is recorded, and decided by a simulator of IAM with the role of an
environment, the keys of its context included: the local engine and moto know few of them.
"""

import copy
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import pytest

from paysandbox.aws.schema import CLOCK_ITEM, FAULTS as FAULTS_TABLE
from stacks.environments import Environment as Settings
from tests.infra.iam.calls import Call, Recorded, calls_in, calls_of_lambda, record
from tests.infra.iam.deployed import Deployed
from tests.infra.iam.simulation import Decision, Grant, simulate
from tests.infra.templates import ACCOUNT, EVERY_TYPE, REGION, Json, listed, templates_for

# It installs the simulator from npm, and runs other tests.
pytestmark = [pytest.mark.full, pytest.mark.timeout(4_000)]

RECORDED_FROM: Final[Mapping[str, Sequence[str]]] = {
    "not soak": (
        "tests/payments/handlers/test_calls.py",
        "tests/donations/handlers/test_donation_calls.py",
        "tests/disbursements/handlers/test_disbursement_calls.py",
        "tests/stripe_api/handlers/resources/test_expand.py",
        "tests/settlement/workers/test_collect_entries.py",
        "tests/settlement/workers/test_kept_payouts.py::test_a_payout_stays_available_where_the_merchant_chose_so",
        "tests/stripe_api/handlers/transfers/test_one_balance.py::test_a_manual_schedule_leaves_the_money_available",
        "tests/payments/workers/test_due_timers.py::test_holds_expire_between_the_steps",
    ),
    "not full and not soak": (
        "tests/clock/handlers",
        "tests/disbursements/ach/test_paid_by_ach.py::test_a_correction_is_for_the_next_disbursement",
        "tests/disbursements/ach/test_paid_by_ach.py::test_paid_and_returned",
        "tests/disbursements/handlers/test_list_merchant_disbursements.py",
        "tests/disbursements/handlers/test_receive_paypal_event.py",
        "tests/disbursements/paypal/test_paypal_rail.py",
        "tests/disbursements/paypal/test_write_paypal_statement.py",
        "tests/disbursements/workers/test_publish_disbursement_events.py",
        "tests/disbursements/workers/test_send_disbursements.py",
        "tests/disbursements/workers/test_sweep_disbursements.py",
        "tests/donations/handlers/test_show_donation_page.py",
        "tests/donations/workers/test_apply_stripe_events.py",
        "tests/donations/workers/test_publish_donation_events.py",
        "tests/donations/workers/test_send_receipts.py",
        "tests/donations/workers/test_sweep_donations.py",
        "tests/funds/handlers/test_fund_merchant.py",
        "tests/monitoring/test_probe_api.py",
        "tests/payments/workers/test_due_timers.py",
        "tests/payments/workers/test_expire_payments.py",
        "tests/payments/workers/test_fire_timers.py",
        "tests/payments/workers/test_publish_event.py",
        "tests/payments/workers/test_store_timers.py",
        "tests/provisioning/test_empty_bucket.py",
        "tests/search/handlers/test_by_terms.py",
        "tests/provisioning/test_generate_secret.py",
        "tests/provisioning/test_publish_dashboard.py",
        "tests/provisioning/test_update_stage.py",
        "tests/request_log/workers/test_store_requests.py",
        "tests/settlement/workers/test_close_books.py",
        "tests/settlement/workers/test_disputes.py",
        "tests/settlement/workers/test_fail_batch.py",
        "tests/settlement/workers/test_open_batch.py",
        "tests/settlement/workers/test_refunds.py",
        "tests/settlement/workers/test_worked_example.py",
        "tests/settlement/workers/test_write_reports.py",
        "tests/simulate/handlers/test_simulate_disbursement.py",
        "tests/stripe_api/handlers/billing/test_renewals.py",
        "tests/stripe_api/handlers/ephemeral_keys/test_create_ephemeral_key.py",
        "tests/stripe_api/handlers/payment_methods/test_save_card.py",
        "tests/stripe_api/test_authorize_v1.py",
        "tests/stripe_api/workers/test_connect_events.py",
        "tests/stripe_api/workers/test_payout_outcomes.py",
        "tests/stripe_api/workers/test_publish_object_events.py",
        "tests/webhooks/workers/test_deliver_event.py",
        "tests/webhooks/workers/test_plan_deliveries.py",
        "tests/webhooks/workers/test_stripe_telling.py",
        "tests/webhooks/workers/test_sweep_deliveries.py",
    ),
}
"""The tests that make the handlers call AWS, by their tier: the scenarios, and the workers."""

ENVIRONMENTS: Final[Mapping[str, Mapping[str, str]]] = {"dev": {"env": "dev"}, "prod": EVERY_TYPE}
"""One in which the clock may move and faults are injected, and one with keys of its own and every setting."""

UNUSED: Final[Mapping[str, str]] = {
    r"update_stage: apigateway:(GET|PATCH) on /restapis/v1/stages/v1": "tests update the stage of the other API",
    r"generate_secret: secretsmanager:\w+ on secret:/paysandbox/\w+/(pepper|webhooks)": (
        "whether AWS asks for a new secret with its six characters or without is not documented"
    ),
    r"generate_secret: secretsmanager:\w+ on secret:/paysandbox/\w+/webhooks-\?{6}": "tests generate the other secret",
    r"generate_secret: kms:Decrypt on key/\*": "of a secret that an earlier deployment left under a key of its own",
    r"write_reports: s3:AbortMultipartUpload on reports/\*": "if an upload fails half way",
    r"close_books: dynamodb:DeleteItem on table/SettlementBatches": "of a payment that a later run entered",
    r"collect_entries: dynamodb:(DeleteItem|Query) on table/SettlementEntries": "of a payment that is left out",
    r"collect_entries: dynamodb:(GetItem|UpdateItem) on table/PaymentsLedger": "of a payment whose step may fail",
    r"collect_entries: kms:(Encrypt|GenerateDataKey) on key/LedgerKey": "the same",
    r"deliver_event: sqs:SendMessage on dead-deliveries": "of a message that cannot be read",
    r"receive_paypal_event: dynamodb:GetItem on table/Disbursements": "reads again after another writer",
    r"(send|sweep)_disbursements: ssm:GetParameter on parameter/[\w/-]+": "tests give the rails their credentials",
    r"(send|sweep)_disbursements: kms:Decrypt on key/SecretsKey": "the same",
    r"(authorize_v1|expire_payments|sweep_disbursements): secretsmanager:GetSecretValue on secret:[\w/]+pepper-\?{6}": (
        "tests have read it before"
    ),
    r"(authorize_v1|expire_payments): kms:Decrypt on key/SecretsKey": "the same",
    r"send_disbursements: s3:\w+ on reports(/ach/\*)?": "cancels an ACH disbursement by a file",
    r"(confirm_payment_intent|create_stripe_subscriptions|get_payment_intent|move_stripe_funds|transfer_stripe_funds|"
    r"write_stripe_objects): dynamodb:BatchGetItem on table/(Disputes|PaymentsLedger)": (
        "expands an object of a kind that other routes expand"
    ),
    r"\w+: dynamodb:GetItem on table/Faults": "reads a failure to repeat it; recorded of no function",
}
"""Rights that no recorded call uses, with the reason."""

DENIED: Final[Mapping[str, Callable[[Settings], bool]]] = {
    r"authorize_v1: dynamodb:(PutItem|UpdateItem) on table/ApiKeys": lambda settings: not settings.accept_unknown_keys,
    r"move_clock: lambda:InvokeFunction on function:\w+": lambda settings: not settings.clock_may_move,
    r"generate_secret: secretsmanager:DeleteSecret on secret:.*": lambda settings: settings.keep_data,
}
"""Calls that tests make as in another environment, and the settings under which they are denied."""


@dataclass(frozen=True)
class Environment:
    """An environment's roles, and the calls of its functions."""

    deployed: Deployed
    policies: Mapping[str, Sequence[Json]]
    calls: Sequence[Call]
    resources: Sequence[str]
    """Everything that any function calls."""

    @cached_property
    def decisions(self) -> Sequence[tuple[Call, Decision]]:
        """Return the decision on each call."""
        return self.decide(self.calls)

    @cached_property
    def used(self) -> frozenset[tuple[str, Grant]]:
        """Return the grants that allow the calls, by function."""
        return frozenset((call.function, grant) for call, decision in self.decisions for grant in decision.grants)

    def decide(self, calls: Sequence[Call]) -> Sequence[tuple[Call, Decision]]:
        """Return the decision on calls of these functions."""
        decisions = simulate(self.policies, [call.asked for call in calls])
        return [*zip(calls, decisions, strict=True)]

    def alone(self, function: str, policy: Sequence[Json]) -> "Environment":
        """Return the environment with another policy of a function's role, and this function's calls alone."""
        calls = [call for call in self.calls if call.function == function]
        return Environment(self.deployed, {**self.policies, function: policy}, calls, self.resources)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> list[Recorded]:
    """Return the requests that handlers make in the tests named above."""
    return record(tmp_path_factory.mktemp("recorded"), RECORDED_FROM)


@pytest.fixture(scope="module")
def environments(recorded: Sequence[Recorded]) -> Mapping[str, Environment]:
    """Return the environments by their names."""
    return {name: _environment(recorded, context) for name, context in ENVIRONMENTS.items()}


def _environment(recorded: Iterable[Recorded], context: Mapping[str, str]) -> Environment:
    deployed = Deployed(templates_for(**context))
    calls = {str(call): call for call in calls_in(deployed, recorded)}
    calls |= {str(call): call for name in deployed.functions for call in calls_of_lambda(deployed, name)}
    policies = {**{name: deployed.policy(name) for name in deployed.functions}, **deployed.policies_of_resources}
    resources = sorted({call.asked.resource for call in calls.values()})
    return Environment(deployed, policies, [*calls.values()], resources)


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_every_call_is_allowed(environments: Mapping[str, Environment], name: str) -> None:
    """Those that the environment's settings turn off are denied."""
    settings = environments[name].deployed.synthesized.environment
    off = [call for call, is_denied in DENIED.items() if is_denied(settings)]
    wrong = [
        str(call)
        for call, decision in environments[name].decisions
        if decision.allowed is any(re.fullmatch(pattern, _right(call)) for pattern in off)
    ]
    assert wrong == []


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_every_right_is_used(environments: Mapping[str, Environment], name: str) -> None:
    """Each action of each statement on each of its resources. One that is shared by all functions is used by some."""
    assert [right for right in unused(environments[name]) if _reason(right) is None] == []


def test_what_is_named_as_unused_is_a_right_and_unused(environments: Mapping[str, Environment]) -> None:
    rights = [right for environment in environments.values() for right in unused(environment)]
    assert [name for name in UNUSED if not any(re.fullmatch(name, right) for right in rights)] == []


def denied(environment: Environment) -> list[str]:
    """Return the calls that are denied."""
    return [str(call) for call, decision in environment.decisions if not decision.allowed]


def unused(environment: Environment) -> list[str]:
    """Return the rights that no call uses: `function: action on resource`."""
    everyones = {(action, resource) for _, (_, action, resource) in environment.used}
    functions = {call.function for call in environment.calls}
    return [
        f"{function}: {action} on {_short(resource)}"
        for function in sorted(functions)
        for place, statement in enumerate(environment.policies[function])
        for action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
        if (function, (place, action, resource)) not in environment.used
        and not (_is_everyones(statement, resource) and (action, resource) in everyones)
    ]


def _is_everyones(statement: Json, resource: str) -> bool:
    """Whether a right is for code of all functions: of faults, of the clock, of the account of a request."""
    leading = [keys.get("dynamodb:LeadingKeys") for keys in statement.get("Condition", {}).values()]
    return resource.endswith(FAULTS_TABLE) or [CLOCK_ITEM] in leading or ["account#*"] in leading


def _right(call: Call) -> str:
    return f"{call.function}: {call.asked.action} on {_short(call.asked.resource)}"


def _short(resource: str) -> str:
    """Return a readable name of a resource: without the account, the environment, and the letters of logical IDs."""
    name = resource.partition(ACCOUNT + ":")[2] or resource.partition("::")[2].removeprefix(":") or resource
    return re.sub(r"\bpaysandbox-(dev|prod)-|(?<=[a-z0-9])[0-9A-Fa-f]{8}\b", "", name)


def _reason(right: str) -> str | None:
    return next((reason for name, reason in UNUSED.items() if re.fullmatch(name, right)), None)


# --- the same calls, changed ------------------------------------------------------------------------------------------

Change = Callable[[Environment, Call, Decision], Iterator[Call]]


def _of_another(environment: Environment, call: Call, _: Decision) -> Iterator[Call]:
    """Another resource of the kind: a table, an index, a queue, a secret, a parameter, a key."""
    kind = _kind(call.asked.resource)
    others = [resource for resource in environment.resources if _kind(resource) == kind]
    # Every function has streams of a log: one of another function is enough.
    for resource in others[:2] if kind.startswith("logs") else others:
        if resource != call.asked.resource and not resource.startswith("arn:aws:s3"):
            yield call.changed(resource=resource, resource_policy=environment.deployed.policy_of_resource(resource))


def _kind(resource: str) -> str:
    """Return an ARN without names: of a table, of an index, of a queue."""
    service, _, named = resource.removeprefix("arn:aws:").partition(":")
    kept = r"(?!(?:index|key|log-group|log-stream|parameter|secret|stream|table)[:/])"
    return service + re.sub(rf"(?<=[:/]){kept}[^:/]+", "", f":{named}")


def _in_another_bucket(_: Environment, call: Call, __: Decision) -> Iterator[Call]:
    if call.asked.resource.startswith("arn:aws:s3:::"):
        yield call.changed(
            resource=re.sub(r"(?<=:::)[^/]+", "another-bucket", call.asked.resource), resource_policy=None
        )


def _in_another_account(_: Environment, call: Call, __: Decision) -> Iterator[Call]:
    other = "999999999999"
    if f":{ACCOUNT}:" in call.asked.resource:
        resource = call.asked.resource.replace(f":{ACCOUNT}:", f":{other}:")
        yield call.changed(resource=resource, account=other, resource_policy=None)


def _in_another_region(_: Environment, call: Call, __: Decision) -> Iterator[Call]:
    if f":{REGION}:" in call.asked.resource:
        yield call.changed(resource=call.asked.resource.replace(f":{REGION}:", ":us-west-2:"), resource_policy=None)


def _by_another_action(_: Environment, call: Call, __: Decision) -> Iterator[Call]:
    if (
        ":table/" in call.asked.resource
        and "/index/" not in call.asked.resource
        and "/stream/" not in call.asked.resource
    ):
        for action in ("DeleteItem", "PutItem", "Query", "Scan", "UpdateItem", "UpdateTable"):
            if call.asked.action != f"dynamodb:{action}":
                yield call.changed(action=f"dynamodb:{action}")


def _without_tls(_: Environment, call: Call, __: Decision) -> Iterator[Call]:
    if call.asked.action.partition(":")[0] in ("sqs", "sns", "s3"):
        yield _with(call, {"aws:SecureTransport": "false"})


def _where_a_condition(key: str, *values: str | list[str] | None) -> Change:
    """Return a change of a key on which every right to the call has a condition. None: without the key."""

    def change(environment: Environment, call: Call, decision: Decision) -> Iterator[Call]:
        policy = environment.policies[call.function]
        conditions = [policy[place].get("Condition", {}) for place, _, _ in decision.grants]
        if conditions and all(any(key in keys for keys in one.values()) for one in conditions):
            for value in values:
                yield _with(call, {key: value})

    return change


def _with(call: Call, keys: Mapping[str, str | list[str] | None]) -> Call:
    context = {**call.asked.context, **keys}
    return call.changed(context={key: value for key, value in context.items() if value is not None})


ANOTHER_SECRET: Final = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:/paysandbox/another/pepper-aB3xY9"
CHANGES: Final[Mapping[str, Change]] = {
    "another resource": _of_another,
    "another bucket": _in_another_bucket,
    "another account": _in_another_account,
    "another Region": _in_another_region,
    "another action": _by_another_action,
    "without TLS": _without_tls,
    "another item": _where_a_condition("dynamodb:LeadingKeys", ["another#merchant"], ["clm_mine", "another#merchant"]),
    "another attribute": _where_a_condition("dynamodb:Attributes", ["transaction_id", "operations"]),
    "another secret": _where_a_condition("kms:EncryptionContext:SecretARN", ANOTHER_SECRET, None),
    "another parameter": _where_a_condition(
        "kms:EncryptionContext:PARAMETER_ARN", f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/another", None
    ),
    "by itself instead of through a service": _where_a_condition("kms:ViaService", None, f"s3.{REGION}.amazonaws.com"),
    "another prefix": _where_a_condition("s3:prefix", "reports/", "", None),
    "another sender": _where_a_condition("ses:FromAddress", "somebody@example.com", None),
}


WIDE: Final[Mapping[str, str]] = {
    r".*: logs:CreateLogStream on log-group:[\w-]+:\*": "the right is to a log group, which functions share",
    r"generate_secret: kms:Decrypt on key/\*": "a secret of an earlier deployment is under that deployment's key",
}
"""Rights on more than what is called, with the reason."""


@pytest.mark.parametrize("name", CHANGES)
def test_the_same_call_is_denied_if_it_is_changed(environments: Mapping[str, Environment], name: str) -> None:
    changed = changes(environments["prod"], CHANGES[name])
    assert changed, "no call is changed"
    assert allowed(environments["prod"], changed) == []


def changes(environment: Environment, change: Change) -> list[Call]:
    """Return what a change makes of the calls, without what the same function calls too."""
    called = {_what(call) for call in environment.calls}
    examples = {
        (*_what(call), decision.grants): (call, decision)
        for call, decision in environment.decisions
        if decision.allowed
    }
    changed: dict[object, Call] = {}
    for call, decision in examples.values():
        for new in change(environment, call, decision):
            if _what(new) == _what(call):
                changed[str(new)] = new
            elif _what(new) not in called:
                changed[_what(new)] = new
    return [*changed.values()]


def _what(call: Call) -> tuple[str, str, str]:
    return call.function, call.asked.action, call.asked.resource


def allowed(environment: Environment, calls: Sequence[Call]) -> list[str]:
    """Return the calls that are allowed, but for reviewed rights."""
    return [
        str(call)
        for call, decision in environment.decide(calls)
        if decision.allowed and not all(_is_reviewed(call.function, *grant) for grant in decision.grants)
    ]


def _is_reviewed(function: str, _: int, action: str, resource: str) -> bool:
    return any(re.fullmatch(name, f"{function}: {action} on {_short(resource)}") for name in (*UNUSED, *WIDE))


# --- a wrong right is found -------------------------------------------------------------------------------------------

Mistake = Callable[[Json], object]


def _one_action_more(right: Json) -> None:
    right["Action"] = [*listed(right["Action"]), "dynamodb:DeleteItem"]


MISTAKES: Final[Mapping[str, tuple[str, str, Mistake, str]]] = {
    "one action more": ("capture_payment", "dynamodb:UpdateItem", _one_action_more, "unused"),
    "one action less": (
        *("capture_payment", "dynamodb:UpdateItem"),
        lambda right: right["Action"].remove("dynamodb:UpdateItem"),
        "denied",
    ),
    "every table": (
        *("capture_payment", "dynamodb:UpdateItem"),
        lambda right: right.update(Resource=f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/*"),
        "allowed",
    ),
    "the table of every Region": (
        *("capture_payment", "dynamodb:UpdateItem"),
        lambda right: right.update(Resource=right["Resource"].replace(REGION, "*")),
        "allowed",
    ),
    "another key's items": (
        *("store_stripe_cards", "dynamodb:Attributes"),
        lambda right: right["Condition"]["ForAllValues:StringLike"].update({"dynamodb:LeadingKeys": ["clm_*"]}),
        "denied",
    ),
    "one attribute less": (
        *("store_stripe_cards", "dynamodb:Attributes"),
        lambda right: right["Condition"]["ForAllValues:StringLike"]["dynamodb:Attributes"].remove("body_hash"),
        "denied",
    ),
    "any attribute": (
        *("store_stripe_cards", "dynamodb:Attributes"),
        lambda right: right["Condition"]["ForAllValues:StringLike"].update({"dynamodb:Attributes": ["*"]}),
        "allowed",
    ),
    "the encryption context of another secret": (
        *("capture_payment", "kms:EncryptionContext:SecretARN"),
        lambda right: right["Condition"]["StringLike"].update({"kms:EncryptionContext:SecretARN": ANOTHER_SECRET}),
        "denied",
    ),
    "any encryption context": (
        *("capture_payment", "kms:EncryptionContext:SecretARN"),
        lambda right: right["Condition"]["StringLike"].update({"kms:EncryptionContext:SecretARN": "*"}),
        "allowed",
    ),
}
"""Changes of a statement of a function, which is about what, and how each is found."""


@pytest.mark.parametrize("name", MISTAKES)
def test_a_wrong_right_is_found(environments: Mapping[str, Environment], name: str) -> None:
    function, about, mistake, finding = MISTAKES[name]
    whole = environments["prod"]
    policy = copy.deepcopy(whole.policies[function])
    (right,) = (
        statement
        for statement in policy
        if about in listed(statement["Action"]) or about in str(statement.get("Condition"))
    )
    mistake(right)
    wrong = whole.alone(function, policy)
    findings = {
        "denied": denied(wrong),
        "unused": [right for right in unused(wrong) if _reason(right) is None],
        "allowed": allowed(wrong, [call for change in CHANGES.values() for call in changes(wrong, change)]),
    }
    assert findings[finding], findings
