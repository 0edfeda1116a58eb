"""What `python -m benchmarks.rooms` counts, on small graphs."""

import pytest

from benchmarks.rooms import Arrow, arrows_back, arrows_of, both_ways, circles, looked_up, room_of

P = "paysandbox.stripe_api"


@pytest.mark.parametrize(
    "module, room",
    [
        (f"{P}.resources.prices", "resources.prices"),
        (f"{P}.objects.render", "objects"),
        (f"{P}.errors", "errors"),
        (P, None),
        ("paysandbox.payments.rules", None),
    ],
)
def test_the_room_of_a_module(module: str, room: str | None) -> None:
    assert room_of(module) == room


def test_arrows_are_between_rooms() -> None:
    imports = {f"{P}.a.one": [f"{P}.a.two", f"{P}.b.three", "paysandbox.core.ids"], f"{P}.b.three": [f"{P}.c"]}
    assert arrows_of(imports) == {("a", "b"), ("b", "c")}


@pytest.mark.parametrize(
    "arrows, both, back",
    [
        ([("a", "b"), ("b", "c"), ("a", "c")], [], 0),
        ([("a", "b"), ("b", "a")], [("a", "b")], 1),
        ([("a", "b"), ("b", "c"), ("c", "a")], [], 1),
        ([("a", "b"), ("b", "c"), ("c", "a"), ("c", "d"), ("d", "b")], [], 1),
        ([("a", "b"), ("b", "a"), ("c", "d"), ("d", "c")], [("a", "b"), ("c", "d")], 2),
    ],
)
def test_arrows_back_are_those_of_the_best_order(arrows: list[Arrow], both: list[Arrow], back: int) -> None:
    assert both_ways(arrows) == both
    assert len(arrows_back(arrows)) == back


def test_circles_of_modules() -> None:
    assert circles({"a": ["b"], "b": ["c"], "c": ["a"], "d": ["a"], "e": ["e2"]}) == [["a", "b", "c"]]


@pytest.mark.parametrize(
    "source, names",
    [
        ('RESOURCES["price"]', {"price"}),
        ('price = draft.read("price", name)', {"price"}),
        ('get_objects(table, merchant, "coupon", names)', {"coupon"}),
        ('body["price"], other("price")', set[str]()),
    ],
)
def test_a_look_up_by_name_is_found(source: str, names: set[str]) -> None:
    assert looked_up(source) == names
