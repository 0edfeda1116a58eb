"""DynamoDB's operations that the product uses, answered from any store that has its tables (see store.py).

Knows only Python: neither the engine, nor an emulator, nor AWS's client.
"""
