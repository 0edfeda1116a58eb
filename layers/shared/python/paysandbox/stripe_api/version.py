"""The version of Stripe's API that this API implements, and which texts are versions at all."""

from typing import Final

from paysandbox.stripe_api.catalog.releases import RELEASES

STRIPE_VERSION: Final = "2026-10-28.endive"
"""The newest version: of the official SDK in the lock file."""

OLDEST_RENDERED: Final = "2020-08-27"
"""Earlier versions are rendered as this one: what Stripe changed in them has no row (`version_rows.py`)."""

_PREVIEW: Final = "preview"
_KNOWN: Final = frozenset(RELEASES)
# Since 2024-09-30 each release has a name ("Versioning"), and its date can be followed by "preview" instead.
_NAMED_DAYS: Final = frozenset(release.partition(".")[0] for release in RELEASES if "." in release)


def known_version(text: str) -> str | None:
    """Return the version in a `Stripe-Version` header, without the preview features after a semicolon, or None.

    A version is a release of Stripe's, or the preview of one that has a name. Stripe refuses any other date, and a date
    without its name.
    """
    version = text.partition(";")[0].strip()
    day, _, name = version.partition(".")
    return version if version in _KNOWN or (name == _PREVIEW and day in _NAMED_DAYS) else None
