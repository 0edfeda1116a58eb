"""`paysandbox find`."""
