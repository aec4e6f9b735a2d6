"""What is known of C functions and methods: how they can be called, whether they run Python code or look at frames, what they change.

`known.known(len)` gives the `Row`; `row.match([list])` the `Signature` for exact argument types, or None when nothing is known for them.
"""
