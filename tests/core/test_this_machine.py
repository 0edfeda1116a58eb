"""Which hosts are this machine by their names: the rule, and every place that decides by it."""

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

import pytest

from engine.wall import unknown_keys
from engine.wall.request import Request
from engine.wall.wall import host_is_allowed
from paysandbox.core.errors import Refused
from paysandbox.core.this_machine import is_localhost, is_this_machine
from paysandbox.webhooks.outbound.target import TargetPolicy, needs_look_up, read_target
from tests.stripe_js.pure import called
from tests.support.builders.host_names import OTHERS, THIS_MACHINE

ROOT: Final = Path(__file__).parents[2]
LOCAL: Final = TargetPolicy.of(local=True, allowed_hosts="")


def may_use_an_invented_key(page: str) -> bool:
    headers = [(b"origin", f"http://{page}:3000".encode()), (b"authorization", b"Bearer pk_test_123")]
    return not unknown_keys.is_refused(Request.of({"method": "POST", "path": "/v1/tokens", "headers": headers}))


def may_have_an_endpoint_over_http(receiver: str) -> bool:
    """Without a look-up of its addresses, which is what any other name needs."""
    try:
        return not needs_look_up(read_target(f"http://{receiver}:8080/", LOCAL), LOCAL)
    except Refused:
        return False


def shows_the_demo_key(page: str) -> bool:
    (pattern,) = re.findall(r"const LOOPBACK = /(.+)/;", (ROOT / "lambdas/reference/pages/explorer.js").read_text())
    return re.search(pattern, page) is not None


PLACES: Final[dict[str, Callable[[str], bool]]] = {
    "the rule for names": is_localhost,
    "the rule for hosts, as the program and `lose` use it": is_this_machine,
    "the Host header of a request": lambda name: host_is_allowed(f"{name}:4566", frozenset()),
    "the Origin of a page with a key that was issued elsewhere": may_use_an_invented_key,
    "a webhook endpoint": may_have_an_endpoint_over_http,
    "the explorer's offer of the demo key": shows_the_demo_key,
}


@pytest.mark.parametrize("place", PLACES)
def test_a_name_is_this_machine_only_if_it_is_localhost_or_below(place: str, subtests: pytest.Subtests) -> None:
    for name, expected in cases():
        with subtests.test(name):
            assert PLACES[place](name) == expected


def test_the_frames_of_the_browser_library_decide_in_the_same_way() -> None:
    names, expected = zip(*cases(), strict=True)
    assert called("frames/this_machine.js", [["isThisMachine", name] for name in names]) == [*expected]


@pytest.mark.parametrize("name", ["LOCALHOST", "Shop.Localhost", "localhost.", "shop.localhost."])
def test_case_and_a_last_dot_say_nothing(name: str) -> None:
    assert is_localhost(name)


@pytest.mark.parametrize(
    "host, is_here",
    [("127.0.0.1", True), ("::1", True), ("127.0.0.1.evil.example", False), ("0127.0.0.1", False), ("", False)],
)
def test_addresses_of_this_machine(host: str, is_here: bool) -> None:
    assert is_this_machine(host) == is_here


def cases() -> Iterable[tuple[str, bool]]:
    return [*((name, True) for name in THIS_MACHINE), *((name, False) for name in OTHERS)]
