"""Profiles of the main benchmark's rows, with cProfile."""
