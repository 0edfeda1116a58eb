"""How payments are kept in DynamoDB: keys and indexes, items, and the few writes and reads that exist."""
