"""The rules for payments, by kind of operation. Each returns the change to record, with its guards.

Nothing is read first. If a rule depends on stored data that it does not have (for example, an earlier refund by the
authorization's ID when making a second capture), its guard has no error code. If that guard fails, the rule runs again
with the stored payment as `current`. A rule is named as its operation (`payments/operations`).
"""
