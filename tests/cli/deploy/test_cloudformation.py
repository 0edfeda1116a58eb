"""Deploying a cloud assembly to the local engine: stacks in order, what changed only, failures with their causes."""

import hashlib
import json
import zipfile
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from cli.connection.target import Target, local_target
from cli.deploy import cloudformation
from cli.deploy.assembly import Assembly
from cli.deploy.cloudformation import DeploymentFailedError
from cli.sandbox import engine
from cli.state import saved_state
from cli.state.state_dir import StateDir
from tests.support.tools.ports import free_port

pytestmark = pytest.mark.full

BUCKET = "cdk-hnb659fds-assets-000000000000-us-east-1"
QUEUE = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "payments"}}
# The engine refuses to create it: there is no such function.
UNKNOWN = {"Type": "AWS::Lambda::Url", "Properties": {"TargetFunctionArn": "unknown", "AuthType": "NONE"}}


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """Provide a running engine without anything in it."""
    home = StateDir(tmp_path_factory.mktemp("home"))
    home.make()
    saved_state.prepare(home)
    try:
        yield local_target(home, engine.start(home, free_port()).port, "us-east-1")
    finally:
        engine.kill(home)


class Folder:
    """A cloud assembly that is written stack by stack, as CDK writes it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.artifacts: dict[str, Any] = {}

    def stack(
        self,
        name: str,
        resources: Mapping[str, Any],
        *,
        needs: str | None = None,
        output: Mapping[str, Any] | None = None,
    ) -> None:
        template = {"Resources": resources, "Outputs": {"Value": output} if output else {}}
        text = json.dumps(template)
        key = f"{hashlib.sha256(text.encode()).hexdigest()}.json"
        (self.folder / f"{name}.template.json").write_text(text)
        self.file(name, key, {"path": f"{name}.template.json", "packaging": "file"})
        self.artifacts[name] = {
            "type": "aws:cloudformation:stack",
            "properties": {
                "templateFile": f"{name}.template.json",
                "stackTemplateAssetObjectUrl": f"s3://{BUCKET}/{key}",
            },
            "dependencies": [f"{name}.assets", *([needs] if needs else [])],
        }

    def file(self, name: str, key: str, source: Mapping[str, str]) -> None:
        place = {"bucketName": BUCKET, "objectKey": key}
        file = self.folder / f"{name}.assets.json"
        file.write_text(json.dumps({"files": {key: {"source": source, "destinations": {"here": place}}}}))
        self.artifacts[f"{name}.assets"] = {
            "type": "cdk:asset-manifest",
            "properties": {
                "file": file.name,
                "requiresBootstrapStackVersion": 6,
                "bootstrapStackVersionSsmParameter": "/cdk-bootstrap/hnb659fds/version",
            },
        }

    def read(self) -> Assembly:
        (self.folder / "manifest.json").write_text(json.dumps({"artifacts": self.artifacts}))
        return Assembly.read(self.folder)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Return an assembly without stacks."""
    return Folder(tmp_path)


def deploy(folder: Folder, target: Target) -> None:
    assembly = folder.read()
    cloudformation.publish(assembly, target)
    cloudformation.deploy(assembly, target, only=assembly.stacks().keys())


def status(target: Target, name: str) -> str | None:
    described = target.client("cloudformation").describe_stacks()["Stacks"]
    return next((stack["StackStatus"] for stack in described if stack["StackName"] == name), None)


def output(target: Target, name: str) -> str:
    [described] = target.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
    [found] = described["Outputs"]
    return found["OutputValue"]


def test_a_stack_is_deployed_after_those_that_it_needs(folder: Folder, target: Target) -> None:
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": {"Fn::ImportValue": "of-first"}}}
    folder.stack("order-second", {"Topic": topic}, needs="order-first", output={"Value": {"Ref": "Topic"}})
    folder.stack("order-first", {"Queue": QUEUE}, output={"Value": "payments", "Export": {"Name": "of-first"}})
    deploy(folder, target)
    assert output(target, "order-second").endswith(":payments")


def test_an_update_changes_what_differs(folder: Folder, target: Target) -> None:
    folder.stack("update-one", {"Queue": {"Type": "AWS::SQS::Queue"}}, output={"Value": "before"})
    deploy(folder, target)
    assert status(target, "update-one") == "CREATE_COMPLETE"
    deploy(folder, target)
    assert status(target, "update-one") == "CREATE_COMPLETE", "nothing was updated"
    folder.stack(
        "update-one",
        {"Queue": {"Type": "AWS::SQS::Queue"}, "New": {"Type": "AWS::SNS::Topic"}},
        output={"Value": "now"},
    )
    deploy(folder, target)
    assert status(target, "update-one") == "UPDATE_COMPLETE"
    assert output(target, "update-one") == "now"


def test_an_assembly_without_the_functions_code_is_not_whole(folder: Folder) -> None:
    """That of a copied image: it is synthesized again before it is deployed."""
    code = folder.folder / "asset.handlers"
    folder.file("functions", "handlers.zip", {"path": code.name, "packaging": "zip"})
    assert not folder.read().is_whole()
    code.mkdir()
    assert folder.read().is_whole()


def test_a_failure_names_the_resource_and_stops_what_needs_it(folder: Folder, target: Target) -> None:
    folder.stack("failing-one", {"Address": UNKNOWN})
    folder.stack("failing-two", {"Topic": {"Type": "AWS::SNS::Topic"}}, needs="failing-one")
    with pytest.raises(DeploymentFailedError) as failed:
        deploy(folder, target)
    [cause] = failed.value.args
    assert cause.startswith("one: Address (AWS::Lambda::Url): Lambda function not found")
    assert status(target, "failing-two") is None


def test_a_stack_whose_creation_failed_is_created_again(folder: Folder, target: Target) -> None:
    folder.stack("again-one", {"Address": UNKNOWN})
    with pytest.raises(DeploymentFailedError):
        deploy(folder, target)
    folder.stack("again-one", {"Topic": {"Type": "AWS::SNS::Topic"}})
    deploy(folder, target)
    assert status(target, "again-one") == "CREATE_COMPLETE"


def test_files_are_uploaded_once(folder: Folder, target: Target) -> None:
    (folder.folder / "code").mkdir()
    (folder.folder / "code" / "handler.py").write_text("def handler(event, context): ...\n")
    (folder.folder / "code" / "run").write_text("#!/bin/sh\n")
    (folder.folder / "code" / "run").chmod(0o755)
    folder.file("upload", "code.zip", {"path": "code", "packaging": "zip"})
    assembly = folder.read()
    assert cloudformation.publish(assembly, target) == 1
    assert cloudformation.publish(assembly, target) == 0

    stored = target.client("s3").get_object(Bucket=BUCKET, Key="code.zip")["Body"].read()
    [asset] = assembly.assets()
    assert asset.content() == stored, "the same files give the same zip"
    with zipfile.ZipFile(BytesIO(stored)) as archive:
        assert archive.namelist() == ["handler.py", "run"]
        assert archive.getinfo("run").external_attr >> 16 & 0o777 == 0o755


def test_a_template_is_uploaded_again_under_its_key(folder: Folder, target: Target) -> None:
    """A wheel's template has the same key at every port."""
    template = folder.folder / "port.template.json"
    folder.file("port", "port.json", {"path": template.name, "packaging": "file"})
    for port in (4610, 4700):
        template.write_text(json.dumps({"Description": f"at {port}"}))
        assert cloudformation.publish(folder.read(), target) == 1

    stored = target.client("s3").get_object(Bucket=BUCKET, Key="port.json")["Body"].read()
    assert json.loads(stored) == {"Description": "at 4700"}
