"""The laws of a store: each promise of the contract, as a function that runs on any store.

Whoever has a store of their own subclasses `store_laws.StoreLaws` in their tests, or calls `checker.check_store`. The
laws are written for a catalogue of their own (`catalogue`), and ask for parts of it (`parts`); entities of another
catalogue can play these parts (`casting`). Each other module is a subject (`cases.SUBJECTS`), or has what the laws of
several subjects share. Nothing is imported here, because the laws can be used without pytest.
"""
