"""The headers and facts of the dashboard's site, on a laptop and on AWS."""

import re
from typing import Any

import pytest

from dashboard_site import policy
from dashboard_site.policy import (
    build_of,
    config,
    content_security_policy,
    content_type,
    name_at_site,
    name_in_build,
    security_headers,
)


def directives(text: str) -> dict[str, list[str]]:
    return {name: sources for name, *sources in (one.split() for one in text.split("; "))}


def test_the_page_runs_its_own_scripts_only_and_cannot_be_framed():
    csp = directives(content_security_policy())

    assert csp["default-src"] == csp["base-uri"] == csp["form-action"] == csp["frame-ancestors"] == ["'none'"]
    assert csp["script-src"] == csp["connect-src"] == ["'self'"]
    assert csp["img-src"] == ["'self'", "data:"]
    assert not re.search(r"unsafe|\*|https?:", content_security_policy())


def test_inline_styles_are_listed_by_their_hashes():
    for style in policy.STYLE_HASHES:
        assert re.fullmatch(r"'sha256-[A-Za-z0-9+/]{43}='", style)


def test_the_page_may_call_the_apis_that_are_named():
    both = ["https://api.example.com", "https://v1.example.com:8443", "https://api.example.com"]
    assert directives(content_security_policy(both))["connect-src"] == ["'self'", *both[:2]]


@pytest.mark.parametrize(
    "origin",
    ["*", "https://*.example.com", "https://a.example; script-src *", "https://a.example/path", "data:", "", "a b"],
)
def test_anything_but_an_origin_is_rejected(origin):
    with pytest.raises(ValueError, match="no origin"):
        content_security_policy([origin])


def test_every_file_has_the_security_headers():
    headers = security_headers(["https://api.example.com"])
    assert headers["Content-Security-Policy"] == content_security_policy(["https://api.example.com"])
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize(
    "name, kind",
    [
        ("index.html", "text/html; charset=utf-8"),
        ("config.json", "application/json"),
        ("favicon.svg", "image/svg+xml"),
        ("assets/index.js", "text/javascript; charset=utf-8"),
        ("assets/index.CSS", "text/css; charset=utf-8"),
        ("assets/unknown.exe", "application/octet-stream"),
        ("LICENSE", "application/octet-stream"),
    ],
)
def test_files_are_typed_by_their_names(name, kind):
    assert content_type(name) == kind


@pytest.mark.parametrize(
    "name, address",
    [
        ("assets/index.js", "assets/b1/index.js"),
        ("assets/fonts/a.woff2", "assets/b1/fonts/a.woff2"),
        ("icon.svg", "icon.svg"),
        ("index.html", "index.html"),
    ],
)
def test_the_address_of_an_asset_names_its_build(name, address):
    assert build_of('<script src="/dashboard/assets/b1/index.js"></script>') == "b1"
    assert (name_at_site(name, "b1"), name_in_build(address, "b1")) == (address, name)
    assert (name_at_site(name, None), name_in_build(name, None)) == (name, name)


@pytest.mark.parametrize("address", ["assets/b0/index.js", "assets/index.js", "assets/", "assets/b1"])
def test_other_addresses_are_no_assets_of_a_build(address):
    assert name_in_build(address, "b1") is None


def test_config_of_a_laptop_and_of_aws():
    facts: Any = {"version": "0.1.0", "region": "us-east-1"}
    local = config(environment="local", clock_moves=True, is_local=True, signs_in=True, **facts)
    aws = config(
        environment="dev", clock_moves=False, api_base="https://a.example/live", v1_base="https://b.example/v1", **facts
    )

    assert local == facts | {
        "environment": "local",
        "api_base": "",
        "v1_base": "/v1",
        "poll_ms": {"active": 250, "idle": 250, "quiet": 250, "hidden": 30_000},
        "clock": "moves",
        "inbox_hang": True,
        "session": True,
    }
    assert aws["poll_ms"] == {"active": 1_000, "idle": 3_000, "quiet": 15_000, "hidden": 30_000}
    assert (aws["clock"], aws["inbox_hang"], aws["session"]) == ("fixed", False, False)
    assert local.keys() == aws.keys()
