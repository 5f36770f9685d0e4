"""The kernels against other libraries and compilers' loops, on every ISA of this CPU."""
