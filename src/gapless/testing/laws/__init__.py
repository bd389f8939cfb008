"""The laws of a store: what the contract promises, as functions that run on any store.

Whoever has a store of their own subclasses `store_laws.StoreLaws` in their tests, or calls `checking.check_store`. Laws
are written for a catalogue of their own (`catalogue`), and ask for parts of it (`parts`), which entities of another
catalogue can play (`casting`). Each other module is a subject (`cases.SUBJECTS`), or what the laws of several subjects
share. Nothing is imported here, since those are of use without pytest.
"""
