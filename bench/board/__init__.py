"""The source that the Python rows of several benchmarks run, with an array type of their own."""
