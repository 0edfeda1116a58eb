"""Payment intents: the rules of an intent and of its attempts, its terms, what is shown of it; charges without one."""
