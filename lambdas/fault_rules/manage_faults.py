"""The routes of rules that inject faults."""

from paysandbox.fault_rules.routes import MANAGE_FAULTS, ROUTES
from paysandbox.http.dispatch import dispatch

handler = dispatch(MANAGE_FAULTS, ROUTES)
