"""The merchant's routes of its inbox."""

from paysandbox.http.dispatch import dispatch
from paysandbox.inbox.routes import MANAGE_INBOX, ROUTES

handler = dispatch(MANAGE_INBOX, ROUTES)
