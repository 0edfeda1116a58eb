"""Card payments: the ledger, the rules of money, the native routes."""
