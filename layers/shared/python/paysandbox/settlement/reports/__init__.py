"""Settlement reports: format, files, links, and their reconciliation with the ledger."""
