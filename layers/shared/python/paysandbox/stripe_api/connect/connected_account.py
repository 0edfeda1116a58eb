"""A connected account as Stripe shows it: what follows from what its platform has stored of it. Pure.

Source: Stripe, "The Account object" and "Account capabilities", and `Accounts.d.ts` of stripe-node 23.1.0.

What a business would have to send is not checked: each capability that is requested is active at once. An entry of the
account's metadata, `sandbox_outcome`, says otherwise, in words that are separated by spaces:

    card_payments=pending              Stripe verifies the account
    transfers=inactive:company.tax_id  this requirement is due, so the capability is inactive
    onboarding                         nothing is active until an account link is created

An account whose platform collects its requirements also needs an external account before it is paid out to.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from paysandbox.core.ids import derive
from paysandbox.core.record import record, replace
from paysandbox.http.answer import Body
from paysandbox.payments.bank.outcome import OUTCOME_ENTRY
from paysandbox.stripe_api.ids import merchant_of_account
from paysandbox.stripe_api.objects.account import BRANDING, PROFILE, STATEMENT_PREFIX, in_each_script
from paysandbox.stripe_api.objects.intent import shown_address
from paysandbox.stripe_api.objects.stored_object import Attributes, StoredObject

ACCOUNT: Final = "account"
CAPABILITIES: Final = "capabilities"
EXTERNAL_ACCOUNTS: Final = "external_accounts"
ONBOARDED: Final = "onboarded"
"""Beside the fields of an account: that an account link was created."""
REJECTED: Final = "rejected"
"""Beside the fields of an account: why its platform rejected it."""
PLATFORM: Final = "platform"
"""The type of the item that names the platform of a merchant. It is no resource's, so it has no events."""

ONBOARDING: Final = "onboarding"
_DUE_IN_ONBOARDING: Final = ("business_type", "external_account", "tos_acceptance.date", "tos_acceptance.ip")
_WORD: Final = re.compile(r"([a-z0-9_]{1,60})=(?:(pending)|inactive:([a-z0-9_.]{1,100}))")
_PERSON_LENGTH: Final = 16

_PROVIDED: Final = ("id_number", "ssn_last_4", "tax_id", "vat_id")
"""What is never stored: that it was sent is."""

_CURRENCIES: Final[Mapping[str, str]] = {
    "aed": "AE",
    "aud": "AU",
    "brl": "BR",
    "cad": "CA",
    "chf": "CH LI",
    "czk": "CZ",
    "dkk": "DK",
    "eur": "AT BE BG CY DE EE ES FI FR GR HR IE IT LT LU LV MT NL PT SI SK",
    "gbp": "GB GI",
    "hkd": "HK",
    "huf": "HU",
    "inr": "IN",
    "jpy": "JP",
    "mxn": "MX",
    "myr": "MY",
    "nok": "NO",
    "nzd": "NZ",
    "pln": "PL",
    "ron": "RO",
    "sek": "SE",
    "sgd": "SG",
    "thb": "TH",
    "usd": "US",
}
CURRENCY_OF: Final[Mapping[str, str]] = {
    country: currency for currency, countries in _CURRENCIES.items() for country in countries.split()
}
"""The currency of an account that chooses none, by its country. Countries: stripe.com/global."""


@record(kw_only=True)
class Standing:
    """What an account may do: the status of each capability, and what is due or verified before it may do more.

    `rejected` is why its platform rejected it, which ends all of them, or None.
    """

    capabilities: Mapping[str, str]
    due: tuple[str, ...]
    verifying: tuple[str, ...]
    submitted: bool
    rejected: str | None

    @property
    def disabled_reason(self) -> str | None:
        """Why something is inactive, as Stripe says it, or None."""
        if self.rejected:
            return f"rejected.platform_{self.rejected}"
        if self.due:
            return "requirements.past_due"
        return "requirements.pending_verification" if self.verifying else None


def merchant_of(account: StoredObject) -> str:
    """Return the merchant that a connected account is."""
    merchant = merchant_of_account(account.id)
    if merchant is None:
        raise AssertionError(f"{account.id} is not the ID of a connected account")
    return merchant


def platform_item(account: StoredObject) -> StoredObject:
    """Return the item that names the platform of a new account, by the account's merchant: workers know no other."""
    own = merchant_of(account)
    return replace(account, object=PLATFORM, merchant=own, attributes={PLATFORM: account.merchant}, listed=False)


def is_outcome(text: str) -> bool:
    """Whether a text has the form of `sandbox_outcome`."""
    return all(word == ONBOARDING or _WORD.fullmatch(word) for word in text.split())


