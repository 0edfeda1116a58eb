"""Events: who publishes what the ledger recorded."""
