"""The main benchmark's problem, longer, for what an extension can be written with."""
