# SPDX-License-Identifier: BSD-3-Clause
"""solve_ensemble: each member has the result of solve_ivp, wherever it runs."""

import concurrent.futures
import multiprocessing
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import ensemble_problems
import pytest
from ensemble_problems import limited, pendulum, plain_pendulum

from piconumpy import TraceError, jit
from piconumpy.integrate import solve_ensemble, solve_ivp

np = pytest.importorskip("numpy")

IS_PYPY = sys.implementation.name == "pypy"
COUNT = 30 if IS_PYPY else 150
OPTIONS = {"rtol": 1e-6, "atol": 1e-9}


def members(count=COUNT):
    random = np.random.default_rng(7)
    states = random.uniform(-2, 2, size=(count, 2))
    params = np.column_stack([random.uniform(0.5, 2, count), random.uniform(0, 0.5, count)])
    return states, params


def expect_single_runs(found, fun, states, params, method="RK45", t_end=3, **options):
    for i, (state, row) in enumerate(zip(states, params)):
        one = solve_ivp(fun, (0, t_end), state, method, args=tuple(row.tolist()), **options)
        assert found.status[i] == one.status
        assert found.nfev[i] == one.nfev
        assert found.nsteps[i] == one.nsteps
        if "t_eval" in options:
            assert np.array_equal(found.y[i], one.y)
        else:
            assert found.t[i] == one.t[-1]
            assert np.array_equal(found.y[i], one.y[:, -1])


@pytest.mark.parametrize("method", ["RK23", "RK45", "DOP853"])
@pytest.mark.parametrize("fun", [pendulum, plain_pendulum], ids=["traced", "plain"])
@pytest.mark.parametrize("has_t_eval", [False, True])
def test_members_have_the_bits_of_single_runs(method, fun, has_t_eval):
    states, params = members()
    t_end = 0.5 if fun is plain_pendulum else 3
    options = {**OPTIONS, "t_eval": [0, t_end / 6, t_end]} if has_t_eval else OPTIONS
    found = solve_ensemble(fun, (0, t_end), states, params, method, **options)
    expect_single_runs(found, fun, states, params, method, t_end, **options)
    assert found.success.all()
    assert found.errors == {}
    assert found.engine.startswith("Python") == (fun is plain_pendulum)
    assert found.y.shape == ((COUNT, 2, 3) if has_t_eval else (COUNT, 2))


def in_threads():
    return concurrent.futures.ThreadPoolExecutor(2)


def in_processes():
    return concurrent.futures.ProcessPoolExecutor(
        2, mp_context=multiprocessing.get_context("spawn")
    )


