"""`paysandbox verify`."""
