"""What is written about the API when it is built: the OpenAPI document, its examples. No function carries it."""
