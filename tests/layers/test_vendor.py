"""The vendor layer holds what handlers call, and no more."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import boto3
import pytest
from botocore import xform_name

from layers.aws_models import model
from layers.build import AWS_SERVICES, vendor_layer

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = (ROOT / "layers" / "shared", ROOT / "lambdas")


SOURCES = "\n".join(file.read_text() for folder in SHIPPED for file in folder.rglob("*.py"))


def test_boto3_is_shipped_with_exactly_the_services_that_are_called() -> None:
    assert set(re.findall(r'boto3\.client\(\s*"([\w-]+)"', SOURCES)) == set(AWS_SERVICES)


@pytest.mark.full
@pytest.mark.parametrize("service", AWS_SERVICES)
def test_boto3_is_shipped_with_exactly_the_operations_that_are_called(service: str) -> None:
    """Whatever is called as one of the service's methods is one: names are told apart by AWS well enough."""
    session: Any = boto3.Session()
    client = session.client(service, region_name="eu-central-1")
    named = r'\.(?:get_paginator|generate_presigned_url)\(\s*"(\w+)"'
    called = {*re.findall(r"\.(\w+)\(", SOURCES), *re.findall(named, SOURCES)}
    methods: dict[str, str] = client.meta.method_to_api_mapping
    assert sorted(methods[name] for name in called if name in methods) == sorted(AWS_SERVICES[service])


PROGRAM = """
import boto3, json
told = {}
for service, operations in json.loads(SERVICES).items():
    client = boto3.Session().client(service, region_name="cn-north-1", aws_access_key_id="a", aws_secret_access_key="b")
    model = client.meta.service_model
    told[service] = {
        "endpoint": client.meta.endpoint_url,
        "operations": [*model.operation_names],
        "errors": sorted({shape.name for shape in model.error_shapes}),
        "pages": sorted(name for name, api in client.meta.method_to_api_mapping.items() if client.can_paginate(name)),
        "wire": {},
    }
    for name in operations:
        operation = model.operation_model(name)
        fields = [shape and sorted(shape.members) for shape in (operation.input_shape, operation.output_shape)]
        told[service]["wire"][name] = [operation.http, *fields, sorted(shape.name for shape in operation.error_shapes)]
print(json.dumps(told))
"""


@pytest.mark.full
def test_shipped_operations_are_complete() -> None:
    """As whole as pip installs it: what is sent, answered and raised, and where. A part too few would fail at AWS."""
    program = PROGRAM.replace("SERVICES", repr(json.dumps(AWS_SERVICES)))
    shipped = f"import sys; sys.path[:0] = [{str(vendor_layer('local') / 'python')!r}]\n{program}"
    ours = run("-I", "-S", "-c", shipped)
    theirs = run("-c", program)
    for service, operations in AWS_SERVICES.items():
        mine, whole = ours[service], theirs[service]
        assert mine["operations"] == [*operations]
        assert (mine["wire"], mine["endpoint"]) == (whole["wire"], whole["endpoint"])
        raised = {name for *_, errors in mine["wire"].values() for name in errors}
        assert set(mine["errors"]) == raised
        assert set(mine["pages"]) == set(whole["pages"]) & {xform_name(name) for name in operations}


@pytest.mark.full
def test_shipped_s3_model_makes_a_request() -> None:
    """It reads more of its model than others do: where a bucket is asked is decided for each request."""
    program = """
import boto3
client = boto3.client("s3", region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")
print('"' + client.generate_presigned_url("put_object", Params={"Bucket": "reports", "Key": "a/b.csv"}) + '"')
"""
    told = run("-I", "-S", "-c", f"import sys; sys.path[:0] = [{str(vendor_layer('local') / 'python')!r}]\n{program}")
    assert str(told).startswith("https://reports.s3.")


def run(*words: str) -> dict[str, Any]:
    done = subprocess.run([sys.executable, *words], check=True, capture_output=True, text=True, env={})
    return json.loads(done.stdout)


