"""Microbenchmarks: one use of an array each, in loops as Python users write them."""
