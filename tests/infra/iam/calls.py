"""The requests of an environment's functions: recorded calls on the resources that the environment has for them.

A recorded call names its resource as the tests do, with the variables by which the function found it. In the
environment it has the name that the same variable of the deployed function has.
"""

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from paysandbox.aws.schema import CLOCK_ITEM
from stacks.data.secrets_stack import GENERATE_SECRET
from tests.infra.iam.aws_requests import Context
from tests.infra.iam.deployed import Deployed
from tests.infra.iam.simulation import Asked
from tests.infra.templates import ACCOUNT, REGION

ROOT: Final = Path(__file__).resolve().parents[3]
_RECORD_S: Final = 1_800  # a minute each where nothing else runs; in the full tier, on a busy machine, far more

ANY: Final = "aB3xY9"
"""The six characters that Secrets Manager adds to a secret's name."""


@dataclass(frozen=True)
class Recorded:
    """One request that a function's handler made: on what, by the names that the tests have for it."""

    function: str
    action: str
    target: tuple[str, ...]
    context: Context
    variables: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.function}: {self.action} on {' '.join(self.target)}"


def record(folder: Path, tests: Mapping[str, Sequence[str]]) -> list[Recorded]:
    """Run tests, and return the requests that handlers made in them. Raises AssertionError with a test's failure.

    `tests` are files by their tier (pytest's `-m`). Those of a tier run in a process, one after the other: other parts
    of the suite use the other core.
    """
    files = [folder / f"{place}.json" for place in range(len(tests))]
    for file, (tier, names) in zip(files, tests.items(), strict=True):
        run = _run(file, tier, names)
        assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-2000:]
    return [one for file in files for one in _read(file)]


def _run(file: Path, tier: str, tests: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    recording = ("-p", "tests.infra.iam.recording", f"--recorded-calls={file}")
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--tb=short", "-p", "no:cacheprovider", *recording, "-m", tier, *tests],
        cwd=ROOT,
        text=True,
        capture_output=True,
        timeout=_RECORD_S,
        check=False,
    )


def _read(file: Path) -> list[Recorded]:
    return [
        Recorded(
            function=one["function"],
            action=one["action"],
            target=tuple(one["target"]),
            context=one["context"],
            variables=tuple(one["variables"]),
        )
        for one in json.loads(file.read_text())
    ]


@dataclass(frozen=True)
class Call:
    """A request of a function in an environment, or one that AWS makes with its role."""

    function: str
    asked: Asked

    def __str__(self) -> str:
        return f"{self.function}: {self.asked.action} on {self.asked.resource} {dict(self.asked.context)}"

    def changed(self, **parts: Any) -> "Call":
        """Return the same call with other parts of the request."""
        return replace(self, asked=replace(self.asked, **parts))


class NotConfiguredError(Exception):
    """A function calls a resource by a variable that it does not have in an environment."""


def calls_in(deployed: Deployed, recorded: Iterable[Recorded]) -> Iterator[Call]:
    """Yield the requests in an environment, those to the keys of what is encrypted included.

    Raises NotConfiguredError.
    """
    for one in recorded:
        # A function that is not deployed, or a resource of what is off there, is not called.
        if one.function in deployed.functions and (name := _name(deployed, one)):
            yield from _with_keys(deployed, one, name)


def calls_of_lambda(deployed: Deployed, function: str) -> Iterator[Call]:
    """Yield what Lambda does with the role of a function: it logs, traces, takes from the sources, and parks.

    AWS Lambda developer guide: "Configuring CloudWatch log groups", "Configuring an event source for SQS", "Process
    DynamoDB records with Lambda", "Capturing records of Lambda asynchronous invocations".
    """
    properties = deployed.functions[function].properties
    stack = deployed.functions[function].stack
    name = properties["FunctionName"]
    group = deployed.value(properties["LoggingConfig"]["LogGroup"], stack)
    stream = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}:log-stream:2026/11/16/{name}[7]0123456789abcdef"
    yield _call(deployed, function, "logs:CreateLogStream", stream)
    yield _call(deployed, function, "logs:PutLogEvents", stream)
    if properties.get("TracingConfig", {}).get("Mode") == "Active":
        for action in ("xray:PutTraceSegments", "xray:PutTelemetryRecords"):
            yield _call(deployed, function, action, "*")
    for source in deployed.sources(function):
        arn = source["EventSourceArn"]
        taking = _OF_STREAMS if ":dynamodb:" in arn else _OF_QUEUES
        for action in taking:
            yield _call(deployed, function, action, arn)
        if ":dynamodb:" in arn:
            yield from _keys_of_table(deployed, function, arn.partition("/stream/")[0], writes=False)
    for arn in deployed.destinations(function):
        yield _call(deployed, function, "sqs:SendMessage", arn)


_OF_QUEUES: Final = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
_OF_STREAMS: Final = ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator")


# --- resources --------------------------------------------------------------------------------------------------------


def _name(deployed: Deployed, one: Recorded) -> str:
    """Return the name of the recorded resource in the environment, or "" if it has none."""
    kind, name, *_ = one.target
    if kind == "identity":
        return name if deployed.synthesized.environment.receipts_from else ""
    if kind == "secret" and one.function == GENERATE_SECRET.name:
        return deployed.name_of(kind, name)
    if one.context.get("dynamodb:LeadingKeys") == [CLOCK_ITEM] and not deployed.synthesized.environment.clock_may_move:
        return ""
    if not one.variables:
        return deployed.name_of(kind, name)
    values = deployed.variables(one.function)
    variables = [variable for variable in one.variables if variable in values]
    names = {values[variable] for variable in variables} - {""}
    if variables and not names:
        return ""
    if len(names) != 1:
        raise NotConfiguredError(f"{one}: by {one.variables}, which are {sorted(names)} in {deployed.synthesized}")
    return names.pop()


