"""`paysandbox up`: from a checkout to a running sandbox, and to edited code in it."""
