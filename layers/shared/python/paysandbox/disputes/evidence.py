"""The evidence of a dispute: drafts, and what is sealed when it is submitted. Pure.

A draft sets fields or clears them, and the last draft of a field wins. Each request leaves a mark on its fields, so
that a draft that is sent again changes nothing, even after later ones. Submitting seals the fields: they cannot change
until the dispute waits for evidence again.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Final

from paysandbox.core.errors import Code, Refused
from paysandbox.core.record import record, replace
from paysandbox.core.timestamps import format_timestamp

FIELDS: Final = (
    "access_activity_log",
    "billing_address",
    "cancellation_policy",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "customer_communication",
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "customer_signature",
    "duplicate_charge_documentation",
    "duplicate_charge_explanation",
    "duplicate_charge_id",
    "product_description",
    "receipt",
    "refund_policy",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "service_documentation",
    "shipping_address",
    "shipping_carrier",
    "shipping_date",
    "shipping_documentation",
    "shipping_tracking_number",
    "uncategorized_file",
    "uncategorized_text",
)
"""The texts and files of Stripe's "Dispute evidence object". A file is named by any text.

Its two other fields, `appeal` and `enhanced_evidence`, are objects and are not simulated.
"""

MAX_CHARACTERS: Final = 150_000
"""Of all fields together (Stripe, "The Dispute object", evidence)."""
MAX_BYTES: Final = 300_000
"""The same in UTF-8, so that the evidence fits into an item of DynamoDB, of 400 KB."""

EVIDENCE: Final = "evidence"
"""The parameter that has the fields, in both APIs."""

_encode: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


@record(kw_only=True)
class Draft:
    """What one request sets; an empty text clears a field. `mark` sorts after those of earlier requests."""

    texts: Mapping[str, str]
    mark: str


@record(kw_only=True)
class Evidence:
    """The evidence of a dispute as stored.

    `marks` has the mark of the draft that last set or cleared each field. `revision` counts the writes, and `sealed`
    the submissions for which the fields were sealed. `digest` is the SHA-256 of what was sealed last.
    """

    texts: Mapping[str, str] = field(default_factory=dict[str, str])
    marks: Mapping[str, str] = field(default_factory=dict[str, str])
    revision: int = 0
    sealed: int = 0
    digest: str | None = None


NO_EVIDENCE: Final = Evidence()


def draft_of(texts: Mapping[str, str], effect_id: str, at: datetime) -> Draft:
    """Return the draft of a request that was first made at `at` (UTC). A repeated request has the same effect ID."""
    return Draft(texts=texts, mark=f"{format_timestamp(at)}#{effect_id}")


def has_draft(evidence: Evidence, draft: Draft) -> bool:
    """Whether a draft was saved already: each of its fields has its mark, or that of a later draft."""
    return all(evidence.marks.get(name, "") >= draft.mark for name in draft.texts)


def with_draft(evidence: Evidence, draft: Draft) -> Evidence:
    """Return the evidence with a draft. A field that a later draft has set stays as it is.

    Raises Refused(parameter_invalid) if the evidence would become too long.
    """
    newer = {name: text for name, text in draft.texts.items() if evidence.marks.get(name, "") < draft.mark}
    texts = {name: text for name, text in {**evidence.texts, **newer}.items() if text}
    characters = sum(map(len, texts.values()))
    if characters > MAX_CHARACTERS or sum(len(text.encode()) for text in texts.values()) > MAX_BYTES:
        raise Refused(
            Code.PARAMETER_INVALID,
            f"All fields together can have at most {MAX_CHARACTERS:,} characters and {MAX_BYTES:,} bytes of UTF-8.",
            EVIDENCE,
        )
    return replace(evidence, texts=texts, marks={**evidence.marks, **dict.fromkeys(newer, draft.mark)})


def seal(evidence: Evidence, submissions: int) -> Evidence:
    """Return the evidence sealed for the submission after `submissions` others.

    Raises Refused(parameter_invalid) if there is none.
    """
    if not evidence.texts:
        raise Refused(Code.PARAMETER_INVALID, "There is no evidence to submit. Send at least one field.", EVIDENCE)
    return replace(evidence, sealed=submissions + 1, digest=digest_of(evidence.texts))


def is_sealed(evidence: Evidence, submissions: int) -> bool:
    """Whether the fields are sealed for the submission after `submissions` others, which may not be recorded yet."""
    return evidence.sealed > submissions


def digest_of(texts: Mapping[str, str]) -> str:
    """Return the SHA-256 of the fields as canonical JSON: sorted by name, without spaces, in UTF-8."""
    return hashlib.sha256(_encode(dict(texts)).encode()).hexdigest()
