"""Profiles of the main benchmark's rows."""
