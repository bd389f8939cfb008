"""What stands at an address: which server, by which pooler, and whether it can serve as a store."""
