"""Programs of libpicokernels against compilers, and against libraries for array expressions."""
