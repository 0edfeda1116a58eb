"""`paysandbox`: the program that runs the sandbox and talks to it, here or in an AWS account."""
