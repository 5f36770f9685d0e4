"""A right-hand side on plain tuples: what a compiler or a JIT makes of Python without any array."""
