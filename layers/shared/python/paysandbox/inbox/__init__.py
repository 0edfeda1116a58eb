"""The inbox: a public URL of each merchant to which webhooks can be sent, and its last webhooks with their checks."""
