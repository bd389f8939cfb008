"""Finds out what is at an address: which server, behind which pooler, and whether it can be used as a store."""
