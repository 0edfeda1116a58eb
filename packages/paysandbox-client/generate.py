"""Generates the client's two modules from the API's document: shapes.py and operations.py.

    python generate.py

datamodel-code-generator makes the shapes, one TypedDict for each schema. An operation is a method that names its route
and its parameters: what is sent and received, and when it is sent again, is written by hand in sandbox.py.
"""

import json
import keyword
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent
DOCUMENT: Final = ROOT.parent.parent / "api_reference" / ".built" / "openapi.json"
PACKAGE: Final = ROOT / "src" / "paysandbox_client"

_OF_OTHER_APIS: Final = frozenset({"reference", "stripe_api"})
_JSON: Final = "application/json"
_KEY: Final = "X-Idempotency-Key"
_REFERENCE: Final = "#/components/schemas/"
_SCALARS: Final = {"string": "str", "integer": "int", "boolean": "bool"}

_SHAPES: Final = '"""The shapes of the API\'s bodies, answers and events. Generated from its OpenAPI document."""'
_OPERATIONS: Final = '''"""The operations of the native API. Generated from its OpenAPI document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from paysandbox_client import shapes


class Operations:
    """A method for each operation; `_call` sends it."""

    def _call(
        self,
        method: str,
        template: str,
        *,
        path: Mapping[str, str] | None = None,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        headers: Mapping[str, str | None] | None = None,
        idempotency_key: str | None = None,
        takes_key: bool = False,
    ) -> Any:
        raise NotImplementedError
'''


@dataclass(frozen=True)
class Operation:
    """An operation of the document: its method and path, and what the document says of it."""

    method: str
    path: str
    facts: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Its operation ID, which is a name in Python."""
        return self.facts["operationId"]

    def parameters(self, place: str) -> list[Mapping[str, Any]]:
        """Return the parameters in `path`, `query` or `header`, without the idempotency key."""
        return [it for it in self.facts.get("parameters", []) if it["in"] == place and it["name"] != _KEY]

    @property
    def takes_key(self) -> bool:
        """Whether it is performed once per idempotency key."""
        return any(it["name"] == _KEY for it in self.facts.get("parameters", []))

    @property
    def answer(self) -> Mapping[str, Any] | None:
        """The schema of its success, or None if that is not JSON."""
        [success] = (it for status, it in self.facts["responses"].items() if status.startswith("2"))
        return success.get("content", {}).get(_JSON, {}).get("schema")

    @property
    def body(self) -> Mapping[str, Any] | None:
        """The schema of its JSON body, or None if it has none."""
        return self.facts.get("requestBody", {}).get("content", {}).get(_JSON, {}).get("schema")


def generate(document: Path = DOCUMENT, package: Path = PACKAGE) -> None:
    """Write both modules into the package, each at once and only if it differs."""
    api = json.loads(document.read_text(encoding="utf-8"))
    _write(package / "shapes.py", shapes(api))
    _write(package / "operations.py", operations(api))


def operations_of(api: Mapping[str, Any]) -> Iterator[Operation]:
    """Yield the operations that a client of the native API calls.

    Pages, and what a browser or another provider sends (a write without a key), are not among them.
    """
    for path, methods in api["paths"].items():
        for method, facts in methods.items():
            operation = Operation(method.upper(), path, facts)
            is_foreign = _OF_OTHER_APIS & {*facts["tags"]} or (method != "get" and not facts["security"])
            if not is_foreign and operation.answer is not None:
                yield operation


def shapes(api: Mapping[str, Any]) -> str:
    """Return the module of the shapes: of the operations, of the events that are delivered, and of problems."""
    from datamodel_code_generator import DataModelType, InputFileType, PythonVersion, generate
    from datamodel_code_generator.format import Formatter

    with tempfile.TemporaryDirectory() as scratch:
        made = Path(scratch) / "shapes.py"
        generate(
            json.dumps({"openapi": api["openapi"], "info": api["info"], "paths": {}, "components": _needed(api)}),
            input_file_type=InputFileType.OpenAPI,
            output=made,
            output_model_type=DataModelType.TypingTypedDict,
            target_python_version=PythonVersion.PY_311,
            use_standard_collections=True,
            use_union_operator=True,
            use_schema_description=True,
            use_field_description=True,
            use_double_quotes=True,
            disable_timestamp=True,
            custom_file_header=_SHAPES,
            formatters=[Formatter.RUFF_FORMAT],
        )
        return made.read_text(encoding="utf-8")


def operations(api: Mapping[str, Any]) -> str:
    """Return the module of the operations."""
    return "\n".join([_OPERATIONS, *map(_method, operations_of(api))])


def _needed(api: Mapping[str, Any]) -> dict[str, Any]:
    """Return the components that the client's shapes are made of, each with what it refers to."""
    schemas = api["components"]["schemas"]
    waiting: list[Any] = [[it.answer, it.body, *it.parameters("query")] for it in operations_of(api)]
    waiting += [api["webhooks"], {"$ref": f"{_REFERENCE}Problem"}]
    needed: dict[str, Any] = {}
    while waiting:
        for name in _references(waiting.pop()):
            if name not in needed:
                needed[name] = _open(schemas[name])
                waiting.append(schemas[name])
    return {"schemas": dict(sorted(needed.items()))}


