# SPDX-License-Identifier: BSD-3-Clause
"""Other libraries take arrays, and give them back where that is their job."""

from __future__ import annotations

import io
import json
import multiprocessing
import sys

import numpy as np
import pytest

from piconumpy import arange, array, linspace

IS_PYPY = sys.implementation.name == "pypy"
no_wheels = pytest.mark.skipif(IS_PYPY, reason="the package has no wheels for PyPy")


def doubled(a: array) -> array:
    assert type(a) is array
    return 2 * a


@pytest.mark.parametrize("n", [0, 4, 100])
def test_json_takes_the_list(n):
    a = arange(n) / 3
    assert array(json.loads(json.dumps(a.tolist()))) == a


@pytest.mark.parametrize("n", [0, 4, 100])
def test_numpy_saves_and_loads(n):
    a, file = arange(n) / 3, io.BytesIO()
    np.save(file, a)
    file.seek(0)
    loaded = np.load(file)
    assert loaded.dtype == np.float64
    assert array(loaded) == a


def test_processes_get_and_return_arrays():
    arrays = [arange(n) + 0.5 for n in (0, 3, 9, 5000)]
    # Threads of other tests must not be copied into the processes.
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.map(doubled, arrays) == [2 * a for a in arrays]


@no_wheels
def test_joblib_runs_functions_of_arrays_and_hashes_them():
    joblib = pytest.importorskip("joblib", reason="joblib is not installed")
    arrays = [arange(n) + 0.5 for n in (0, 3, 9, 5000)]
    run = joblib.Parallel(n_jobs=2, backend="threading")
    assert run(joblib.delayed(doubled)(a) for a in arrays) == [2 * a for a in arrays]
    assert joblib.hash(arrays[1]) == joblib.hash(arrays[1].copy()) != joblib.hash(arrays[2])
    file = io.BytesIO()
    joblib.dump(arrays, file)
    file.seek(0)
    assert joblib.load(file) == arrays


@no_wheels
def test_pandas_takes_arrays_as_series_and_columns():
    pd = pytest.importorskip("pandas", reason="pandas is not installed")
    a = array([1.5, 2.5, 4.0])
    series = pd.Series(a)
    assert series.dtype == np.float64
    assert array(series) == array(series.to_numpy()) == a
    frame = pd.DataFrame({"a": a, "b": 2 * a})
    assert array(frame["b"]) == 2 * a
    frame["c"] = a + 1
    assert frame["c"].tolist() == [2.5, 3.5, 5.0]
    assert (frame["a"] + frame["b"]).tolist() == (3 * a).tolist()


@no_wheels
def test_matplotlib_plots_arrays():
    matplotlib = pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    from matplotlib.figure import Figure

    x = linspace(0, 1, 20)
    axes = Figure().subplots()
    (line,) = axes.plot(x, x**2)
    assert array(line.get_xdata()) == x
    assert array(line.get_ydata()) == x**2
    axes.fill_between(x, x, x + 1)
    axes.bar(x, x)
    axes.hist(x)
    axes.errorbar(x, x, yerr=0.1 * x)
    assert matplotlib.__version__
    file = io.BytesIO()
    axes.figure.savefig(file, format="svg")
    assert file.getvalue()
