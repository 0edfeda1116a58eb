"""botocore's service models, reduced to what handlers use. A client parses its service's model when it is created.

The reduced model of an operation keeps everything that botocore acts on: input, output and errors. It omits
documentation, unused operations, and the endpoints of other services.
"""

import gzip
import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

Services = Mapping[str, tuple[str, ...]]
"""The operations that handlers call, by service, in AWS's spelling."""


def trim(data: Path, services: Services) -> None:
    """Remove all other services and operations from a copy of botocore's `data` folder. KeyError: unknown operation."""
    for service in data.iterdir():
        if service.is_dir() and service.name not in services:
            shutil.rmtree(service)
    for service, operations in services.items():
        *older, newest = sorted((data / service).iterdir())
        for version in older:
            shutil.rmtree(version)
        for file in [*newest.iterdir()]:
            content = _read(file)
            file.unlink()
            match file.name.removesuffix(".gz").removesuffix(".json"):
                case "service-2":
                    content = model(content, operations)
                case "paginators-1":
                    pages = content["pagination"]
                    content = {"pagination": {name: pages[name] for name in operations if name in pages}}
                case "endpoint-rule-set-1":
                    pass
                case _:  # examples, waiters, and the extras of S3's model for pagination and legacy programs
                    continue
            # Uncompressed: decompressing would take longer than reading.
            _write(newest / file.name.removesuffix(".gz"), content)
    endpoints = data / "endpoints.json"
    _write(endpoints, _endpoints(_read(endpoints), services))


def model(whole: Mapping[str, Any], operations: tuple[str, ...]) -> dict[str, Any]:
    """Return a service's model with only these operations and the shapes that they reach."""
    kept = {name: whole["operations"][name] for name in operations}
    reached: set[str] = set()
    ahead = [*_shapes_in(kept)]
    while ahead:
        shape = ahead.pop()
        if shape not in reached:
            reached.add(shape)
            ahead += _shapes_in(whole["shapes"][shape])
    shapes = {name: shape for name, shape in whole["shapes"].items() if name in reached}
    found = _undocumented({**whole, "operations": kept, "shapes": shapes})
    for parameter in found.get("clientContextParams", {}).values():
        parameter["documentation"] = ""  # S3 documents some, and botocore requires the key in a request
    return found


def _shapes_in(part: Any) -> Iterator[str]:
    """Yield the names of the shapes in a part of a model.

    A member may be called `shape` too, but its value is not a string.
    """
    if isinstance(part, dict):
        for name, value in part.items():
            if name == "shape" and isinstance(value, str):
                yield value
            else:
                yield from _shapes_in(value)
    elif isinstance(part, list):
        for value in part:
            yield from _shapes_in(value)


def _undocumented(part: Any) -> Any:
    """Return a model without documentation. A member named `documentation` has an object as its value, and is kept."""
    if isinstance(part, dict):
        return {
            name: _undocumented(value)
            for name, value in part.items()
            if not (name == "documentation" and isinstance(value, str))
        }
    return [_undocumented(value) for value in part] if isinstance(part, list) else part


def _endpoints(whole: Mapping[str, Any], services: Services) -> dict[str, Any]:
    partitions = [
        {**partition, "services": {name: at for name, at in partition["services"].items() if name in services}}
        for partition in whole["partitions"]
    ]
    return {**whole, "partitions": partitions}


def _read(file: Path) -> Any:
    content = file.read_bytes()
    return json.loads(gzip.decompress(content) if file.suffix == ".gz" else content)


def _write(file: Path, content: Any) -> None:
    file.write_text(json.dumps(content, separators=(",", ":"), ensure_ascii=False), encoding="utf-8")
