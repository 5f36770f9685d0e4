# SPDX-License-Identifier: BSD-3-Clause
import gc

import pytest
from hypothesis import settings

# Tests make no statement about time, and a busy machine is no failure.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(autouse=True, scope="module")
def few_objects_to_collect():
    """Leaves what exists already, such as modules and tests, out of garbage collections.

    Many tests collect garbage. Without this, each collection visits every module and every test,
    which takes most of the suite's time.
    """
    if hasattr(gc, "freeze"):  # not on PyPy
        gc.collect()
        gc.freeze()
