# SPDX-License-Identifier: BSD-3-Clause
import gc

import pytest
from hypothesis import settings

# Tests make no statement about time, and a busy machine is no failure.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(autouse=True, scope="module")
def few_objects_to_collect():
    """Garbage collections leave out what was there before, the modules and tests themselves.

    Many tests collect garbage, and that would take most of the time of the suite.
    """
    if hasattr(gc, "freeze"):  # not on PyPy
        gc.collect()
        gc.freeze()