@pytest.mark.parametrize("make", [in_threads, in_processes])
@pytest.mark.parametrize("fun", [pendulum, plain_pendulum], ids=["traced", "plain"])
def test_members_may_run_anywhere(make, fun, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    states, params = members()
    wanted = solve_ensemble(fun, (0, 3), states, params, **OPTIONS)
    with make() as executor:
        for chunk in (None, 7):
            found = solve_ensemble(
                fun, (0, 3), states, params, executor=executor, chunk=chunk, **OPTIONS
            )
            for name in ("t", "y", "status", "nfev", "nsteps"):
                assert np.array_equal(found[name], wanted[name]), name


def test_members_may_run_on_a_dask_cluster(monkeypatch):
    distributed = pytest.importorskip("distributed")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    states, params = members()
    wanted = solve_ensemble(pendulum, (0, 3), states, params, **OPTIONS)
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=":0"
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        found = solve_ensemble(
            pendulum, (0, 3), states, params, executor=client.get_executor(), chunk=40, **OPTIONS
        )
    assert np.array_equal(found.y, wanted.y)
    assert np.array_equal(found.nfev, wanted.nfev)


def test_members_that_raise_leave_the_others_alone():
    limits = np.full(40, 10.0)
    limits[[3, 17, 39]] = 0.5
    found = solve_ensemble(limited, (0, 1), [1.0], limits, **OPTIONS)
    assert sorted(found.errors) == [3, 17, 39]
    assert isinstance(found.errors[17], ValueError)
    assert (found.status == -3).sum() == 3
    assert np.isnan(found.y[[3, 17, 39]]).all()
    assert not np.isnan(np.delete(found.y, [3, 17, 39])).any()
    assert found.success.sum() == 37
    plain = solve_ensemble(limited.__wrapped__, (0, 1), [1.0], limits, **OPTIONS)
    assert sorted(plain.errors) == [3, 17, 39]
    assert np.array_equal(plain.y, found.y, equal_nan=True)


def test_members_have_events():
    def event(t, y, length, damping):
        return y[0]

    event.terminal = True
    states, params = members(12)
    found = solve_ensemble(pendulum, (0, 3), states, params, events=event, **OPTIONS)
    for i in range(12):
        one = solve_ivp(
            pendulum, (0, 3), states[i], args=tuple(params[i].tolist()), events=event, **OPTIONS
        )
        assert found.status[i] == one.status
        assert np.array_equal(found.t_events[i][0], one.t_events[0])
        assert np.array_equal(found.y_events[i][0], one.y_events[0])


def test_steps_can_be_limited():
    states, params = members()
    found = solve_ensemble(pendulum, (0, 3), states, params, max_steps=5, **OPTIONS)
    assert (found.status == -2).all()
    expect_single_runs(found, pendulum, states, params, max_steps=5, **OPTIONS)


def test_arguments_are_checked():
    states, params = members(5)
    for arguments, error, message in (
        ((pendulum, (0, 3), states, params[:3]), ValueError, "5 members, and `params` has 3"),
        ((pendulum, (0, 3), states[None], params), ValueError, "3 dimensions"),
        ((pendulum, (0, 3), states, params[None]), ValueError, "3 dimensions"),
        ((pendulum, (0, 3), states * np.nan, params), ValueError, "member 0 in `y0`"),
        ((pendulum, (0, 3), states * 1j, params), ValueError, "complex"),
    ):
        with pytest.raises(error, match=message):
            solve_ensemble(*arguments)
    with pytest.raises(TypeError, match="dense_output"):
        solve_ensemble(pendulum, (0, 3), states, params, dense_output=True)
    with pytest.raises(ValueError, match="chunk"):
        solve_ensemble(pendulum, (0, 3), states, params, chunk=0)
    untraceable = solve_ensemble(jit(lambda t, y: [float(str(y[0]))]), (0, 3), states)
    assert isinstance(untraceable.errors[4], TraceError)
    with pytest.warns(UserWarning, match="no effect"):
        solve_ensemble(pendulum, (0, 3), states, params, colour=3)
    none = solve_ensemble(pendulum, (0, 3), np.empty((0, 2)), np.empty((0, 2)))
    assert none.y.shape == (0, 2)


def test_fast_programs_stay_within_the_tolerance():
    states, params = members()
    fast = jit(pendulum.__wrapped__, fastmath=True)
    found = solve_ensemble(fast, (0, 3), states, params, rtol=1e-9, atol=1e-9)
    wanted = solve_ensemble(pendulum, (0, 3), states, params, rtol=1e-9, atol=1e-9)
    assert np.allclose(found.y, wanted.y, rtol=1e-6, atol=1e-6)


def test_many_threads_may_solve_at_the_same_time():
    states, params = members(40)
    wanted = solve_ensemble(pendulum, (0, 3), states, params, **OPTIONS)
    found = []

    def run():
        found.append(solve_ensemble(pendulum, (0, 3), states, params, **OPTIONS))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert all(np.array_equal(one.y, wanted.y) for one in found)


def test_progress_is_shown():
    pytest.importorskip("rich")
    script = (
        "import ensemble_problems as e\n"
        "from piconumpy.integrate import solve_ensemble\n"
        "solve_ensemble(e.limited, (0, 1), [1.0], [9.0] * 20, progress=True)\n"
        "solve_ensemble(e.limited.__wrapped__, (0, 1), [1.0], [9.0] * 20, progress=True)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parent,
    )
    assert done.stdout.count("100%") == 2


# ---- checkpoints --------------------------------------------------------------------------------


def test_a_killed_run_goes_on_where_it_was(tmp_path):
    script = (
        "import sys\n"
        "import numpy as np\n"
        "import ensemble_problems as e\n"
        "from piconumpy.integrate import solve_ensemble\n"
        "found = solve_ensemble(e.deadly, (0, 1), [1.0], np.arange(200.0), chunk=20,\n"
        "                       checkpoint=sys.argv[1])\n"
        "np.save(sys.argv[2], found.y)\n"
    )
    marker, store, result = tmp_path / "died", tmp_path / "run.sqlite", tmp_path / "y.npy"
    arguments = [sys.executable, "-c", script, str(store), str(result)]
    environment = {**os.environ, "PICONUMPY_TEST_MARKER": str(marker)}
    here = Path(__file__).parent
    died = subprocess.run(arguments, cwd=here, env=environment, check=False)
    assert died.returncode == -9
    assert marker.exists()
    with sqlite3.connect(store) as connection:
        stored = [row[0] for row in connection.execute("SELECT start FROM chunk ORDER BY start")]
    connection.close()
    assert stored == [0, 20, 40, 60, 80, 100, 120]
    subprocess.run(arguments, cwd=here, env=environment, check=True)
    os.environ["PICONUMPY_TEST_MARKER"] = str(marker)
    wanted = solve_ensemble(ensemble_problems.deadly, (0, 1), [1.0], np.arange(200.0))
    assert np.array_equal(np.load(result), wanted.y)


def test_chunks_are_computed_once(tmp_path):
    states, params = members(20)
    calls = []

    def counted(t, y, length, damping):
        calls.append(t)
        return plain_pendulum(t, y, length, damping)

    options = {**OPTIONS, "checkpoint": tmp_path / "a", "chunk": 6}
    first = solve_ensemble(counted, (0, 1), states, params, **options)
    assert calls
    calls.clear()
    second = solve_ensemble(counted, (0, 1), states, params, **options)
    assert not calls
    assert np.array_equal(first.y, second.y)
    for changed in (
        lambda: solve_ensemble(counted, (0, 1.5), states, params, **options),
        lambda: solve_ensemble(counted, (0, 1), states, params + 1, **options),
        lambda: solve_ensemble(counted, (0, 1), states, params, **{**options, "chunk": 5}),
        lambda: solve_ensemble(counted, (0, 1), states, params, **{**options, "rtol": 1e-5}),
        lambda: solve_ensemble(plain_pendulum, (0, 1), states, params, **options),
    ):
        with pytest.raises(ValueError, match="of another ensemble"):
            changed()


def test_functions_inside_have_the_same_fingerprint_in_every_process(tmp_path):
    script = (
        "import sys\n"
        "import numpy as np\n"
        "import ensemble_problems as e\n"
        "from piconumpy.integrate import solve_ensemble\n"
        "solve_ensemble(e.with_functions_inside, (0, 1), np.ones((9, 2)), chunk=3,\n"
        "               checkpoint=sys.argv[1])\n"
    )
    for _ in range(2):
        arguments = [sys.executable, "-c", script, str(tmp_path / "a")]
        subprocess.run(arguments, cwd=Path(__file__).parent, check=True)


def test_other_events_or_fastmath_are_another_ensemble(tmp_path):
    states, params = members(8)

    def zero(t, y, length, damping):
        return y[0]

    def other(t, y, length, damping):
        return y[0] - 0.5

    options = {**OPTIONS, "checkpoint": tmp_path / "a"}
    solve_ensemble(pendulum, (0, 1), states, params, events=zero, **options)
    fast = jit(pendulum.__wrapped__, fastmath=True)
    for fun, events in ((pendulum, None), (pendulum, other), (pendulum, [zero]), (fast, zero)):
        if (fun, events) == (pendulum, [zero]):  # the same
            solve_ensemble(fun, (0, 1), states, params, events=events, **options)
            continue
        with pytest.raises(ValueError, match="of another ensemble"):
            solve_ensemble(fun, (0, 1), states, params, events=events, **options)


def test_a_full_disk_loses_no_chunk(tmp_path):
    resource = pytest.importorskip("resource")
    states, params = members(200)
    options = {**OPTIONS, "chunk": 10, "t_eval": np.linspace(0, 1, 50)}
    wanted = solve_ensemble(pendulum, (0, 1), states, params, **options)
    store = tmp_path / "a"
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a write fails instead
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (65536, limits[1]))
    try:
        with pytest.raises(OSError, match=f"checkpoint: {store}: "):
            solve_ensemble(pendulum, (0, 1), states, params, checkpoint=store, **options)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    with sqlite3.connect(store) as connection:
        (stored,) = connection.execute("SELECT count(*) FROM chunk").fetchone()
    connection.close()
    assert 0 < stored < 20
    found = solve_ensemble(pendulum, (0, 1), states, params, checkpoint=store, **options)
    assert np.array_equal(found.y, wanted.y)


