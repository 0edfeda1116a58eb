"""What the gateway looks up once for each change."""

from typing import Any

import pytest

from engine.gateway.changes import Changes
from engine.gateway.lookups import CACHED_MAX, Cached, Paths


@pytest.fixture
def changes() -> Changes:
    """Return what notices changes."""
    return Changes()


def test_a_result_is_kept_until_a_change(changes: Changes) -> None:
    looked_up: list[Any] = []
    cached = Cached(lambda name: looked_up.append(name) or len(looked_up), changes)
    assert [cached("a"), cached("a"), cached("b")] == [1, 1, 2]
    changes.note()
    assert [cached("a"), cached("a")] == [3, 3]


def test_a_result_that_a_change_overtakes_is_not_kept(changes: Changes) -> None:
    """A thread of CloudFormation changes a record while the event loop reads it."""
    states = iter(["before", "after"])

    def look_up() -> str:
        state = next(states)
        if state == "before":
            changes.note()
        return state

    cached = Cached(look_up, changes)
    assert [cached(), cached(), cached()] == ["before", "after", "after"]


def test_nothing_found_is_looked_up_again(changes: Changes) -> None:
    results = iter([None, "made"])
    cached = Cached(lambda: next(results), changes)
    assert [cached(), cached(), cached()] == [None, "made", "made"]


def test_results_are_of_an_account_and_a_region(changes: Changes) -> None:
    scopes = iter(["one", "other", "one"])
    numbers = iter(range(3))
    cached = Cached(lambda: f"result {next(numbers)}", changes, lambda: next(scopes))
    assert [cached(), cached(), cached()] == ["result 0", "result 1", "result 0"]


def test_the_number_of_results_is_limited(changes: Changes) -> None:
    looked_up: list[int] = []
    cached = Cached(lambda number: looked_up.append(number) or number, changes)
    for number in range(CACHED_MAX):
        cached(number)
    cached(CACHED_MAX - 1)
    assert len(looked_up) == CACHED_MAX
    cached(CACHED_MAX)
    cached(0)
    assert looked_up[CACHED_MAX:] == [CACHED_MAX, 0]


def paths(*of: str) -> Paths:
    """Return the resources of these paths, in this order after the root."""
    every = ["/"]
    for path in of:
        segments = path.strip("/").split("/")
        every += ["/" + "/".join(segments[:length]) for length in range(1, len(segments) + 1)]
    return Paths(
        [
            {
                "id": path,
                "path": path,
                "pathPart": path.rpartition("/")[2],
                **({"parentId": path.rpartition("/")[0] or "/"} if path != "/" else {}),
            }
            for path in dict.fromkeys(every)
        ]
    )


EVERY = paths("/{any}/b", "/a/{id}/c", "/a/new", "/{rest+}", "/a/{id}/files/{path+}")


@pytest.mark.parametrize(
    "path, resource, parameters",
    [
        ("/", "/", {}),
        ("/a", "/a", {}),
        ("/a/new", "/a/new", {}),
        ("/a/1", "/a/{id}", {"id": "1"}),
        ("/a/1/c", "/a/{id}/c", {"id": "1"}),
        ("/a/b", "/a/{id}", {"id": "b"}),
        ("/x", "/{any}", {"any": "x"}),
        ("/x/b", "/{any}/b", {"any": "x"}),
        ("/a/1/d", "/{rest+}", {"rest": "a/1/d"}),
        ("/a/1/files/x/y", "/a/{id}/files/{path+}", {"id": "1", "path": "x/y"}),
    ],
)
def test_the_most_specific_resource_of_a_path(path: str, resource: str, parameters: dict[str, str]) -> None:
    matched, given = EVERY.match([part for part in path.split("/") if part])
    assert matched is not None
    assert (matched["path"], given) == (resource, parameters)


def test_a_path_without_a_resource() -> None:
    assert paths("/a/b").match(["a", "c"]) == (None, {})
    assert Paths([]).match(["a"]) == (None, {})
