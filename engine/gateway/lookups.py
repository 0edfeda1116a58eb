"""What the gateway looks up for each request, once for each change: the mapping, the route, the key, plans, function.

ministack goes through all records of a kind for each of them: through the resources of the API once for each segment of
the path, through all keys, and up to four times through all usage plans.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from engine.gateway.changes import Changes

CACHED_MAX: Final = 1_024
"""How many results of a function are kept. Most clients send few keys, but anybody can send any number."""

Resource = dict[str, Any]
Match = tuple[Resource | None, dict[str, str]]


class Cached:
    """A function whose results are kept until the next change. None is no result: it is looked up again.

    It can be called in several threads: what was looked up before a change is never kept after it.
    """

    def __init__(
        self, look_up: Callable[..., Any], changes: Changes, scope: Callable[[], object] = lambda: None
    ) -> None:
        self._look_up = look_up
        self._changes = changes
        self._scope = scope
        self._cached: tuple[object, dict[object, Any]] = (changes.version, {})

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """Return the result, which callers do not change."""
        version = self._changes.version
        if self._cached[0] is not version:
            self._cached = (version, {})
        results = self._cached[1]
        key = (arguments, tuple(options.items()), self._scope())
        result = results.get(key)
        if result is None:
            result = self._look_up(*arguments, **options)
            if result is not None:
                if len(results) >= CACHED_MAX:
                    results.clear()
                results[key] = result
        return result


@dataclass(slots=True)
class _Node:
    """What follows a part of a path: by literal segment, by any segment, and by all that is left, in this order."""

    resource: Resource
    literal: dict[str, "_Node"] = field(default_factory=dict[str, "_Node"])
    parameters: list[tuple[str, "_Node"]] = field(default_factory=list[tuple[str, "_Node"]])
    greedy: tuple[str, Resource] | None = None


class Paths:
    """Finds the resource of a path among those of an API."""

    def __init__(self, resources: Sequence[Resource]) -> None:
        nodes = {resource["id"]: _Node(resource) for resource in resources}
        self._root = next((node for node in nodes.values() if node.resource.get("path") == "/"), None)
        for resource in resources:
            parent, part = nodes.get(resource.get("parentId", "")), str(resource.get("pathPart", ""))
            if parent is None:
                continue
            if part.startswith("{") and part.endswith("+}"):
                parent.greedy = parent.greedy or (part[1:-2], resource)
            elif part.startswith("{") and part.endswith("}"):
                parent.parameters.append((part[1:-1], nodes[resource["id"]]))
            else:
                parent.literal.setdefault(part, nodes[resource["id"]])

    def match(self, segments: Sequence[str]) -> Match:
        """Return the resource and the parameters of a path, or None and none, as ministack does."""
        if self._root is None:
            return None, {}
        if not segments or [*segments] == [""]:
            return self._root.resource, {}
        return next(_matches(self._root, segments, 0, {}), (None, {}))


def _matches(node: _Node, segments: Sequence[str], place: int, parameters: dict[str, str]) -> Iterator[Match]:
    """Yield what a path matches below a node, the most specific first."""
    if place == len(segments):
        yield node.resource, parameters
        return
    segment = segments[place]
    if (literal := node.literal.get(segment)) is not None:
        yield from _matches(literal, segments, place + 1, parameters)
    for name, after in node.parameters:
        yield from _matches(after, segments, place + 1, {**parameters, name: segment})
    if node.greedy is not None:
        name, resource = node.greedy
        yield resource, {**parameters, name: "/".join(segments[place:])}


def _mapping_of(gateway: Any, changes: Changes, scope: Callable[[], object]) -> Callable[[str, str], Any]:
    """Return a function that returns API, stage and remaining path of a request to a domain, or None."""

    def look_up(domain: str) -> tuple[tuple[str, str, str], ...]:
        owner = gateway.find_domain_scope(domain)
        if owner is None:
            return ()
        mappings = [
            ("" if base_path == "(none)" else base_path, mapping["restApiId"], mapping["stage"])
            for base_path, mapping in gateway.base_path_mappings.get_scoped(*owner, {}).items()
        ]
        return tuple(sorted(mappings, key=lambda mapping: len(mapping[0]), reverse=True))

    mappings_of = Cached(look_up, changes, scope)

    def resolve(domain: str, path: str) -> tuple[str, str, str] | None:
        for base_path, api_id, stage in mappings_of(domain):
            if not base_path:
                return api_id, stage, path or "/"
            if path == f"/{base_path}":
                return api_id, stage, "/"
            if path.startswith(f"/{base_path}/"):
                return api_id, stage, path[len(base_path) + 1 :]
        return None

    return resolve


def look_up_once(gateway: Any, functions: Any, scope: Callable[[], object], changes: Changes) -> None:
    """Make ministack look these up so. `gateway` and `functions` are its services of REST APIs and Lambda.

    `scope` returns the account and the Region of the current request, on which every result depends.
    """
    resources = gateway.resources
    paths = Cached(lambda api_id: Paths([*resources.get(api_id, {}).values()]), changes, scope)
    gateway.match_resource_tree = lambda api_id, segments: paths(api_id).match(segments)
    gateway.resolve_api_key = Cached(gateway.resolve_api_key, changes, scope)
    gateway.usage_plans_for_key = Cached(gateway.usage_plans_for_key, changes, scope)
    gateway.resolve_base_path_mapping = _mapping_of(gateway, changes, scope)
    functions.get_func_record_for_ref_in_scope = Cached(functions.get_func_record_for_ref_in_scope, changes, scope)


def parse_arns_once(*modules: Any) -> None:
    """Keep the accounts and Regions of functions' ARNs, which ministack parses several times in each invocation."""
    for module in modules:
        parse = module.lambda_function_account_region_from_arn
        module.lambda_function_account_region_from_arn = lru_cache(maxsize=CACHED_MAX)(parse)