def standing_of(account: StoredObject) -> Standing:
    """Return what an account may do, which follows from what is stored of it alone."""
    stored = account.attributes
    metadata: Mapping[str, str] = stored.get("metadata") or {}
    words = metadata.get(OUTCOME_ENTRY, "").split()
    chosen = {match[1]: (match[2], match[3]) for word in words if (match := _WORD.fullmatch(word))}
    requested: Mapping[str, Attributes] = stored.get(CAPABILITIES) or {}
    waits = ONBOARDING in words and not stored.get(ONBOARDED)
    rejected: str | None = stored.get(REJECTED)

    def status(name: str) -> str:
        pending, _ = chosen.get(name, (None, None))
        if rejected or waits or not requested[name].get("requested"):
            return "inactive"
        return "active" if name not in chosen else pending or "inactive"

    due = {requirement for name, (_, requirement) in chosen.items() if requirement and name in requested}
    if waits:
        due |= {*_DUE_IN_ONBOARDING}
    if not stored.get(EXTERNAL_ACCOUNTS) and collects_requirements(account):
        due.add("external_account")
    return Standing(
        capabilities={name: status(name) for name in sorted(requested)},
        due=tuple(sorted(due)),
        verifying=tuple(sorted(name for name, (pending, _) in chosen.items() if pending and name in requested)),
        submitted=not waits,
        rejected=rejected,
    )


def due_for(account: StoredObject, capability: str) -> tuple[str, ...]:
    """Return the requirements that keep a capability from being active."""
    standing = standing_of(account)
    return standing.due if standing.capabilities.get(capability) == "inactive" else ()


def collects_requirements(account: StoredObject) -> bool:
    """Whether the platform, and not Stripe, collects what is required of the account: of custom accounts."""
    return account.attributes["controller"]["requirement_collection"] == "application"


def derived_of(account: StoredObject) -> Attributes:
    """Return the fields of an account that follow from others, and what is not simulated."""
    stored, standing = account.attributes, standing_of(account)
    active = {name for name, status in standing.capabilities.items() if status == "active"}
    profile: Attributes | None = stored.get("business_profile")
    individual: Attributes | None = stored.get("individual")
    company: Attributes | None = stored.get("company")
    return {
        "business_profile": {**dict.fromkeys((*PROFILE, "name")), **_with_address(_chosen(profile), "support_address")},
        CAPABILITIES: standing.capabilities,
        "charges_enabled": any(name.endswith("_payments") for name in active),
        **({"company": _with_provided(company)} if company else {}),
        "details_submitted": standing.submitted,
        "future_requirements": requirements(),
        **({"individual": _person(account, individual)} if individual else {}),
        "payouts_enabled": bool(active) and "external_account" not in standing.due,
        "requirements": requirements(standing.due, standing.verifying, standing.disabled_reason),
        "settings": _settings(stored),
        "tos_acceptance": stored.get("tos_acceptance") or {},
    }


def requirements(
    due: Sequence[str] = (), verifying: Sequence[str] = (), disabled_reason: str | None = None
) -> dict[str, Any]:
    """Return requirements that are due now, and what is being verified."""
    return {
        "alternatives": [],
        "current_deadline": None,
        "currently_due": [*due],
        "disabled_reason": disabled_reason,
        "errors": [],
        "eventually_due": [*due],
        "past_due": [*due],
        "pending_verification": [*verifying],
    }


def _person(account: StoredObject, individual: Attributes) -> Body:
    """Return the person that an account is. Persons are not simulated otherwise."""
    return {
        "id": f"person_{derive('person', account.id, length=_PERSON_LENGTH)}",
        "object": "person",
        "account": account.id,
        "created": int(account.created_at.timestamp()),
        **_with_provided(individual),
    }


def _chosen(stored: Attributes | None) -> dict[str, Any]:
    """Return what is chosen. An empty text chooses nothing."""
    return {name: None if value == "" else value for name, value in (stored or {}).items()}


def _with_provided(stored: Attributes) -> dict[str, Any]:
    """Return what is stored, and which of the numbers that are not stored were sent."""
    shown = {name: value for name, value in stored.items() if name not in _PROVIDED}
    return _with_address(shown, "address") | {f"{name}_provided": True for name in _PROVIDED if stored.get(name)}


def _with_address(stored: Attributes, name: str) -> dict[str, Any]:
    """Return what is stored, with all fields of the address that has this name, if there is one."""
    return {**stored, name: shown_address(stored[name])} if stored.get(name) else {**stored}


def _settings(stored: Attributes) -> dict[str, Any]:
    chosen: Mapping[str, Attributes] = stored.get("settings") or {}
    profile: Attributes = stored.get("business_profile") or {}
    payouts: Attributes = chosen.get("payouts") or {}
    return {
        "branding": {**dict.fromkeys(BRANDING), **_chosen(chosen.get("branding"))},
        "card_payments": {**in_each_script(STATEMENT_PREFIX), **_chosen(chosen.get("card_payments"))},
        "dashboard": {"display_name": profile.get("name"), "timezone": "Etc/UTC"},
        "payments": {
            **in_each_script("statement_descriptor"),
            **dict.fromkeys((f"{STATEMENT_PREFIX}_kana", f"{STATEMENT_PREFIX}_kanji")),
            **_chosen(chosen.get("payments")),
        },
        "payouts": {
            "debit_negative_balances": payouts.get("debit_negative_balances", False),
            "schedule": {"delay_days": 2, "interval": "daily", **(payouts.get("schedule") or {})},
            "statement_descriptor": payouts.get("statement_descriptor"),
        },
    }