def test_a_torn_file_is_refused(tmp_path):
    states, params = members(50)
    store = tmp_path / "a"
    options = {**OPTIONS, "chunk": 5, "t_eval": np.linspace(0, 1, 50)}
    solve_ensemble(pendulum, (0, 1), states, params, checkpoint=store, **options)
    whole = store.read_bytes()
    store.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(OSError, match=f"checkpoint: {store}: "):
        solve_ensemble(pendulum, (0, 1), states, params, checkpoint=store, **options)

    store.unlink()
    found = solve_ensemble(pendulum, (0, 1), states, params, checkpoint=store, **options)
    wanted = solve_ensemble(pendulum, (0, 1), states, params, **options)
    assert np.array_equal(found.y, wanted.y)


def test_a_damaged_chunk_is_computed_again(tmp_path):
    states, params = members(50)
    store = tmp_path / "a"
    options = {**OPTIONS, "chunk": 5, "t_eval": np.linspace(0, 1, 50)}
    wanted = solve_ensemble(pendulum, (0, 1), states, params, checkpoint=store, **options)
    whole = store.read_bytes()
    places = [i for i in range(len(whole)) if whole.startswith(wanted.y[23, 1].tobytes()[:64], i)]
    assert len(places) == 1
    # As if its sectors had not been written before the power went.
    store.write_bytes(whole[: places[0]] + bytes(64) + whole[places[0] + 64 :])
    with pytest.warns(RuntimeWarning, match="begins with member 20 is damaged"):
        found = solve_ensemble(pendulum, (0, 1), states, params, checkpoint=store, **options)
    assert np.array_equal(found.y, wanted.y)
    again = solve_ensemble(pendulum, (0, 1), states, params, checkpoint=store, **options)
    assert np.array_equal(again.y, wanted.y)