def _with_keys(deployed: Deployed, one: Recorded, name: str) -> Iterator[Call]:
    kind, _, *rest = one.target
    sender = deployed.synthesized.environment.receipts_from
    if "ses:FromAddress" in one.context:
        one = replace(one, context={**one.context, "ses:FromAddress": str(sender)})
    arn = _arn(kind, name, rest)
    yield _call(deployed, one.function, one.action, arn, one.context)
    operation = one.action.partition(":")[2]
    if kind in ("table", "index"):
        writes = operation not in _READS
        yield from _keys_of_table(deployed, one.function, _arn("table", name, ()), writes=writes)
    elif kind == "secret" and deployed.secrets_key:
        for action in _SECRETS.get(operation, ()):
            yield _of_key(deployed, one.function, action, "secretsmanager", {"SecretARN": arn})
            if operation in ("CreateSecret", "UpdateSecret") and action != "kms:Encrypt":
                tried = {"SecretARN": "RequestToValidateKeyAccess"}
                yield _of_key(deployed, one.function, action, "secretsmanager", tried)
    elif kind == "secure parameter" and deployed.secrets_key and not _is_plain(deployed, name):
        yield _of_key(deployed, one.function, "kms:Decrypt", "ssm", {"PARAMETER_ARN": arn})


_READS: Final = frozenset({"BatchGetItem", "GetItem", "Query", "Scan"})
_SECRETS: Final[Mapping[str, Sequence[str]]] = {
    "GetSecretValue": ("kms:Decrypt",),
    "CreateSecret": ("kms:GenerateDataKey", "kms:Decrypt"),
    "UpdateSecret": ("kms:GenerateDataKey", "kms:Decrypt", "kms:Encrypt"),
}


def _is_plain(deployed: Deployed, parameter: str) -> bool:
    """Whether a parameter is no SecureString, for which SSM's GetParameter ignores that it is to be decrypted."""
    return parameter == deployed.synthesized.environment.stripe_publishable_parameter


def _keys_of_table(deployed: Deployed, function: str, table: str, *, writes: bool) -> Iterator[Call]:
    """AWS: "Amazon DynamoDB Encryption at Rest", for a customer managed key."""
    key = deployed.table_keys.get(table)
    if key is not None:
        context: Context = {
            "kms:EncryptionContext:aws:dynamodb:tableName": table.rpartition("/")[2],
            "kms:EncryptionContext:aws:dynamodb:subscriberId": ACCOUNT,
            "kms:ViaService": f"dynamodb.{REGION}.amazonaws.com",
        }
        for action in ("Decrypt", "DescribeKey", *(("Encrypt", "GenerateDataKey") if writes else ())):
            yield _call(
                deployed, function, f"kms:{action}", key, {} if action == "DescribeKey" else context, via=context
            )


def _of_key(deployed: Deployed, function: str, action: str, service: str, encrypted: Mapping[str, str]) -> Call:
    context: Context = {f"kms:EncryptionContext:{name}": arn for name, arn in encrypted.items()}
    via: Context = {"kms:ViaService": f"{service}.{REGION}.amazonaws.com"}
    return _call(deployed, function, action, str(deployed.secrets_key), context | via)


def _call(
    deployed: Deployed,
    function: str,
    action: str,
    resource: str,
    context: Context | None = None,
    via: Context | None = None,
) -> Call:
    role = deployed.role(function)
    name = deployed.functions[function].properties["FunctionName"]
    whole: Context = {
        "aws:SecureTransport": "true",
        "aws:PrincipalAccount": ACCOUNT,
        "aws:PrincipalArn": role,
        **(context or {}),
        **({"kms:ViaService": via["kms:ViaService"]} if via else {}),
    }
    principal = f"arn:aws:sts::{ACCOUNT}:assumed-role/{role.rpartition('/')[2]}/{name}"
    asked = Asked(function, principal, action, resource, whole, deployed.policy_of_resource(resource))
    return Call(function, asked)


_HERE: Final = f"{REGION}:{ACCOUNT}"
_ARNS: Final[Mapping[str, str]] = {
    "api": f"arn:aws:apigateway:{REGION}::{{}}",
    "bucket": "arn:aws:s3:::{}",
    "configuration set": f"arn:aws:ses:{_HERE}:configuration-set/{{}}",
    "distribution": f"arn:aws:cloudfront::{ACCOUNT}:distribution/{{}}",
    "function": f"arn:aws:lambda:{_HERE}:function:{{}}",
    "identity": f"arn:aws:ses:{_HERE}:identity/{{}}",
    "index": f"arn:aws:dynamodb:{_HERE}:table/{{}}/index/{{}}",
    "object": "arn:aws:s3:::{}/{}",
    "parameter": f"arn:aws:ssm:{_HERE}:parameter{{}}",
    "queue": f"arn:aws:sqs:{_HERE}:{{}}",
    "secret": f"arn:aws:secretsmanager:{_HERE}:secret:{{}}-{ANY}",
    "secure parameter": f"arn:aws:ssm:{_HERE}:parameter{{}}",
    "table": f"arn:aws:dynamodb:{_HERE}:table/{{}}",
    "topic": "{}",
}
"""By kind of resource, with its names."""


def _arn(kind: str, name: str, rest: Sequence[str]) -> str:
    return _ARNS[kind].format(name.rpartition("/")[2] if kind == "queue" else name, *rest)
