"""Payment intents: the rules of an intent and of its attempts, its terms, and what is shown of it; and charges without one."""