@pytest.mark.parametrize("repetition", range(2))
def test_killed_workers_lose_no_finished_chunk(tmp_path, monkeypatch, repetition):
    marker, store = tmp_path / "died", tmp_path / "run.sqlite"
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    monkeypatch.setenv("PICONUMPY_TEST_MARKER", str(marker))
    problem = (ensemble_problems.deadly, (0, 1), [1.0], np.arange(200.0))
    options = {"chunk": 20, "checkpoint": store}
    with (
        in_processes() as executor,
        pytest.raises(concurrent.futures.process.BrokenProcessPool),
    ):
        solve_ensemble(*problem, executor=executor, **options)
    assert marker.exists()
    with sqlite3.connect(store) as connection:
        (stored,) = connection.execute("SELECT count(*) FROM chunk").fetchone()
    connection.close()
    assert 0 < stored < 10
    with in_processes() as executor:
        found = solve_ensemble(*problem, executor=executor, **options)
    wanted = solve_ensemble(*problem, chunk=20)
    for name in ("t", "y", "status", "nfev", "nsteps"):
        assert np.array_equal(found[name], wanted[name]), name


def test_a_process_that_dies_within_a_write_loses_nothing(tmp_path):
    states, params = members(50)
    store = tmp_path / "a"
    options = {**OPTIONS, "chunk": 5, "t_eval": np.linspace(0, 1, 50)}
    wanted = solve_ensemble(pendulum, (0, 1), states, params, checkpoint=store, **options)
    # It overwrites all chunks, more than SQLite's cache takes, and dies before it is done.
    script = """
import os, sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("PRAGMA cache_size = 1")
connection.execute("UPDATE chunk SET result = zeroblob(length(result))")
os.kill(os.getpid(), 9)
"""
    died = subprocess.run([sys.executable, "-c", script, str(store)], check=False)
    assert died.returncode == -9
    assert Path(f"{store}-journal").stat().st_size > 0
    found = solve_ensemble(pendulum, (0, 1), states, params, checkpoint=store, **options)
    assert np.array_equal(found.y, wanted.y)


def test_files_of_other_kinds_are_refused(tmp_path):
    states, params = members(3)
    torn = tmp_path / "torn"
    torn.write_bytes(b"this is no database" * 100)
    with pytest.raises(OSError, match="torn"):
        solve_ensemble(pendulum, (0, 1), states, params, checkpoint=torn)
    assert torn.read_bytes() == b"this is no database" * 100
    other = tmp_path / "other"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE mine (a)")
    connection.close()
    with pytest.raises(ValueError, match="another kind"):
        solve_ensemble(pendulum, (0, 1), states, params, checkpoint=other)
    with pytest.raises(OSError, match="nowhere"):
        solve_ensemble(pendulum, (0, 1), states, params, checkpoint=tmp_path / "nowhere" / "a")
