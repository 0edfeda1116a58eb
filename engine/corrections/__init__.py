"""What AWS does and ministack does otherwise, or slowly: a file for each fact."""
