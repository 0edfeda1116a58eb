"""Response headers of the dashboard's site, wherever it is served. Standard library only.

The local sandbox (engine) and CloudFront (stacks) send the same headers, so that a page that works on a
laptop works on AWS. The page's code is in `dashboard/`.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

PATH: Final = "/dashboard"
"""The path of the site. Every page is below it, and so are its files."""
INDEX: Final = "index.html"
CONFIG: Final = "config.json"
"""Facts about the environment, which the page reads at its start (`config`). No part of the build."""
ASSETS: Final = "assets/"
"""The folder of the scripts and style sheets. No page is below it."""

REVALIDATED: Final = "no-cache"
"""The Cache-Control of every file: a browser asks with the file's ETag whether it has changed."""

STYLE_HASHES: Final[tuple[str, ...]] = ()
"""CSP hashes ('sha256-…') of the inline style elements that the page's libraries add (radix-ui/primitives #3063)."""

# Without `text/html` for the rest: a browser must not run what it does not know.
_CONTENT_TYPES: Final[Mapping[str, str]] = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
# Scheme, host and port alone: neither a wildcard, nor anything that begins another directive.
_ORIGIN: Final = re.compile(r"https?://[A-Za-z0-9.-]+(:\d{1,5})?")
_OF_BUILD: Final = re.compile(rf'"{PATH}/{ASSETS}([0-9a-f]+)/')


def content_security_policy(connect: Sequence[str] = ()) -> str:
    """Return the Content-Security-Policy of the page. It may call its own origin and the origins in `connect`.

    Raises ValueError for anything but an origin (`https://api.example.com`).
    """
    for origin in connect:
        if not _ORIGIN.fullmatch(origin):
            raise ValueError(f"no origin: {origin!r}")
    directives = {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'", *STYLE_HASHES],
        "connect-src": ["'self'", *dict.fromkeys(connect)],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
    return "; ".join(" ".join((name, *sources)) for name, sources in directives.items())


def security_headers(connect: Sequence[str] = ()) -> dict[str, str]:
    """Return the headers of every file of the site. `connect` as for `content_security_policy`."""
    return {
        "Content-Security-Policy": content_security_policy(connect),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        # A link from the page must not show which payment was looked at.
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        # For browsers that do not know `frame-ancestors`.
        "X-Frame-Options": "DENY",
    }


def build_of(index: str) -> str | None:
    """Return the digest of the build that a page, the text of `index.html`, belongs to.

    The page names its assets by it: `/dashboard/assets/f5d3d8dd77097bec/index.js` is `assets/index.js` in the build.
    Their own names stay, and yet a page never gets the file of another build, neither while a deployment replaces its
    own nor afterwards.
    """
    found = _OF_BUILD.search(index)
    return None if found is None else found[1]


def name_at_site(name: str, build: str | None) -> str:
    """Return the path below `/dashboard/` of a file of a build, by its name in it."""
    return f"{ASSETS}{build}/{name.removeprefix(ASSETS)}" if build and name.startswith(ASSETS) else name


def name_in_build(path: str, build: str | None) -> str | None:
    """Return the name of the file at a path below `/dashboard/`, or None for an asset of another build."""
    if not build or not path.startswith(ASSETS):
        return path
    of_build = f"{ASSETS}{build}/"
    return ASSETS + path.removeprefix(of_build) if path.startswith(of_build) else None


def content_type(name: str) -> str:
    """Return the media type of a file by its name. Unknown types are downloaded, not shown."""
    suffix = name[name.rfind(".") :].lower() if "." in name else ""
    return _CONTENT_TYPES.get(suffix, "application/octet-stream")


def config(
    *,
    environment: str,
    version: str,
    region: str,
    clock_moves: bool,
    api_base: str = "",
    v1_base: str = "/v1",
    is_local: bool = False,
    signs_in: bool = False,
    started_at: str | None = None,
) -> dict[str, Any]:
    """Return the content of `config.json`.

    `api_base` and `v1_base` are the base URLs of the two APIs; "" and `/v1` are those of the page's own origin.
    `poll_ms` are the milliseconds between two polls of the feed while something happens, otherwise, at most while
    nothing does, and while the page is hidden. `signs_in`: one-use links to sign in work here. `started_at` is when a
    local sandbox was started, in ISO 8601 and UTC. By it the page notices a restart.
    """
    # Locally a poll costs nothing, and so the page need not become slower.
    active, idle, quiet = (250, 250, 250) if is_local else (1_000, 3_000, 15_000)
    return {
        "environment": environment,
        "api_base": api_base,
        "v1_base": v1_base,
        "region": region,
        "poll_ms": {"active": active, "idle": idle, "quiet": quiet, "hidden": 30_000},
        "clock": "moves" if clock_moves else "fixed",
        # On AWS, a webhook that is never answered would occupy a function for as long as the sender waits.
        "inbox_hang": is_local,
        "version": version,
        "session": signs_in,
        **({} if started_at is None else {"started_at": started_at}),
    }
