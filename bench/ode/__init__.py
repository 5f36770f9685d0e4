"""The main benchmark: sleds on a bumpy board, moved by Runge-Kutta steps on arrays of four."""
