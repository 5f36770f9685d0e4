"""Benchmarks of PicoNumpy against its peers; see bench/README.md."""
