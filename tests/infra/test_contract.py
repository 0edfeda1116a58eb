"""The rules of rules.py on every environment, each also broken once to prove that it can fail."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from stacks.environments import ENVIRONMENTS
from tests.infra import rules
from tests.infra.templates import Json, Synthesized, synthesize, templates_for

Rule = Callable[[Synthesized], Iterator[str]]

RULES: tuple[Rule, ...] = (
    rules.visibility_timeouts_cover_functions,
    rules.streams_keep_failed_records,
    rules.no_reserved_concurrency,
    rules.kms_rights_match_the_used_keys,
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_no_rule_is_violated(synthesized: Synthesized, rule: Rule) -> None:
    assert list(rule(synthesized)) == []


def toy(**resources: tuple[str, Json]) -> Synthesized:
    """Return an environment of one stack with these resources: (type, properties) by id."""
    whole = {name: {"Type": kind, "Properties": properties} for name, (kind, properties) in resources.items()}
    return Synthesized(ENVIRONMENTS["dev"], {"toy": {"Resources": whole}}, {}, {})


# --- a queue ----------------------------------------------------------------------------------------------------------


def worker(*, queue: Json | None = None, mapping: Json | None = None, function: Json | None = None) -> Synthesized:
    """Return a correct queue with its worker, except for the given overrides."""
    return toy(
        Queue=("AWS::SQS::Queue", {"VisibilityTimeout": 60, "RedrivePolicy": {"maxReceiveCount": 3}} | (queue or {})),
        Function=("AWS::Lambda::Function", {"FunctionName": "work", "Timeout": 10} | (function or {})),
        Mapping=(
            "AWS::Lambda::EventSourceMapping",
            {
                "EventSourceArn": {"Fn::GetAtt": ["Queue", "Arn"]},
                "FunctionName": {"Ref": "Function"},
                "BatchSize": 10,
                "ScalingConfig": {"MaximumConcurrency": 2},
            }
            | (mapping or {}),
        ),
    )


BY_NAME = {"Fn::Join": ["", ["arn:aws:lambda:eu-west-1:123456789012:function:", "work"]]}


@pytest.mark.parametrize(
    "parts, broken",
    [
        ({}, None),
        ({"queue": {"VisibilityTimeout": 59}}, "visible again before 60 s"),
        ({"function": {"Timeout": 11}}, "visible again before 66 s"),
        ({"mapping": {"BatchSize": 11}}, "needs a window"),
        ({"mapping": {"BatchSize": 11, "MaximumBatchingWindowInSeconds": 1}}, None),
        ({"mapping": {"ScalingConfig": {}}}, "nothing bounds"),
        ({"mapping": {"FunctionName": {"Ref": "Elsewhere"}}}, "its function is not in these templates"),
        ({"mapping": {"FunctionName": BY_NAME}}, None),
        ({"mapping": {"FunctionName": ":function:work"}, "function": {"Timeout": 11}}, "visible again before 66 s"),
    ],
)
def test_visibility_timeout_covers_the_function_timeout(parts: dict[str, Json], broken: str | None) -> None:
    said = list(rules.visibility_timeouts_cover_functions(worker(**parts)))
    assert [broken in one for one in said if broken] == ([True] if broken else [])
    assert bool(said) is bool(broken)


def test_queues_have_dead_letter_queues() -> None:
    without = worker()
    del without.templates["toy"]["Resources"]["Queue"]["Properties"]["RedrivePolicy"]
    assert list(rules.visibility_timeouts_cover_functions(without)) == ["toy/Queue: no failure target"]


# --- a stream ---------------------------------------------------------------------------------------------------------

RIGHT = {
    "EventSourceArn": {"Fn::GetAtt": ["Table", "StreamArn"]},
    "FunctionName": {"Ref": "Function"},
    "StartingPosition": "TRIM_HORIZON",
    "DestinationConfig": {"OnFailure": {"Destination": {"Fn::GetAtt": ["Parked", "Arn"]}}},
    "FilterCriteria": {"Filters": [{"Pattern": "{}"}]},
    "MaximumRecordAgeInSeconds": 3_600,
}


@pytest.mark.parametrize(
    "spoiled, broken",
    [
        ({}, None),
        ({"StartingPosition": "LATEST"}, "does not begin at TRIM_HORIZON"),
        ({"DestinationConfig": {}}, "no failure target"),
        ({"FilterCriteria": {"Filters": []}}, "no filter"),
        ({"FilterCriteria": {"Filters": [{"Pattern": '"dynamodb"'}]}}, "a filter is no pattern"),
        ({"MaximumRecordAgeInSeconds": -1}, "no age"),  # Lambda's value for "no limit"
        ({"MaximumRecordAgeInSeconds": 86_400}, "no age"),  # by then the record has expired from the stream
        ({"EventSourceArn": {"Ref": "Elsewhere"}}, "its source is not in these templates"),
    ],
)
def test_stream_failures_are_kept(spoiled: Json, broken: str | None) -> None:
    made = toy(
        Table=("AWS::DynamoDB::Table", {}),
        Function=("AWS::Lambda::Function", {}),
        Mapping=("AWS::Lambda::EventSourceMapping", RIGHT | spoiled),
    )
    said = list(rules.streams_keep_failed_records(made))
    assert said == ([f"toy/Mapping: {said[0].partition(': ')[2]}"] if broken else [])
    assert all(broken in one for one in said if broken)


# --- concurrency ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind, properties, broken",
    [
        ("AWS::Lambda::Function", {}, []),
        ("AWS::Lambda::Function", {"ReservedConcurrentExecutions": 1}, ["toy/One: reserves concurrency"]),
        ("AWS::Lambda::Alias", {"ProvisionedConcurrencyConfig": {}}, ["toy/One: provisions concurrency"]),
        ("AWS::Lambda::Version", {"ProvisionedConcurrencyConfig": {}}, ["toy/One: provisions concurrency"]),
    ],
)
def test_reserved_concurrency_is_not_used(kind: str, properties: Json, broken: list[str]) -> None:
    assert list(rules.no_reserved_concurrency(toy(One=(kind, properties)))) == broken


# --- keys -------------------------------------------------------------------------------------------------------------

KEY = {"Fn::GetAtt": ["Key", "Arn"]}
OTHER = {"Fn::GetAtt": ["Other", "Arn"]}
TABLE = {"Fn::GetAtt": ["Table", "Arn"]}
INDEX = {"Fn::Join": ["", [TABLE, "/index/by_card"]]}
QUEUE = {"Fn::GetAtt": ["Queue", "Arn"]}
TOPIC = {"Ref": "Topic"}
SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:/toy/pepper-??????"
PLAIN = "arn:aws:ssm:eu-west-1:123456789012:parameter/toy/plain"
READ = ["kms:Decrypt"]
WRITE = ["kms:Decrypt", "kms:GenerateDataKey"]


@pytest.mark.parametrize(
    "rights, broken",
    [
        ([("secretsmanager:GetSecretValue", SECRET), (READ, KEY)], []),
        ([("secretsmanager:GetSecretValue", SECRET)], ["may not kms:Decrypt under toy/Key"]),
        (
            [("secretsmanager:GetSecretValue", SECRET), (READ, OTHER)],
            ["may not kms:Decrypt under toy/Key", "may use toy/Other"],
        ),
        ([("secretsmanager:GetSecretValue", SECRET), (READ, KEY), (READ, "*")], ["may open keys without a name"]),
        ([("secretsmanager:UpdateSecret", SECRET), (WRITE, KEY)], ["may not kms:Encrypt"]),
        ([("ssm:GetParameter", PLAIN)], []),
        ([("dynamodb:Query", INDEX), (READ, KEY)], []),
        ([("dynamodb:Query", INDEX)], ["may not kms:Decrypt"]),
        ([("dynamodb:PutItem", TABLE), (READ, KEY)], ["may not kms:GenerateDataKey"]),
        ([("dynamodb:PutItem", TABLE), (WRITE, KEY)], []),
        ([("sqs:ReceiveMessage", QUEUE)], ["may not kms:Decrypt"]),
        ([("sqs:SendMessage", QUEUE), (READ, KEY)], ["may not kms:GenerateDataKey"]),
        ([("sns:Publish", TOPIC), (READ, KEY)], ["may not kms:GenerateDataKey"]),
        ([("sns:Publish", TOPIC), (WRITE, KEY)], []),
        ([(READ, KEY)], ["may use toy/Key, under which it has nothing"]),
    ],
)
def test_kms_rights_match_the_encrypted_resources(rights: list[tuple[Any, Any]], broken: list[str]) -> None:
    document = {"Statement": [{"Effect": "Allow", "Action": what, "Resource": over} for what, over in rights]}
    made = toy(
        Key=("AWS::KMS::Key", {}),
        Other=("AWS::KMS::Key", {}),
        Table=("AWS::DynamoDB::Table", {"SSESpecification": {"KMSMasterKeyId": KEY}}),
        Queue=("AWS::SQS::Queue", {"KmsMasterKeyId": KEY}),
        Topic=("AWS::SNS::Topic", {"KmsMasterKeyId": {"Ref": "Key"}}),
        Secret=("Custom::GeneratedSecret", {"SecretName": "/toy/pepper", "KeyId": KEY}),
        Policy=("AWS::IAM::Policy", {"Roles": [{"Ref": "Role"}], "PolicyDocument": document}),
    )
    said = list(rules.kms_rights_match_the_used_keys(made))
    assert len(said) == len(broken)
    assert all(expected in one for expected, one in zip(broken, said, strict=True))


# --- replacement by changes -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def builds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Synthesized]:
    """Provide prod, where functions have versions, the same again, and with another build of the packages."""
    folder = tmp_path_factory.mktemp("build")
    (folder / "vendor" / "python").mkdir(parents=True)
    (folder / "vendor" / "python" / "package.py").touch()
    return {
        "before": templates_for(env="prod"),
        "same": synthesize(tmp_path_factory.mktemp("same"), env="prod"),
        "after": synthesize(folder, env="prod"),
    }


@pytest.mark.full
def test_unchanged_sources_make_the_same_templates(builds: dict[str, Synthesized]) -> None:
    """Layers, versions of functions and deployments of the APIs among them: a deployment replaces none."""
    assert builds["same"].templates == builds["before"].templates


@pytest.mark.full
def test_a_changed_layer_gets_a_new_version_and_others_do_not(builds: dict[str, Synthesized]) -> None:
    before, after = (
        {str(layer): layer.properties["Content"] for layer in builds[which].all("AWS::Lambda::LayerVersion")}
        for which in ("before", "after")
    )
    changed = {layer for layer, content in before.items() if after[layer] != content}
    assert changed == {layer for layer in before if "VendorLayer" in layer} != set()


@pytest.mark.full
def test_a_changed_layer_makes_new_versions_of_its_functions(
    builds: dict[str, Synthesized],
) -> None:
    """An alias moves only to a version of another id."""
    before, after = ({str(v) for v in builds[which].all("AWS::Lambda::Version")} for which in ("before", "after"))
    assert before & after == set()
    assert len(before) == len(after) > 0
