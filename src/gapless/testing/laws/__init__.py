"""The laws of a store: what the contract promises, as functions that run on any store.

Whoever has a store of their own subclasses `store_laws.StoreLaws` in their tests, or calls `checking.check_store`. Each
other module is a subject (`cases.SUBJECTS`), or what the laws of several subjects share, such as the entities of a host
(`host`) and rows (`making`). Nothing is imported here, since those are of use without pytest.
"""
