"""Rules for every resource of a type, in any stack, present or future.

A rule takes an environment's templates and yields its violations, naming the resource. test_contract.py asserts that
there are none, and breaks each rule once with its own templates.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Any, Final

from tests.infra.templates import Json, Resource, Synthesized, listed, statements, text

MAPPING: Final = "AWS::Lambda::EventSourceMapping"
QUEUE: Final = "AWS::SQS::Queue"
FUNCTION: Final = "AWS::Lambda::Function"
KEY: Final = "AWS::KMS::Key"

# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
VISIBILITY_PER_TIMEOUT: Final = 6
PLAIN_BATCH_MAX: Final = 10
# The default of each setting.
VISIBILITY_S: Final = 30
TIMEOUT_S: Final = 3

STREAM_KEEPS_S: Final = 86_400


# --- references between resources -------------------------------------------------------------------------------------


def resolve(synthesized: Synthesized, stack: str, value: Any) -> Resource | None:
    """Return the resource of a reference: in the same stack, exported by another one, or with a suffix to its ARN."""
    match value:
        case {"Fn::ImportValue": str(name)}:
            return _exported(synthesized, name)
        case {"Ref": str(target)} | {"Fn::GetAtt": [str(target), *_]}:
            return next((r for r in synthesized.all() if (r.stack, r.id) == (stack, target)), None)
        case {"Fn::Join": [_, [dict(first), *_]]}:
            return resolve(synthesized, stack, first)
        case _:
            return None


def _exported(synthesized: Synthesized, name: str) -> Resource | None:
    for stack, template in synthesized.templates.items():
        for output in template.get("Outputs", {}).values():
            if output.get("Export", {}).get("Name") == name:
                return resolve(synthesized, stack, output["Value"])
    return None


def function_of(synthesized: Synthesized, mapping: Resource) -> Resource | None:
    """Return the function of a mapping, found by a reference or by an ARN formatted from its name."""
    named = mapping.properties["FunctionName"]
    arn = "".join(map(text, named["Fn::Join"][1])) if "Fn::Join" in named else text(named)
    by_name = (f for f in synthesized.all(FUNCTION) if arn.endswith(f":{f.properties.get('FunctionName')}"))
    return resolve(synthesized, mapping.stack, named) or next(by_name, None)


# --- queued work ------------------------------------------------------------------------------------------------------


def visibility_timeouts_cover_functions(synthesized: Synthesized) -> Iterator[str]:
    """A message that reappears during processing is processed twice; one that is never removed blocks the others."""
    for mapping in synthesized.all(MAPPING):
        queue = resolve(synthesized, mapping.stack, mapping.properties["EventSourceArn"])
        if queue is None or queue.type != QUEUE:
            continue
        function = function_of(synthesized, mapping)
        if function is None:
            yield f"{mapping}: its function is not in these templates"
            continue
        least_s = VISIBILITY_PER_TIMEOUT * function.properties.get("Timeout", TIMEOUT_S)
        if queue.properties.get("VisibilityTimeout", VISIBILITY_S) < least_s:
            yield f"{queue}: visible again before {least_s} s, six times what {function} may take"
        if mapping.properties.get("BatchSize", PLAIN_BATCH_MAX) > PLAIN_BATCH_MAX and not mapping.properties.get(
            "MaximumBatchingWindowInSeconds"
        ):
            yield f"{mapping}: a batch of more than {PLAIN_BATCH_MAX} needs a window"
        if "MaximumConcurrency" not in mapping.properties.get("ScalingConfig", {}):
            yield f"{mapping}: nothing bounds how many work at once"
        if "RedrivePolicy" not in queue.properties:
            yield f"{queue}: no failure target"


def streams_keep_failed_records(synthesized: Synthesized) -> Iterator[str]:
    """A stream is read from its beginning; a record that cannot be processed is set aside before it expires."""
    for mapping in synthesized.all(MAPPING):
        source = resolve(synthesized, mapping.stack, mapping.properties["EventSourceArn"])
        if source is not None and source.type == QUEUE:
            continue
        if source is None:
            yield f"{mapping}: its source is not in these templates"
        if mapping.properties.get("StartingPosition") != "TRIM_HORIZON":
            yield f"{mapping}: does not begin at TRIM_HORIZON"
        if "Destination" not in mapping.properties.get("DestinationConfig", {}).get("OnFailure", {}):
            yield f"{mapping}: no failure target"
        filters = mapping.properties.get("FilterCriteria", {}).get("Filters")
        if not filters:
            yield f"{mapping}: no filter"
        elif not all(isinstance(json.loads(each["Pattern"]), dict) for each in filters):
            yield f"{mapping}: a filter is no pattern"
        if not 0 < mapping.properties.get("MaximumRecordAgeInSeconds", -1) < STREAM_KEEPS_S:
            yield f"{mapping}: no age at which a record is set aside"


def no_reserved_concurrency(synthesized: Synthesized) -> Iterator[str]:
    """A new account has ten concurrent executions in all: reservations fail, and provisioning costs."""
    for function in synthesized.all(FUNCTION):
        if "ReservedConcurrentExecutions" in function.properties:
            yield f"{function}: reserves concurrency"
    for version in synthesized.all("AWS::Lambda::Alias", "AWS::Lambda::Version"):
        if "ProvisionedConcurrencyConfig" in version.properties:
            yield f"{version}: provisions concurrency"


# --- keys -------------------------------------------------------------------------------------------------------------

_READING: Final = frozenset({"kms:Decrypt"})
_WRITING: Final = frozenset({"kms:Decrypt", "kms:GenerateDataKey"})
_TABLE_READS: Final = ("BatchGetItem", "ConditionCheckItem", "GetItem", "GetRecords", "Query", "Scan")
_TABLE_WRITES: Final = ("BatchWriteItem", "DeleteItem", "PutItem", "UpdateItem")

# The key actions that a caller needs for an action on a resource under a customer managed key.
NEEDED: Final = {
    **{f"dynamodb:{action}": _READING for action in _TABLE_READS},
    **{f"dynamodb:{action}": _WRITING for action in _TABLE_WRITES},
    "sns:Publish": _WRITING,
    "sqs:ReceiveMessage": _READING,
    "sqs:SendMessage": _WRITING,
    "ssm:GetParameter": _READING,
    "secretsmanager:CreateSecret": _WRITING,
    "secretsmanager:GetSecretValue": _READING,
    # AWS Secrets Manager API reference, UpdateSecret: without it, no version is encrypted with another key.
    "secretsmanager:UpdateSecret": _WRITING | {"kms:Encrypt"},
}

# Exceptions to a rule, with reasons.
ANY_KEY: Final = {
    "generatesecretrole": "takes over a pepper that an earlier deployment left under a key unknown here",
}


def kms_rights_match_the_used_keys(synthesized: Synthesized) -> Iterator[str]:
    """It may use no other keys. A table, queue, topic or SecureString under a key needs a right to that key."""
    for (stack, role), granted in _rights(synthesized).items():
        keys = _keys(synthesized, stack, granted)
        for key, actions in keys.needed.items():
            for action in sorted(actions - keys.has[key] - keys.unnamed.keys()):
                yield f"{stack}/{role}: may not {action} under {key}, where lies what it uses"
        for key in keys.has.keys() - keys.needed.keys():
            yield f"{stack}/{role}: may use {key}, under which it has nothing"
        if bool(keys.unnamed) is not role.startswith(tuple(ANY_KEY)):
            yield f"{stack}/{role}: may open keys without a name, {keys.unnamed}, or is excused and does not need to be"


@dataclass
class _Keys:
    """A role's needed and granted actions by key, and its actions on keys that are not named."""

    needed: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    has: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    unnamed: dict[str, str] = field(default_factory=dict)


