"""Who uses the sandbox: merchants over either API, donors, people at a terminal or in a browser."""
