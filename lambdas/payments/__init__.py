"""Card payments: one handler per route."""

import gc

# Loading a handler makes 85,000 objects that stay, and no garbage: Python looks for some every 700 objects, which was a
# twelfth of a cold start. A request leaves next to none, so that looking rarely is enough later on, too.
gc.set_threshold(100_000)
