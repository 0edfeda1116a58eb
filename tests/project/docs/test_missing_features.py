"""What is said to be missing is missing: each such sentence names its entry in the coverage page.

The entry of a resource that gets its first route disappears, and with it the sentence has to go. This holds for pages,
for the program's help and messages, for the dashboard, and for the API's errors and descriptions.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import chain
from pathlib import Path

import pytest

from docs.stripe_coverage import unsupported
from paysandbox.stripe_api.errors import COVERAGE_PAGE
from tests.project.parsed import nodes
from tests.support.tools.blocks import PAGES, ROOT
from tests.support.tools.prose import without_blocks

MISSING = re.compile(
    r"(?:not|n't|never)[^\w-]+(?:\w+[^\w-]+)?(?:simulated?|support(?:ed)?)\b"
    r"|\b(?:is|are) unsupported\b|\bno support for\b"
    r"|(?:not|n't) exist (?:here|in (?:this|the) sandbox)\b|\bnever happens? (?:here|in (?:this|the) sandbox)\b"
    r"|\bonly (?:works?|exists?|runs?) (?:with|at|in) Stripe\b"
    r"|\b(?:works?|exists?|runs?) (?:only (?:with|at|in) Stripe\b|(?:with|at|in) Stripe (?:alone|only)\b)",
    re.IGNORECASE,
)
_INLINE = re.compile(r"`[^`]*`")
ANCHOR = re.compile(r"stripe-coverage(?:\.md)?#no-(\w+)")
_LINK = re.compile(r"\]\([^)]*\)|\s/\S*stripe-coverage\S*")
SENTENCE = re.compile(r"(?<=[.:!?])\s+(?=[A-Z·*\[])|\n(?=\s*(?:[-|]|\d+\.) )|\n\n")
PYTHON = ("cli", "docs/pages", "layers/shared/python/paysandbox", "lambdas")
_TYPESCRIPT_TEXT = re.compile(r'"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`')

# What is no resource of Stripe's, with the reason.
ELSEWHERE = {
    "**Not simulated**: persons, documents, and accounts of accounts.": "parts of an account, which is simulated",
    "Whether a purchase is the first of a customer is not simulated": "a condition of promotion codes",
    "Discounts of subscriptions are not simulated": "a parameter of sessions, which are simulated",
    "Shipping of subscriptions is not simulated": "a parameter of sessions, which are simulated",
    "The other components run at Stripe alone": "parts of a customer session, which is simulated",
    "Save my information with Link (not simulated": "a wallet, no resource",
    "A type that never happens in the sandbox is refused.": "any type that the table of event types does not have",
    "never happens in this sandbox: see": "any type that the table of event types does not have",
    "is a Stripe parameter that this sandbox does not simulate": "any of a route's; links to its resource",
    "is a Stripe value of · that this sandbox does not simulate": "any of a route's; links to its resource",
    "Stripe has it, and this sandbox does not simulate it yet": "any of Stripe's URLs; links to the page",
    "what is not simulated yet": "any such refusal, whose text names it",
    "This is not simulated yet": "the title of any such refusal, whose detail names it",
    "The requested outcome is not supported": "an outcome that nobody has",
    "The fault is not supported": "a fault that nobody has",
    "triggers response code ·, which is not supported": "a code of card networks",
    "is not a supported ISO 4217 code": "a currency",
    "Checkout does not currently support ·": "a currency; Stripe's words",
    "You passed · corresponding to ·, which is not supported": "an amount; Stripe's words",
    "The statement_descriptor parameter is not supported": "for cards; Stripe's words",
    "does not support incremental authorization": "one payment intent; Stripe's words",
    "Your card does not support this type of purchase.": "a decline; Stripe's words",
    "takes a step that this page does not support": "a step of Amazon Cognito's",
    "CloudFormation does not support": "of AWS",
    "Going back to an older version over newer data is not supported.": "of this program",
}


def sentences(text: str) -> list[str]:
    found = (" ".join(sentence.split()) for sentence in SENTENCE.split(_INLINE.sub("·", text)))
    return [sentence for sentence in found if MISSING.search(sentence)]


def wrong(sentence: str) -> str | None:
    """Return what is wrong with a sentence that says that something is missing, or None."""
    if any(known in sentence for known in ELSEWHERE):
        return None
    named = ANCHOR.findall(sentence)
    supported = [name for name in named if name not in unsupported()]
    if not named:
        return f"names no entry of the coverage page: {sentence}"
    if others := [name for name in named if not speaks_of(sentence, name)]:
        return f"has no word of {others}: {sentence}"
    return f"{supported}" if supported else None


def speaks_of(sentence: str, entry: str) -> bool:
    """Return whether a sentence has a word of the name of its entry, beside the link: `invoice` for `invoices`."""
    words = _LINK.sub(" ", sentence).lower()
    return any(word.removesuffix("s") in words for word in entry.split("_"))


def written_by_hand() -> list[Path]:
    return [page for page in PAGES if "Do not edit." not in page.read_text()]


def python_texts(module: Iterable[ast.AST]) -> Iterator[str]:
    """Iterate over what a module says to users, by its nodes: `·` stands for what an f-string inserts.

    Docstrings of classes describe the API's shapes, and those of decorated functions are the help of commands. Other
    docstrings, and comments, are read in the code only.
    """
    internal: set[int] = set()
    for node in module:
        if isinstance(node, ast.ClassDef) or (isinstance(node, ast.FunctionDef) and node.decorator_list):
            internal.update(id(statement.value) for statement in node.body[1:] if isinstance(statement, ast.Expr))
        elif isinstance(node, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef):
            internal.update(id(statement.value) for statement in node.body if isinstance(statement, ast.Expr))
        elif isinstance(node, ast.JoinedStr):
            internal.update(map(id, node.values))
            yield "".join(_inserted(part) for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in internal:
            yield node.value


def _inserted(part: ast.expr) -> str:
    if isinstance(part, ast.Constant):
        return str(part.value)
    return COVERAGE_PAGE if isinstance(part, ast.FormattedValue) and ast.unparse(part.value) == "COVERAGE_PAGE" else "·"


def typescript_texts(source: str) -> Iterator[str]:
    for quoted, template in _TYPESCRIPT_TEXT.findall(source):
        yield quoted or re.sub(r"\$\{[^}]*\}", "·", template)


@cache
def said() -> dict[str, list[str]]:
    """Return by file the sentences that say that something is missing."""
    python = chain.from_iterable((ROOT / folder).rglob("*.py") for folder in PYTHON)
    texts: dict[Path, Iterator[str]] = {
        **{page: iter([without_blocks(page.read_text())]) for page in written_by_hand()},
        **{module: python_texts(nodes(module)) for module in python},
        **{module: typescript_texts(module.read_text()) for module in (ROOT / "dashboard/src").rglob("messages.ts")},
    }
    by_file = {file: list(chain.from_iterable(map(sentences, of_file))) for file, of_file in texts.items()}
    return {str(file.relative_to(ROOT)): missing for file, missing in by_file.items() if missing}


def test_what_is_said_to_be_missing_is_missing() -> None:
    faults = {
        file: reasons
        for file, missing in said().items()
        if (reasons := [why for text in missing if (why := wrong(text))])
    }
    assert faults == {}


@pytest.mark.parametrize(
    "text, is_wrong",
    [
        ("Stripe's quotes, files and Connect are not supported.", True),
        ("[Transfers](reference/stripe-coverage.md#no-transfers) aren't simulated.", True),
        ("Stripe.js and the mobile SDKs only work with Stripe.", True),
        ("Transfers do not exist here.", True),
        ("Payouts only work with Stripe.", True),
        ("Radar works only with Stripe: /docs/reference/stripe-coverage#no-radar", True),
        ("This sandbox does not simulate quotes.", True),
        ("Connect isn't available, since the sandbox doesn't yet support it.", True),
        ("Quotes don't exist in this sandbox: /docs/reference/stripe-coverage#no-quotes.", False),
        ("Quotes are [not simulated](reference/stripe-coverage.md#no-quotes).", False),
        ("Transfers are [not simulated](reference/stripe-coverage.md#no-quotes).", True),
        ("Cards are simulated.", False),
    ],
)
def test_a_stale_sentence_is_found(text: str, is_wrong: bool) -> None:
    assert any(map(wrong, sentences(text))) is is_wrong


def texts_of(source: str) -> Iterator[str]:
    return python_texts(ast.walk(ast.parse(source)))


@pytest.mark.parametrize(
    "texts",
    [
        list(texts_of('raise Failure(\n    "Transfers are not "\n    f"simulated: {name}.")')),
        list(texts_of('@app.command()\ndef pay():\n    """Pay. Transfers are not simulated."""')),
        list(texts_of('class Body(Shape):\n    """Transfers do not exist here."""')),
        list(texts_of('typer.Option(help="Transfers are not supported.")')),
        list(typescript_texts('  none: "Transfers are not simulated.",')),
        list(typescript_texts("  none: (id: string) => `Transfers such as ${id} only work with Stripe.`,")),
    ],
)
def test_a_stale_text_of_code_is_found(texts: list[str]) -> None:
    assert any(wrong(sentence) for text in texts for sentence in sentences(text))


def test_a_link_by_its_constant_is_read() -> None:
    [text] = texts_of('f"Files are not simulated: {COVERAGE_PAGE}#no-files."')
    assert [wrong(sentence) for sentence in sentences(text)] == [None]


def test_every_exception_is_still_said() -> None:
    every = [sentence for missing in said().values() for sentence in missing]
    assert [known for known in ELSEWHERE if not any(known in sentence for sentence in every)] == []
