"""The prompts of the MCP server: three jobs that a person starts by name, each with its steps.

Source: Model Context Protocol, specification of 2026-07-28, "Prompts".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final


class BadPrompt(LookupError):  # noqa: N818 - a mistake of the caller's
    """There is no such prompt, or an argument is missing, unknown or no text. The message says which."""


@dataclass(frozen=True, kw_only=True)
class Prompt:
    """A prompt. `arguments` are texts, described by name; those in `required` must be given, others have a default."""

    name: str
    title: str
    description: str
    text: str
    arguments: Mapping[str, str]
    defaults: Mapping[str, str]

    @property
    def required(self) -> tuple[str, ...]:
        """The names of the arguments without a default."""
        return tuple(name for name in self.arguments if name not in self.defaults)

    def described(self) -> dict[str, Any]:
        """Return the prompt as clients list it."""
        return {
            "name": self.name,
            "title": self.title,
            "description": self.description,
            "arguments": [
                {"name": name, "description": text, "required": name in self.required}
                for name, text in self.arguments.items()
            ],
        }

    def filled(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the prompt with these arguments. Raises BadPrompt."""
        for name, value in given.items():
            if name not in self.arguments:
                raise BadPrompt(f"{self.name} has no argument {name}. It takes: {', '.join(self.arguments)}.")
            if not isinstance(value, str) or not value.strip():
                raise BadPrompt(f"{name} is not a text.")
        missing = [name for name in self.required if name not in given]
        if missing:
            raise BadPrompt(f"{self.name} needs: {', '.join(missing)}.")
        text = self.text.format_map({**self.defaults, **given})
        return {
            "description": self.description,
            "messages": [{"role": "user", "content": {"type": "text", "text": text}}],
        }


_COMMAND: Final = "The test or script that takes a payment, as it is run in a shell: `python checkout.py`."

PROMPTS: Final = (
    Prompt(
        name="integrate",
        title="Take payments",
        description="Write code that takes payments, receives webhooks and loses no money, and prove it.",
        arguments={"application": "What takes payments: a folder, a file or a sentence.", "language": "Its language."},
        defaults={"language": "the language that the application is written in"},
        text="""Let {application} take card payments, in {language}, with Stripe's SDK against the sandbox.

1. Call sandbox_status. If no sandbox runs, ask the user to start one with `paysandbox up`.
2. Read how-to/use-stripe-sdks and how-to/write-a-checkout with get_docs_page.
3. Point the SDK at the sandbox by STRIPE_API_BASE and STRIPE_API_KEY. Take both from the environment.
4. Derive one idempotency key per operation from the order. Store it before the request is sent.
5. Book an order as paid in the webhook too, not in the answer alone. Verify the signature over the raw body.
6. Test a decline: list_test_cards has the cards. A decline is an answer, and the next attempt has a new key.
7. Run the command that lose_answers returns, with `webhooks` or `recover`, until it reports no loss.

Report what you changed, and the last lines that `paysandbox lose` printed.""",
    ),
    Prompt(
        name="find_double_charge",
        title="Find a double charge",
        description="Find out whether a program charges twice or forgets a payment if an answer is lost, and mend it.",
        arguments={"command": _COMMAND},
        defaults={},
        text="""Find out whether this program loses money if an answer is lost: {command}

1. Call sandbox_status, then lose_answers with this command. Run what it returns in a shell, as the user permits.
2. Exit code 1 means that money was lost. Take the first red row: it names the call, what was lost and the likely cause.
3. Read how-to/lose-answers with get_docs_page. Look for the call in the program, and for the key that it sends.
4. Mend the cause: one key per operation, stored before the request, sent again with the same parameters; a webhook
   that books; or a job that reconciles. Never catch the error and book a failure.
5. Run the same command again. Repeat until it reports no loss.

Report each cause, and what you changed.""",
    ),
    Prompt(
        name="upgrade",
        title="Upgrade to another version of Stripe's API",
        description="Upgrade a program to another version of Stripe's API, and compare what it does before and after.",
        arguments={"command": _COMMAND, "version": "The version to upgrade to: `2026-10-28.endive`."},
        defaults={"version": "the newest version that reference/stripe-coverage names"},
        text="""Upgrade the program that this command runs to {version} of Stripe's API: {command}

1. Call search_docs with the query `Stripe-Version`, and read what differs between the program's version and this one.
2. Run the command in a shell against the sandbox as it is, and keep what it prints. list_requests has what it sent.
3. Set the new version where the program sets its own, and upgrade the SDK if it pins another version.
4. Run the command again. For each request that fails, call explain_request with its Request-Id.
5. Look for fields that the program reads and the new version no longer has, in answers and in webhooks.
6. Run the command that lose_answers returns, so that retries and webhooks are tried too.

Report each difference that you found, and where the program depended on it.""",
    ),
)


def prompt_named(name: object) -> Prompt:
    """Return a prompt. Raises BadPrompt."""
    found = next((each for each in PROMPTS if each.name == name), None)
    if found is None:
        raise BadPrompt(f"There is no prompt {name}. There are: {', '.join(each.name for each in PROMPTS)}.")
    return found