def _keys(synthesized: Synthesized, stack: str, granted: list[Json]) -> _Keys:
    keys = _Keys()
    for statement in granted:
        for action, resource in product(listed(statement["Action"]), listed(statement["Resource"])):
            target = _secret(synthesized, resource) or resolve(synthesized, stack, resource)
            if action.startswith("kms:"):
                if target is not None and target.type == KEY:
                    keys.has[str(target)].add(action)
                else:
                    keys.unnamed[action] = text(resource)
            elif target is not None and action in NEEDED and (key := _key_over(synthesized, target)) is not None:
                keys.needed[str(key)] |= NEEDED[action]
    return keys


def _rights(synthesized: Synthesized) -> dict[tuple[str, str], list[Json]]:
    """Return every role's statements."""
    found: dict[tuple[str, str], list[Json]] = defaultdict(list)
    for policy in synthesized.policies():
        for role in policy.properties["Roles"]:
            # One of another stack has no right to a key.
            found[policy.stack, role.get("Ref", "")] += statements(policy)
    return found


def _secret(synthesized: Synthesized, arn: Any) -> Resource | None:
    """Return the secret or the SecureString with an ARN."""
    by_name = {f":secret:{s.properties['SecretName']}-??????": s for s in synthesized.all("Custom::GeneratedSecret")}
    by_name |= {f":parameter{s.properties['ParameterName']}": s for s in _put_there_later(synthesized)}
    return next((secret for name, secret in by_name.items() if text(arn).rstrip('"]}').endswith(name)), None)


def _put_there_later(synthesized: Synthesized) -> Iterator[Resource]:
    """Yield Stripe's and PayPal's credentials: no resources. `paysandbox … secrets set` encrypts them with this key."""
    for key in synthesized.all(KEY):
        if key.stack.endswith("-secrets"):
            environment = synthesized.environment
            for name in (
                environment.stripe_key_parameter,
                environment.stripe_webhook_parameter,
                environment.paypal_credentials_parameter,
            ):
                of = {"ParameterName": name, "KeyId": {"Fn::GetAtt": [key.id, "Arn"]}}
                yield Resource(key.stack, name, "AWS::SSM::Parameter", of, {})


def _key_over(synthesized: Synthesized, resource: Resource) -> Resource | None:
    """Return the customer managed key that encrypts a resource's data."""
    of = resource.properties
    named = of.get("KeyId") or of.get("KmsMasterKeyId") or of.get("SSESpecification", {}).get("KMSMasterKeyId")
    return None if named is None else resolve(synthesized, resource.stack, named)
