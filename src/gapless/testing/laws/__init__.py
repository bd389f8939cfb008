"""The laws of a store: what the contract promises, as functions that run on any store."""
