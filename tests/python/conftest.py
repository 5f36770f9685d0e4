# SPDX-License-Identifier: BSD-3-Clause
from hypothesis import settings

# Tests make no statement about time, and a busy machine is no failure.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
