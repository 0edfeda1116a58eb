"""Disputes as part of a payment: state, rules, steps, fees, events. Routes: `paysandbox.disputes`."""
