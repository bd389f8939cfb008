"""How rules are broken, derived from their kind and from what they declare: one module for kinds that are alike."""
