"""piconumpy.integrate.solve_ivp against SciPy and other packages for ordinary equations."""