def _open(part: Any) -> Any:
    """Return a schema to which the API may add fields: a closed TypedDict is none of the standard library's either."""
    if isinstance(part, dict):
        kept = {name: value for name, value in part.items() if (name, value) != ("additionalProperties", False)}
        return {name: _open(value) for name, value in kept.items()}
    return [_open(each) for each in part] if isinstance(part, list) else part


def _references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(target := part.get("$ref"), str):
            yield target.removeprefix(_REFERENCE)
        part = list(part.values())
    if isinstance(part, list):
        for each in part:
            yield from _references(each)


def _method(operation: Operation) -> str:
    """Return the method of an operation: path parameters and body by position, the others by name."""
    path = {it["name"]: _argument(it["name"]) for it in operation.parameters("path")}
    query = {it["name"]: _argument(it["name"]) for it in operation.parameters("query")}
    headers = {it["name"]: _argument(it["name"].removeprefix("X-")) for it in operation.parameters("header")}
    by_position = [f"{name}: str" for name in path.values()]
    if operation.body is not None:
        is_required = operation.facts["requestBody"].get("required", False)
        by_position.append(f"body: {_type(operation.body)}{'' if is_required else ' | None = None'}")
    by_name = [
        *(f"{query[it['name']]}: {_type(it['schema'])} | None = None" for it in operation.parameters("query")),
        *(f"{name}: str | None = None" for name in headers.values()),
        *(["idempotency_key: str | None = None"] if operation.takes_key else []),
    ]
    sent = [
        f'"{operation.method}"',
        f'"{operation.path}"',
        *_mapping("path", path),
        *_mapping("query", query),
        *(["body=body"] if operation.body is not None else []),
        *_mapping("headers", headers),
        *(["idempotency_key=idempotency_key", "takes_key=True"] if operation.takes_key else []),
    ]
    arguments = ["self", *by_position, *(["*", *by_name] if by_name else [])]
    lines = [
        f"    def {operation.name}(",
        *(f"        {argument}," for argument in arguments),
        f"    ) -> {_type(operation.answer or {})}:",
        *_docstring(operation),
        "        return self._call(",
        *(f"            {argument}," for argument in sent),
        "        )",
        "",
    ]
    return "\n".join(lines)


def _docstring(operation: Operation) -> list[str]:
    told = [f"{operation.facts['summary']}."]
    described = [*operation.parameters("path"), *operation.parameters("query"), *operation.parameters("header")]
    notes = [f"{_argument(it['name'].removeprefix('X-'))}: {it['description']}" for it in described]
    text = "\n\n".join([*told, *notes]).replace("\\", "\\\\").replace('"""', "'''")
    return (
        [f"        {line}".rstrip() for line in f'"""{text}\n"""'.splitlines()] if notes else [f'        """{text}"""']
    )


def _mapping(name: str, values: Mapping[str, str]) -> list[str]:
    entries = ", ".join(f'"{key}": {value}' for key, value in values.items())
    return [f"{name}={{{entries}}}"] if values else []


def _argument(name: str) -> str:
    """Return a parameter's name in Python."""
    made = re.sub(r"[^a-z0-9]+", "_", name.lower())
    return f"{made}_" if keyword.iskeyword(made) else made


def _type(schema: Mapping[str, Any]) -> str:
    """Return the annotation of a parameter, a body or an answer. Raises ValueError for one that it does not know."""
    if target := schema.get("$ref"):
        return f"shapes.{target.removeprefix(_REFERENCE)}"
    if values := schema.get("enum"):
        return f"Literal[{', '.join(json.dumps(value) for value in values)}]"
    if (kind := schema.get("type")) in _SCALARS:
        return _SCALARS[kind]
    raise ValueError(f"A parameter is neither a scalar nor a named schema: {schema}")


def _write(file: Path, text: str) -> None:
    if file.is_file() and file.read_text(encoding="utf-8") == text:
        return
    part = file.with_suffix(".part")
    part.write_text(text, encoding="utf-8")
    part.replace(file)


if __name__ == "__main__":
    generate()
