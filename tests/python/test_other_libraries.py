# SPDX-License-Identifier: BSD-3-Clause
"""Other libraries take arrays, and give them back where that is their job."""

from __future__ import annotations

import io
import json
import multiprocessing
import sys
from multiprocessing import shared_memory

import numpy as np
import pytest
from support import bits

import piconumpy
from piconumpy import TraceError, arange, array, jit, linspace

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


@no_wheels
def test_pandas_computes_with_arrays():
    pd = pytest.importorskip("pandas", reason="pandas is not installed")
    a = array([1.0, 2.0, 4.0])
    series = pd.Series(a, index=["x", "y", "z"])
    for result, expected in (
        (series * np.asarray(a), a * a),
        (np.asarray(a) - series, a - a),
        (series.map(lambda number: number + 1), a + 1),
        (pd.DataFrame({"a": series}).assign(b=a)["b"], a),
        (pd.concat([series, pd.Series(a)]).iloc[3:], a),
    ):
        assert type(result) is pd.Series
        assert array(result) == expected
    frame = pd.DataFrame({"a": a, "b": a})
    frame.loc[:, "a"] = 2 * a
    frame.loc[frame["b"] > 1.5, "b"] = 0.0
    assert [array(frame[name]) for name in "ab"] == [2 * a, array([1.0, 0.0, 0.0])]
    assert array(frame.to_numpy()[0]) == array([2.0, 1.0])


@no_wheels
def test_joblib_runs_functions_of_arrays_in_processes():
    joblib = pytest.importorskip("joblib", reason="joblib is not installed")
    arrays = [arange(n) + 0.5 for n in (0, 3, 9, 200_000)]  # the last one is sent as a file
    with joblib.parallel_config("multiprocessing"):
        results = joblib.Parallel(n_jobs=2)(joblib.delayed(doubled)(a) for a in arrays)
    assert results == [2 * a for a in arrays]


@no_wheels
@pytest.mark.parametrize("scheduler", ["synchronous", "threads"])
def test_dask_runs_functions_of_arrays(scheduler):
    dask = pytest.importorskip("dask", reason="Dask is not installed")
    arrays = [arange(n) + 0.5 for n in (0, 3, 9, 5000)]
    total = dask.delayed(sum)([dask.delayed(doubled)(a).sum() for a in arrays])
    assert total.compute(scheduler=scheduler) == sum(2 * a.sum() for a in arrays)
    assert dask.compute(*map(dask.delayed(doubled), arrays)) == tuple(2 * a for a in arrays)


@no_wheels
def test_dask_arrays_are_made_of_ndarrays_on_the_memory():
    pytest.importorskip("dask", reason="Dask is not installed")
    dask_array = pytest.importorskip("dask.array", reason="Dask is not installed")
    a = arange(10) / 2
    chunks = dask_array.from_array(np.asarray(a), chunks=3)
    assert array((2 * chunks + np.asarray(a)).compute()) == 3 * a
    assert chunks.sum().compute() == a.sum()
    for mixture in (lambda: chunks + a, lambda: a + chunks):
        with pytest.raises(TypeError):
            mixture()


def squared_in_place(name: str, n: int) -> float:
    """What a process does with shared memory: it writes the squares, and returns their sum."""
    block = shared_memory.SharedMemory(name)
    numbers = block.buf.cast("d")[:n]
    piconumpy.multiply(numbers, numbers, numbers)
    total = array(numbers).sum()
    numbers.release()
    block.close()
    return total


def test_processes_compute_in_shared_memory():
    a = arange(1, 101)
    block = shared_memory.SharedMemory(create=True, size=8 * 100)
    try:
        shared = np.frombuffer(block.buf, float, 100)
        shared[:] = a
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            assert pool.apply(squared_in_place, (block.name, 100)) == (a * a).sum()
        assert array(shared) == a * a
        piconumpy.sqrt(shared, shared)
        shared += a
        a += shared
        assert a == 3 * arange(1, 101)
        del shared
    finally:
        block.close()
        block.unlink()


@no_wheels
def test_functions_that_sympy_writes_take_arrays():
    sympy = pytest.importorskip("sympy", reason="SymPy is not installed")
    x, y = sympy.symbols("x y")
    a, b = array([0.5, 1.5, 2.5]), array([1.0, 2.0, 3.0])
    formula = sympy.sin(x) ** 2 + sympy.exp(-y) / 3 + sympy.sqrt(x) * sympy.atan2(y, x) - sympy.pi
    ours = sympy.lambdify((x, y), formula, modules=[piconumpy, "math"])(a, b)
    assert type(ours) is array
    single = sympy.lambdify((x, y), formula, modules="math")
    assert ours.tolist() == pytest.approx([single(*pair) for pair in zip(a, b)], rel=1e-14)
    by_numpy = sympy.lambdify((x, y), formula, modules="numpy")(a, b)
    assert type(by_numpy) is np.ndarray
    assert by_numpy.tolist() == pytest.approx(ours.tolist(), rel=1e-14)
    whole = sympy.lambdify(x, sympy.Piecewise((x, x > 1), (0, True)), modules=[piconumpy, "math"])
    with pytest.raises(TypeError, match="arrays have no order"):
        whole(a)


@no_wheels
@pytest.mark.parametrize("cse", [False, True])
def test_functions_that_sympy_writes_are_traced(cse):
    sympy = pytest.importorskip("sympy", reason="SymPy is not installed")
    x, y = sympy.symbols("x y")
    formulas = [
        sympy.sin(x * y) ** 2 + sympy.exp(-x * y) / 3,
        sympy.Piecewise((sympy.log(x), x > 1), (y**3, True)) + sympy.Abs(y),
        sympy.Max(x, y) + sympy.sqrt(x * y),
    ]
    points = [(0.5, 0.25), (1.5, 2.0), (7.0, 1.0)]
    for formula in formulas:
        function = sympy.lambdify((x, y), formula, modules="math", cse=cse)
        traced = jit(function)
        assert bits(traced(*point) for point in points) == bits(function(*p) for p in points)
    many = sympy.lambdify(((x, y),), formulas, modules="math", cse=cse)
    traced = jit(lambda state: array(many(state)))
    for point in points:
        assert traced(array(point)) == array(many(point))
    gamma = jit(sympy.lambdify(x, sympy.gamma(x), modules="math"))
    with pytest.raises(TraceError, match="<lambdifygenerated-.*math.gamma"):
        gamma(0.5)