def test_the_layer_is_the_same_from_every_folder() -> None:
    """pip's RECORD has the hashes of scripts, which start with the path of the Python that installed them."""
    packages = vendor_layer("local") / "python"
    assert [*packages.glob("*.dist-info/METADATA")]
    assert [*packages.glob("*.dist-info/RECORD")] == []


def test_models_have_no_unused_parts() -> None:
    """The documentation is most of a model, and a service's newest version is the only one that is asked for."""
    data = vendor_layer("local") / "python" / "botocore" / "data"
    assert {folder.name for folder in data.iterdir() if folder.is_dir()} == set(AWS_SERVICES)
    files = {service: sorted(file.name for file in (data / service).rglob("*.*")) for service in AWS_SERVICES}
    assert files["ssm"] == ["endpoint-rule-set-1.json", "paginators-1.json", "service-2.json"]
    assert (data / "dynamodb" / "2012-08-10" / "service-2.json").stat().st_size < 50_000
    assert (data / "endpoints.json").stat().st_size < 100_000


def test_members_named_like_model_keywords_are_kept() -> None:
    whole = {
        "operations": {
            "Put": {"input": {"shape": "In"}, "documentation": "text"},
            "Other": {"input": {"shape": "Out"}},
        },
        "shapes": {
            "In": {"type": "structure", "members": {"documentation": {"shape": "Text"}, "shape": {"shape": "Loop"}}},
            "Text": {"type": "string", "documentation": "text"},
            "Loop": {"type": "list", "member": {"shape": "In", "documentation": "text"}},
            "Out": {"type": "string"},
        },
    }
    kept = model(whole, ("Put",))
    assert kept["operations"] == {"Put": {"input": {"shape": "In"}}}
    assert set(kept["shapes"]) == {"In", "Text", "Loop"}
    assert kept["shapes"]["In"] == whole["shapes"]["In"]
    assert '"text"' not in json.dumps(kept)
    with pytest.raises(KeyError, match="Gone"):
        model(whole, ("Gone",))


GROUPS = sorted(folder.name for folder in (ROOT / "lambdas").iterdir() if any(folder.glob("[a-z]*.py")))


_IMPORT_EACH: Final = """
import importlib, os, sys
groups, layer, packages = {folders}
sys.path += layer, packages

def import_all(root, top, but=""):
    for folder, _, files in os.walk(f"{{root}}/{{top}}"):
        package = os.path.relpath(folder, root).replace("/", ".")
        for file in files:
            name = f"{{package}}.{{file.removesuffix('.py')}}"
            if file.endswith(".py") and not file.startswith("_") and name != but:
                importlib.import_module(name)

# Only an environment with all traces, which has the X-Ray SDK in its layer, loads the module that is left out.
import_all(layer, "paysandbox", but="paysandbox.aws.trace_emitter")
for group in {groups}:
    process = os.fork()
    if not process:
        sys.path.insert(0, f"{{groups}}/{{group}}")
        import_all(f"{{groups}}/{{group}}", group)
        os._exit(0)
    if os.waitpid(process, 0)[1]:
        sys.exit(group)
"""


@pytest.mark.full
def test_handlers_import_with_only_the_layers(tmp_path: Path) -> None:
    """In a Python that sees nothing else, as in Lambda: a part left out too many, or a sibling's module, fails here.

    The groups share the modules of the layer, which are loaded once.
    """
    for group in GROUPS:
        (tmp_path / group).mkdir()
        (tmp_path / group / group).symlink_to(ROOT / "lambdas" / group)
    folders = [str(tmp_path), str(ROOT / "layers/shared/python"), str(vendor_layer("local") / "python")]
    program = _IMPORT_EACH.format(folders=folders, groups=GROUPS)
    subprocess.run([sys.executable, "-I", "-S", "-c", program], check=True, env={})
