"""An environment's roles as an account would have them: policies with the values of all intrinsic functions.

A name that CloudFormation or AWS generates is the logical ID. Only the intrinsic functions of policies and variables
are known.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from tests.infra.rights import is_attached
from tests.infra.templates import ACCOUNT, REGION, Json, Resource, Synthesized, listed, statements

_PSEUDO: Final = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::URLSuffix": "amazonaws.com",
}
_NAMES: Final = ("TableName", "FunctionName", "QueueName", "TopicName", "BucketName", "RoleName", "LogGroupName")

_ARNS: Final[Mapping[str, str]] = {
    "AWS::CloudFront::Distribution": f"arn:aws:cloudfront::{ACCOUNT}:distribution/{{}}",
    "AWS::DynamoDB::Table": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{{}}",
    "AWS::IAM::Role": f"arn:aws:iam::{ACCOUNT}:role/{{}}",
    "AWS::KMS::Key": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{{}}",
    "AWS::Lambda::Function": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{{}}",
    "AWS::Logs::LogGroup": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{{}}:*",
    "AWS::S3::Bucket": "arn:aws:s3:::{}",
    "AWS::SNS::Topic": f"arn:aws:sns:{REGION}:{ACCOUNT}:{{}}",
    "AWS::SQS::Queue": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{{}}",
    "AWS::StepFunctions::StateMachine": f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{{}}",
}
_STREAM: Final = "/stream/2026-11-16T09:30:00.000"


@dataclass(frozen=True)
class Deployed:
    """The stacks of an environment in one account."""

    synthesized: Synthesized

    @cached_property
    def functions(self) -> Mapping[str, Resource]:
        """The functions by their names without the environment."""
        prefix = self.synthesized.environment.named("")
        every = self.synthesized.all("AWS::Lambda::Function")
        return {one.properties["FunctionName"].removeprefix(prefix): one for one in every}

    def variables(self, function: str) -> Mapping[str, str]:
        """Return the environment variables of a function."""
        one = self.functions[function]
        return self.value(one.properties.get("Environment", {}).get("Variables", {}), one.stack)

    def role(self, function: str) -> str:
        """Return the ARN of a function's role."""
        one = self.functions[function]
        return self.value(one.properties["Role"], one.stack)

    def policy(self, function: str) -> list[Json]:
        """Return the statements of a function's role."""
        one = self.functions[function]
        role = one.properties["Role"]["Fn::GetAtt"][0]
        return [
            self.value({"Effect": "Allow", **statement}, policy.stack)
            for policy in [*self.synthesized.policies(), *self.synthesized.all("AWS::IAM::ManagedPolicy")]
            if is_attached(policy, one.stack, role)
            for statement in statements(policy)
        ]

    @cached_property
    def table_keys(self) -> Mapping[str, str]:
        """Return the ARNs of the customer managed keys of tables, by the tables' ARNs."""
        keyed = [
            (table, table.properties.get("SSESpecification", {}).get("KMSMasterKeyId"))
            for table in self.synthesized.all("AWS::DynamoDB::Table")
        ]
        return {self._attribute(table, "Arn"): self.value(key, table.stack) for table, key in keyed if key}

    @cached_property
    def secrets_key(self) -> str | None:
        """Return the ARN of the customer managed key of secrets and parameters, or None if AWS's are used."""
        keys = [one for one in self.synthesized.all("AWS::KMS::Key") if one.id.startswith("SecretsKey")]
        return self._attribute(keys[0], "Arn") if keys else None

    @cached_property
    def policies_of_resources(self) -> Mapping[str, list[Json]]:
        """Return the statements of the policies of queues, topics, buckets and keys, by the ARNs of these."""
        found = {
            self._attribute(key, "Arn"): self.value(statements(key), key.stack)
            for key in self.synthesized.all("AWS::KMS::Key")
        }
        for kind, member in (("SQS::Queue", "Queues"), ("SNS::Topic", "Topics"), ("S3::Bucket", "Bucket")):
            for policy in self.synthesized.all(f"AWS::{kind}Policy"):
                for name in listed(self.value(policy.properties[member], policy.stack)):
                    arn = _ARNS[f"AWS::{kind}"].format(name.rpartition("/")[2].rpartition(":")[2])
                    found.setdefault(arn, []).extend(self.value(statements(policy), policy.stack))
        return found

    def policy_of_resource(self, arn: str) -> str | None:
        """Return the ARN of the resource whose policy AWS reads besides the role's, or None if it has none."""
        bucket = arn.partition("/")[0] if arn.startswith("arn:aws:s3:::") else arn
        return bucket if bucket in self.policies_of_resources else None

    def name_of(self, kind: str, name: str) -> str:
        """Return the name of what no variable names: a custom resource's function gets it in its properties.

        `name` is that of the tests, and decides between several of a kind.
        """
        match kind:
            case "bucket" | "object":
                return self._only("AWS::S3::Bucket", name)
            case "distribution":
                return self._only("AWS::CloudFront::Distribution", "")
            case "api" if name.startswith("/restapis/"):
                _, _, _, _, stage = name.split("/")
                (api,) = (
                    self.value(one.properties["RestApiId"], one.stack)
                    for one in self.synthesized.all("AWS::ApiGateway::Stage")
                    if one.properties["StageName"] == stage
                )
                return f"/restapis/{api}/stages/{stage}"
            case "api" if name.startswith("/usageplans/"):
                return f"/usageplans/{self.variables('probe_api')['PAYSANDBOX_PROBE_PLAN']}/keys"
            case "function":
                return self.synthesized.environment.named(name.rpartition("-")[2])
            case "secret":
                return f"/paysandbox/{self.synthesized.environment.name}/{name.rpartition('/')[2].partition('-')[0]}"
            case _:
                return name

    def _only(self, kind: str, prefix: str) -> str:
        (one,) = (one for one in self.synthesized.all(kind) if one.id.startswith(prefix))
        return self.physical(one)

    def sources(self, function: str) -> Iterator[Json]:
        """Yield the event source mappings of a function."""
        one = self.functions[function]
        for source in self.synthesized.all("AWS::Lambda::EventSourceMapping"):
            if source.stack == one.stack and source.properties["FunctionName"] == {"Ref": one.id}:
                yield self.value(source.properties, source.stack)

    def destinations(self, function: str) -> Iterator[str]:
        """Yield the ARNs of the queues to which Lambda sends what a function could not process."""
        one = self.functions[function]
        for source in self.sources(function):
            if "DestinationConfig" in source:
                yield source["DestinationConfig"]["OnFailure"]["Destination"]
        for invoked in self.synthesized.all("AWS::Lambda::EventInvokeConfig"):
            if invoked.stack == one.stack and invoked.properties["FunctionName"] == {"Ref": one.id}:
                failed = invoked.properties.get("DestinationConfig", {}).get("OnFailure")
                if failed:
                    yield self.value(failed["Destination"], one.stack)
        if dead := one.properties.get("DeadLetterConfig"):
            yield self.value(dead["TargetArn"], one.stack)

    def value(self, value: Any, stack: str) -> Any:
        """Return a template's value without intrinsic functions. Raises KeyError for one that policies do not have."""
        if isinstance(value, list):
            return [self.value(part, stack) for part in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((name, argument),) = value.items()
            match name:
                case "Ref":
                    return _PSEUDO.get(argument) or self.physical(self._resource(argument, stack))
                case "Fn::GetAtt":
                    return self._attribute(self._resource(argument[0], stack), argument[1])
                case "Fn::ImportValue":
                    return self._exports[argument]
                case "Fn::Join":
                    return argument[0].join(map(str, self.value(argument[1], stack)))
                case _ if name.startswith("Fn::"):
                    raise KeyError(name)
                case _:
                    pass
        return {name: self.value(part, stack) for name, part in value.items()}

    def physical(self, resource: Resource) -> str:
        """Return what `Ref` is of a resource."""
        names = (resource.properties.get(name) for name in _NAMES)
        name = next((self.value(name, resource.stack) for name in names if name), resource.id)
        if resource.type == "AWS::SQS::Queue":
            return f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}"
        if resource.type in ("AWS::SNS::Topic", "AWS::StepFunctions::StateMachine"):
            return _ARNS[resource.type].format(name)
        return name.lower() if resource.type == "AWS::S3::Bucket" else name

    def _attribute(self, resource: Resource, attribute: str) -> str:
        if attribute not in ("Arn", "StreamArn", "TopicArn"):
            return f"{resource.id}.{attribute}"
        if resource.type not in _ARNS:
            return f"{resource.id}.{attribute}"
        arn = _ARNS[resource.type].format(self.physical(resource).rpartition("/")[2].rpartition(":")[2])
        return arn + _STREAM if attribute == "StreamArn" else arn

    def _resource(self, id_: str, stack: str) -> Resource:
        return self._by_id[stack, id_]

    @cached_property
    def _by_id(self) -> Mapping[tuple[str, str], Resource]:
        return {(one.stack, one.id): one for one in self.synthesized.all()}

    @cached_property
    def _exports(self) -> Mapping[str, str]:
        return {
            self.value(output["Export"]["Name"], stack): self.value(output["Value"], stack)
            for stack, template in self.synthesized.templates.items()
            for output in template.get("Outputs", {}).values()
            if "Export" in output
        }
