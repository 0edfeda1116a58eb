"""What all declared resources share: their parameters, objects, table, operations and routes."""
