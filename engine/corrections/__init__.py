"""What AWS does and ministack does otherwise, or slowly: a file for each fact, and beside it the report to send."""
