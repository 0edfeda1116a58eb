"""The version of Stripe's API that this API implements, and which texts are versions at all."""

import re
from datetime import date
from functools import lru_cache
from typing import Final

STRIPE_VERSION: Final = "2026-10-28.endive"
"""Used if a request names no version, and for events. The version of the official SDK in the lock file."""

_FORM: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:\.([a-z]{1,32}))?")
_FIRST: Final = date(2011, 1, 1)
# The first version of a release with a name. Later ones are named too ("API versioning").
_NAMED: Final = date(2024, 9, 30)
_NAMES: Final = frozenset({"acacia", "basil", "clover", "dahlia", "endive", "preview"})
_WITHOUT_REFUNDS_OF_RELEASES: Final = "2025-03-31"
_NEWEST: Final = date.fromisoformat(STRIPE_VERSION.partition(".")[0])


@lru_cache(maxsize=64)
def known_version(text: str) -> str | None:
    """Return the version in a `Stripe-Version` header, without the preview features after a semicolon, or None.

    A version is a date, since 2024-09-30 with the name of its release. The names of releases after ours are not known
    here, so any word is one.
    """
    version = text.partition(";")[0].strip()
    match = _FORM.fullmatch(version)
    if match is None:
        return None
    try:
        day = date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None
    if match[4] is None:
        return version if _FIRST <= day < _NAMED else None
    return version if day >= _NAMED and (match[4] in _NAMES or day > _NEWEST) else None


def shows_releases(version: str) -> bool:
    """Whether Stripe shows in this version what an authorization releases as a refund of its charge.

    Until 2025-03-31.basil it did ("Partially capturing or canceling payments no longer creates a Refund").
    """
    return version < _WITHOUT_REFUNDS_OF_RELEASES
