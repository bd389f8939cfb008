"""The stores that implement the ports: one in memory, one on PostgreSQL.

Both use the protocol of a write in `writing`. What both have stands under the same name in both: `store` opens units, a
unit runs in a `transaction`, and reads and writes with `reader` and `rows`. Below them a write is a `statement` in
memory, which `commit` keeps; on PostgreSQL it is one of `statements`, which `connections` sends. `schema` is the
catalogue as a store holds it. Each kind of rule has a file of one name: in `enforcers` the object that enforces it in
memory, in `ddl` what PostgreSQL is told about it.
"""
