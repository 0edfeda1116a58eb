"""docs/reference/errors.md: every error code, from the tables of codes and of causes and remedies."""

from collections.abc import Iterator

from docs.pages.markdown import code, head, pretty_json, table
from paysandbox.core.errors import PROBLEMS, Code, doc_url, problem_type
from paysandbox.reference.error_docs import ERROR_DOCS, example


def page() -> str:
    """The page."""
    return "\n".join([*_introduction(), *_codes(), *_example()]) + "\n"


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
                f"Path of a page about the code on the same host, such as `{doc_url(Code.PARAMETER_MISSING)}`.",
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


def _example() -> Iterator[str]:
    yield ""
    yield "## Example"
    yield ""
    yield "A capture of more than is authorized:"
    yield from pretty_json(example(Code.CAPTURE_EXCEEDS_AUTHORIZED))
