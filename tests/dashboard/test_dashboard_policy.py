"""The headers and facts of the dashboard's site, on a laptop and on AWS."""

import re
from typing import Any

import pytest

from dashboard_site import policy
from dashboard_site.policy import cache_control, config, content_security_policy, content_type, security_headers


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
    "name, caching, kind",
    [
        ("index.html", "no-cache", "text/html; charset=utf-8"),
        ("config.json", "no-cache", "application/json"),
        ("favicon.svg", "no-cache", "image/svg+xml"),
        ("assets/index-Bx3f.js", "public, max-age=31536000, immutable", "text/javascript; charset=utf-8"),
        ("assets/index-Bx3f.CSS", "public, max-age=31536000, immutable", "text/css; charset=utf-8"),
        ("assets/unknown.exe", "public, max-age=31536000, immutable", "application/octet-stream"),
        ("LICENSE", "no-cache", "application/octet-stream"),
    ],
)
def test_files_are_cached_and_typed_by_their_names(name, caching, kind):
    assert (cache_control(name), content_type(name)) == (caching, kind)


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
