"""The ledger: payments and idempotency records in DynamoDB."""
