"""`paysandbox verify`: end-to-end checks of a deployed sandbox."""
