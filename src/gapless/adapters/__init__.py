"""The stores that implement the ports: one in memory, one on PostgreSQL.

Both stand on the protocol of a write in `writing`, and what both have stands under the same name in both: `store`
opens units, `transaction` is what a unit runs in, `reader` and `rows` are what it reads and writes by. Below them a
write is a `statement` in memory, which `commit` keeps, and one of `statements` on PostgreSQL, sent by `connections`.
`schema` is the catalogue as a store holds it, and each kind of rule has a file of one name: in `enforcers` who enforces
it in memory, in `ddl` what PostgreSQL is told of it.
"""
