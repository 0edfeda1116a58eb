"""Settlement: batches, books, reports."""
