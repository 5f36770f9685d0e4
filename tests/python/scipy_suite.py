# SPDX-License-Identifier: BSD-3-Clause
"""A plugin of pytest: the tests of SciPy that it collects call our solve_ivp."""

from piconumpy.integrate import solve_ivp

# Tests of solve_ivp that do not hold for ours, each with the reason.
EXCLUDED = {
    "test_integration_complex": "complex states are refused",
}


def pytest_collection_modifyitems(config, items):
    for item in items:
        if hasattr(item.module, "solve_ivp"):
            item.module.solve_ivp = solve_ivp
    excluded = [item for item in items if item.originalname in EXCLUDED]
    config.hook.pytest_deselected(items=excluded)
    items[:] = [item for item in items if item not in excluded]
