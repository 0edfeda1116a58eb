"""Fixtures for tests of applications that use Serverless Payments Sandbox: a merchant per test, its events, the clock,
and Stripe's hosts in a browser.

The classes are here for type annotations; pytest loads the fixtures by itself.
"""

from paysandbox_client import ApiError, NoAnswerError, RequestError, Sandbox

from pytest_paysandbox.clock import PaysandboxClock
from pytest_paysandbox.engine import PaysandboxEngine
from pytest_paysandbox.merchant import PaysandboxApi
from pytest_paysandbox.stripe_redirect import RedirectedRequest, StripeRedirect, redirect_stripe

__all__ = [
    "ApiError",
    "NoAnswerError",
    "PaysandboxApi",
    "PaysandboxClock",
    "PaysandboxEngine",
    "RedirectedRequest",
    "RequestError",
    "Sandbox",
    "StripeRedirect",
    "redirect_stripe",
]
