"""The URL to which the cardholder returns after a 3-D Secure challenge. Pure.

It comes from the merchant and is used in a `Location` header and in a Content-Security-Policy, so only characters that
are safe in both are accepted.
"""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode, urlsplit, urlunsplit

MAX_LENGTH: Final = 2_048
"""The length that browsers and servers support in practice (also Stripe's limit of `return_url`)."""

_PRINTABLE: Final = re.compile(r"[\x21-\x7e]+")
_AUTHORITY: Final = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]+)?")
# What an application registers for itself (RFC 3986, section 3.1), and none of what a browser runs or reads locally.
_OF_APPLICATION: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):/[\x21-\x7e]+")
_OF_BROWSER: Final = frozenset(
    {"about", "blob", "data", "file", "filesystem", "ftp", "http", "https", "javascript", "vbscript", "view-source"}
)
_HOST_IN_POLICY: Final = re.compile(r"[A-Za-z0-9.-]+")


def fault_of(url: str) -> str | None:
    """Return what is wrong with a URL, as a sentence, or None if it may be stored."""
    if len(url) > MAX_LENGTH:
        return f"The URL can have at most {MAX_LENGTH:,} characters."
    if not _PRINTABLE.fullmatch(url):
        return "The URL can have ASCII characters only, and no spaces. Percent-encode others."
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:  # brackets that do not match, or a port that is no number or too large
        return "The URL is not valid."
    if parts.scheme not in ("http", "https"):
        return "Use an http or https URL."
    if "@" in parts.netloc:
        return "The URL must not contain a user name or password."
    if not _AUTHORITY.fullmatch(parts.netloc):
        return "The URL has no valid host."
    return None


def is_of_application(url: str) -> bool:
    """Return whether a URL has a scheme of a mobile application's own (`shop://paid`)."""
    found = _OF_APPLICATION.fullmatch(url)
    return found is not None and found[1].lower() not in _OF_BROWSER


def with_parameters(url: str, parameters: Mapping[str, str]) -> str:
    """Return a URL with parameters added to its query. Its own query and fragment do not change."""
    parts = urlsplit(url)
    query = "&".join(filter(None, (parts.query, urlencode(parameters))))
    return urlunsplit(parts._replace(query=query))


def policy_source(url: str) -> str:
    """Return the source expression of a Content-Security-Policy that allows the URL.

    The URL's origin; or only its scheme, if the policy's grammar has no form for its host (an IPv6 address, a name with
    an underscore: CSP Level 3, section 2.3.1).
    """
    parts = urlsplit(url)
    authority = _AUTHORITY.fullmatch(parts.netloc)
    if authority is None or not _HOST_IN_POLICY.fullmatch(authority[1]):
        return f"{parts.scheme}:"
    return f"{parts.scheme}://{parts.netloc}"
