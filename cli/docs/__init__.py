"""Commands that search and show the sandbox's documentation."""
