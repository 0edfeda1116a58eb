"""Handlers of disbursements, and the workers that pay them out."""
