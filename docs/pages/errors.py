"""docs/reference/errors.md: every error code, from the tables of codes and of causes and remedies."""

from collections.abc import Iterator
from typing import Final

from docs.pages.markdown import code, head, pretty_json, table
from paysandbox.core.errors import PROBLEMS, Code, doc_url, problem_type
from paysandbox.reference.error_docs import ERROR_DOCS, EXAMPLE_URL, example


def page() -> str:
    """The page."""
    return "\n".join([*_introduction(), *_codes(), *_words(), *_example()]) + "\n"


def _introduction() -> Iterator[str]:
    yield from head("Errors", "the tables of error codes")
    yield "Every error is a problem document (RFC 9457, `application/problem+json`). No error leaves an operation"
    yield "half done."
    yield ""
    yield from table(
        ("Member", "Meaning"),
        (
            ("`code`", "Stable error code. Branch on it, never on `title` or `detail`."),
            ("`status`", "HTTP status."),
            ("`title`, `detail`", "What is wrong, in general and in this request. The wording may change."),
            ("`retryable`", "Whether the same request may succeed later."),
            ("`param`, `errors`", "The invalid parameter. `errors` lists all of them if there are several."),
            ("`request_id`", "Id of the request. `paysandbox logs --request` finds it."),
            (
                "`doc_url`",
                f"URL of a page about the code, such as `{doc_url(Code.PARAMETER_MISSING, EXAMPLE_URL)}`.",
            ),
            (
                "`type`",
                f"URI such as `{problem_type(Code.PARAMETER_MISSING)}`. It identifies the error and does not resolve.",
            ),
            ("`instance`", "Path of the request."),
        ),
    )
    yield ""
    yield "A 409 about a payment also has `current_status`, `currency`, `remaining` and `refundable`, so that you"
    yield "can see what is still possible. A 429 or 503 has a `Retry-After` header."
    yield ""
    yield "A declined card is not an error. It is a 200 with `status: declined` and a `decline_code`: see"
    yield "[decline codes](cards.md#decline-codes)."
    yield ""


def _codes() -> Iterator[str]:
    yield "## Codes"
    yield ""
    yield "*Retry: yes* means that the same request with the same idempotency key may succeed later. The operation"
    yield "is never repeated."
    yield ""
    yield from table(
        ("Code", "Status", "Cause", "Remedy", "Retry"),
        (
            (
                f'<a id="{each}"></a>{code(each)}',
                constant.status,
                ERROR_DOCS[each].means,
                ERROR_DOCS[each].do,
                "yes" if constant.retryable else "no",
            )
            for each, constant in PROBLEMS.items()
        ),
    )


_OURS: Final = (
    ("`limit=0`", "a page without objects, and `has_more` as it is"),
    ("`limit` above 100", "its bound in the words of other parameters' bounds, with `parameter_invalid_integer`"),
    ("a refund by `charge` and `payment_intent` at once", "the words of other parameters that exclude each other"),
    ("`payment_method` and `payment_method_data`, or `type` and `types`, at once", "the same words"),
    ("a refund of an uncaptured or failed charge", "the code `payment_intent_unexpected_state`"),
    ("an amount in a currency without a sign of its own", "`CHF 12.50`; Stripe's for `$`, `€` and `£` are published"),
    ("an object in the path that does not exist", "`param`: `id`, except `intent` of an intent"),
    ("an object that a cursor names and that does not exist", "400 with the cursor as `param`"),
    ("`card[token]` that does not exist", "`param`: `card[token]`"),
    ("a suffix of a statement descriptor without a letter", "`param`"),
    ("a publishable key for an intent that is confirmed manually", "the missing code"),
    ("any limit of the sandbox's own, such as updates of an intent", "the whole text"),
    ("a charge that expired before its capture", "the text; the code is Stripe's"),
    ("a wrong API key", "the sentences after Stripe's first, which shows the key masked"),
    ("what is not simulated yet", "the whole text, with the page of what is"),
)


def _words() -> Iterator[str]:
    yield ""
    yield "## Words of the Stripe-compatible API"
    yield ""
    yield "Under `/v1`, an error has Stripe's format, and its message is Stripe's where Stripe or a bug report"
    yield "publishes it: programs compare these. Every message that is published, with its source, is a case of"
    yield "`tests/stripe_api/handlers/test_published_texts.py`. Stripe publishes nothing about these, so they are ours:"
    yield ""
    yield from table(("Refusal", "What is ours"), _OURS)


def _example() -> Iterator[str]:
    yield ""
    yield "## Example"
    yield ""
    yield "A capture of more than is authorized:"
    yield from pretty_json(example(Code.CAPTURE_EXCEEDS_AUTHORIZED))
