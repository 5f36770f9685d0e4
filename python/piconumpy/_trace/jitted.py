# SPDX-License-Identifier: BSD-3-Clause
"""The decorator jit: signatures, their programs, and calls."""

from __future__ import annotations

import functools
import inspect
import os
import sys
import threading
import types
import warnings
from typing import TYPE_CHECKING, Any, Callable, TypeVar, overload

from .. import _backend
from .._caches import cached_property
from . import arrays, outside, paths, structure
from .outside import Outside, are_same, contents_of
from .structure import Form
from .tape import (
    FAST,
    ONLY_LANES,
    ONLY_POINT,
    Refusal,
    Tape,
    TooManyPaths,
    TraceError,
    home_of,
    is_overflow,
    levels_to_user,
    pending_refusal,
    refusals,
    refuse,
    tracing,
)

if TYPE_CHECKING:
    from typing import Protocol

    from typing_extensions import ParamSpec

    _P = ParamSpec("_P")
    _Result = TypeVar("_Result")

    class _Decorator(Protocol):
        def __call__(self, function: Callable[_P, _Result], /) -> _backend.jitted[_P, _Result]: ...


__all__ = ["IS_SWITCHED_OFF", "Engine", "Signature", "jit", "reduced", "text_of"]

MAX_SIGNATURES = 64
MAX_FAST_CALLS = 8  # that a call goes through until one fits

# Tracing sets what runs while it lasts, and a signature is traced once.
_lock = threading.RLock()
# A child that is forked while another thread traces has no such thread.
os.register_at_fork(
    before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_lock.release
)

# Frames that a trace may need beside those of the function.
_STACK_RESERVE = 250


IS_SWITCHED_OFF = os.environ.get("PICONUMPY_JIT") == "0"
"""Whether functions run in Python, for debugging."""


class Signature:
    """One signature of a function: its program, or why there is none.

    Attributes
    ----------
    names : tuple of str
        Names of the last arguments, which are passed by keyword.
    program : Program or None
        For single calls, or for lanes if the signature has lanes. None if all paths raise, so that
        calls run in Python.
    instructions : bytes
        The list that the program was made of.
    options : int
        The options that it was made with.
    """

    def __init__(
        self,
        forms: tuple[Form, ...],
        names: tuple[str, ...],
        watched: Outside,
        trace: paths.Trace,
        options: int,
    ) -> None:
        self.forms = forms
        self.names = names
        self.outside = watched
        self.guards = _backend.Guards(tuple(watched.guards))
        self.results = trace.forms
        self.error = trace.error
        self.place = trace.place
        self.is_step: bool | None = None  # whether the result can be the next argument
        self.is_lanes = any(map(structure.is_lanes, forms))
        self.options = options
        self.instructions = trace.instructions()
        self.program: Any = None
        if not trace.is_dead:
            self.program = self.program_for(ONLY_LANES if self.is_lanes else ONLY_POINT)
        self._jacobians: dict[tuple[int, bool], Any] = {}

    def holds(self) -> bool:
        """Whether what was read from outside is as it was."""
        return self.guards.hold()

    def refuse_unless_right(self) -> None:
        """To be called if the function did not raise. If all paths do, the trace was wrong.

        It was right if what it read from outside has changed since then.
        """
        if self.program is None and self.error is not None and self.holds():
            # It met one of the objects that only a trace has.
            raise TraceError(
                f"{self.place}jit can't trace what this line does: "
                f"{type(self.error).__name__}: {self.error}"
            ) from None

    def program_for(self, use: int, instructions: bytes | None = None) -> Any:
        """A program of these instructions, or of its own, for ONLY_POINT or ONLY_LANES."""
        made_of = self.instructions if instructions is None else instructions
        return _backend.Program(made_of, self.options | use)

    @cached_property
    def lanes_program(self) -> Any:
        """The program that runs many calls at once. Most signatures never need it."""
        if self.program is None or self.is_lanes:
            return self.program
        return self.program_for(ONLY_LANES)

    def jacobian(self, argument: int, with_values: bool = False) -> Any:
        """The program of d result / d argument, as of derivative.jacobian_program, made once."""
        key = argument, with_values
        if key not in self._jacobians:
            from .derivative import jacobian_program

            self._jacobians[key] = jacobian_program(self, argument, with_values)
        return self._jacobians[key]

    @cached_property
    def fast_call(self) -> Any:
        """The backend's own object for calls of this signature; None if it serves none like it."""
        if self.program is None or self.is_lanes or self.names or len(self.results) != 1:
            return None
        forms = [_simple(form) for form in self.forms]
        result = _simple(self.results[0])
        few = self.program.inputs <= 64 and self.program.outputs <= 64 and len(forms) <= 16
        if result is None or result[0] == "constant" or None in forms or not few:
            return None
        return _backend.FastCall(self.program, tuple(forms), result, self.guards)

    def __str__(self) -> str:
        texts = list(map(_text_of_form, self.forms))
        for i, name in enumerate(self.names, len(texts) - len(self.names)):
            texts[i] = f"{name}={texts[i]}"
        arguments = ", ".join(texts)
        results = " or ".join(map(_text_of_form, self.results)) or "nothing but exceptions"
        return f"({arguments}) -> {results}"


def _simple(form: Form) -> Form | None:
    """A form as the backend takes it, which knows flat ones only; None for the others."""
    if form[0] not in _backend.FAST_FORMS:
        return None
    if form[0] == "constant":
        return ("constant", form[1].value)
    if form[0] in ("float", "float64", "array"):
        return form
    if form[0] == "ndarray":
        shape = form[1] if isinstance(form[1], tuple) else (form[1],)
        return ("ndarray", shape[0]) if len(shape) == 1 else None
    is_flat = all(part == ("float",) for part in form[1:])
    return (form[0], len(form) - 1) if is_flat else None


def _text_of_form(form: Form) -> str:
    kind = form[0]
    if kind in ("list", "tuple"):
        inner = ", ".join(map(_text_of_form, form[1:]))
        return f"[{inner}]" if kind == "list" else f"({inner})"
    if kind == "constant":
        return repr(form[1])
    if kind == "again":
        return f"container {form[1]} again"
    if kind == "argument":
        return f"argument {form[1]}"
    if kind == "lanes":
        return f"lanes of {form[1]}"
    return f"{kind}[{form[1]}]" if len(form) > 1 and kind not in ("dict", "namedtuple") else kind


def trace(
    function: Any,
    first: tuple[Any, ...],
    keywords: dict[str, Any],
    forms: tuple[Form, ...],
    names: tuple[str, ...],
    is_fast: bool,
) -> tuple[Outside, paths.Trace]:
    """Follows all paths of a Python function for arguments of these forms."""
    arrays.prepare()
    watched = Outside()
    positional = len(forms) - len(names)

    def follow(tape: Tape) -> paths.Leaf:
        watched.tape = tape
        arguments = structure.stand_ins(forms, tape, watched)
        before = [contents_of(argument) for argument in arguments]
        try:
            call = watched.copy_of(function)
            extra = [watched.watch(value) for value in first]
            named = {name: watched.watch(value) for name, value in keywords.items()}
            named.update(zip(names, arguments[positional:]))
            result = call(*extra, *arguments[:positional], **named)
            if tape.texts:
                refuse("the text of a number depends on data and can't be traced", tape.texts[0])
            outputs: list[int] = []
            by_id = structure.places_of(arguments)
            form = structure.take_apart(result, tape, watched, by_id, outputs)
            leaf = paths.Leaf(form, outputs)
        except Refusal:
            raise
        except BaseException as error:
            leaf = paths.raising_leaf(error)
        if watched.has_overflowed:
            refuse("recursion without end, or by data, is caught by the function")
        for argument, contents in zip(arguments, before):
            if contents is not None and not are_same(contents, contents_of(argument)):
                refuse("the function changes its argument: return new numbers instead")
        watched.check_unchanged()
        return leaf

    with _lock:
        before = refusals()
        outer = outside.begin(watched)
        try:
            with tracing(function.__code__):
                found = _explored(follow, watched, is_fast)
        except Refusal as refusal:
            raise TraceError(pending_refusal(before) or str(refusal)) from None
        finally:
            watched.is_open = False
            outside.begin(outer)
            caught = pending_refusal(before)
        if caught is not None:
            raise TraceError(caught)
    return watched, found


def _explored(follow: Callable[[Tape], paths.Leaf], watched: Outside, is_fast: bool) -> paths.Trace:
    before = refusals()
    try:
        return paths.explore(follow, is_fast)
    except TooManyPaths as first:
        # Paths multiply with each call of a function that branches, unless its paths meet again.
        pending_refusal(before)
        watched.merges = True
        try:
            return paths.explore(follow, is_fast)
        except Refusal:
            pending_refusal(before)
            raise first from None


class _TooDeep(RecursionError):
    """There is not enough stack left to trace a function."""


def _require_stack() -> None:
    """A function that catches RecursionError would be traced as if it always met one."""
    try:
        _call_within_calls(_STACK_RESERVE)
    except (RecursionError, TypeError) as error:
        if not is_overflow(error):
            raise
        raise _TooDeep(
            "too many calls are active: there is no stack left to trace a function"
        ) from None


def _call_within_calls(count: int) -> None:
    if count > 0:
        _call_within_calls(count - 1)


class Engine:
    """What a jitted object does in Python: everything but the fast calls."""

    def __init__(self, function: Callable[..., Any], is_fast: bool, has_fallback: bool) -> None:
        self.function = function
        self.python, self.first, self.keywords = outside.unwrapped(function)
        self.is_fast = is_fast
        self.has_fallback = has_fallback
        self.jitted: Any = None
        # The last ones come last. An OrderedDict loses its order where memory is short.
        self._signatures: dict[Any, Signature] = {}
        self._went_round = False
        self.has_warned = False  # that it runs in Python
        # Of the last run of one state, and of lanes, in loops.py.
        self.last_step: Signature | None = None
        self.last_lanes: Signature | None = None

    # ---- the cache ------------------------------------------------------------------------------

    def signature(self, forms: tuple[Form, ...], names: tuple[str, ...] = ()) -> Signature:
        """The signature of these forms, traced if need be. Raises TraceError.

        names: those of the last arguments, which are passed by keyword.
        """
        key = (forms, names)
        with _lock:
            found = self._signatures.get(key)
            if found is not None and found.holds():
                self._signatures[key] = self._signatures.pop(key)
                return found
            _require_stack()
            options = FAST if self.is_fast else 0
            self.python, self.first, self.keywords = outside.unwrapped(self.function)
            watched, traced = trace(
                self.python, self.first, self.keywords, forms, names, self.is_fast
            )
            watched.add_wrapping(self.function)
            try:
                made = Signature(forms, names, watched, traced, options)
            except ValueError as error:
                place = home_of(self.python.__code__)
                raise TraceError(f"{place}the function is too large: {error}") from None
            self._signatures.pop(key, None)
            self._signatures[key] = made
            if len(self._signatures) > MAX_SIGNATURES:
                del self._signatures[next(iter(self._signatures))]
                self._warn_of_round()
            self._offer()
            return made

    def _warn_of_round(self) -> None:
        if not self._went_round:
            self._went_round = True
            name = getattr(self.function, "__qualname__", repr(self.function))
            warnings.warn(
                f"jit: {name} was called with more than {MAX_SIGNATURES} signatures, so it is "
                "traced over and over. Ints are constants of a signature: pass floats where they "
                "change",
                RuntimeWarning,
                stacklevel=levels_to_user(),
            )

    def _offer(self) -> None:
        """Gives the fast calls of the last signatures to the jitted object."""
        if self.jitted is not None:
            last = list(reversed(self._signatures.values()))[:MAX_FAST_CALLS]
            calls = [found.fast_call for found in last]
            self.jitted._calls = tuple(call for call in calls if call is not None)

    def clear(self) -> None:
        with _lock:
            self._signatures.clear()
            self.last_step = self.last_lanes = None
            self._offer()

    @property
    def program(self) -> str:
        with _lock:
            found = list(reversed(self._signatures.values()))
        texts = [
            f"{signature}\n{signature.program.dump() if signature.program else ''}"
            for signature in found
        ]
        return "\n".join(texts) or "nothing was traced yet: call the function"

    @property
    def signatures(self) -> list[str]:
        with _lock:
            return [str(signature) for signature in reversed(self._signatures.values())]

    # ---- calls ----------------------------------------------------------------------------------

    def call(self, *arguments: Any, **options: Any) -> Any:
        """A call that is not served by a fast one."""
        names: tuple[str, ...] = ()
        if options:
            try:
                arguments, names = self._bound(arguments, options)
            except TypeError:
                return self.function(*arguments, **options)  # raises Python's own error
        try:
            signature = self.signature(_forms_of(arguments), names)
        except TraceError as error:
            return self._refused(error, arguments, names)
        except _TooDeep:
            return self._run(arguments, names)
        if signature.program is None:
            return self._in_python(signature, arguments)
        if signature.is_lanes:
            from . import lanes

            return lanes.call(self, signature, arguments)
        numbers: list[float] = []
        for argument in arguments:
            structure.flatten(argument, numbers)
        results, trouble = signature.program.run_point(numbers)
        if trouble is not None:
            return self._in_python(signature, arguments)
        return result_of(signature, results, arguments)

    def _bound(
        self, arguments: tuple[Any, ...], options: dict[str, Any]
    ) -> tuple[tuple[Any, ...], tuple[str, ...]]:
        """Keyword arguments in their places among the positional ones, as far as they have one.

        Returns the arguments, and the names of the last ones, which have no place. Defaults are
        those of this moment.
        """
        bound = inspect.signature(self.function).bind(*arguments, **options)
        names = tuple(bound.kwargs)
        last = tuple(bound.kwargs.values())
        bound.apply_defaults()
        return (*bound.args, *last), names

    def _refused(
        self, error: TraceError, arguments: tuple[Any, ...], names: tuple[str, ...]
    ) -> Any:
        if not self.has_fallback:
            raise error from None
        self._warn(error)
        return self._run(arguments, names)

    def _warn(self, error: TraceError) -> None:
        if not self.has_warned:
            self.has_warned = True
            message = f"jit runs the function in Python: {error}"
            warnings.warn(message, RuntimeWarning, stacklevel=levels_to_user())

    def _run(self, arguments: tuple[Any, ...], names: tuple[str, ...]) -> Any:
        """Runs the function itself."""
        positional = len(arguments) - len(names)
        options = dict(zip(names, arguments[positional:]))
        return self.function(*arguments[:positional], **options)

    def _in_python(self, signature: Signature, arguments: tuple[Any, ...]) -> Any:
        """Runs the function itself, where the program has no answer: it raises, as a rule."""
        result = self._run(arguments, signature.names)
        try:
            signature.refuse_unless_right()
        except TraceError as error:
            if not self.has_fallback:
                raise
            self._warn(error)
        return result


def _forms_of(arguments: tuple[Any, ...]) -> tuple[Form, ...]:
    try:
        return tuple(map(structure.form_of, arguments))
    except RecursionError:
        raise TraceError("an argument that is nested too deeply, or holds itself") from None


def result_of(signature: Signature, numbers: list[float], arguments: tuple[Any, ...]) -> Any:
    """The result of a run."""
    values = iter(numbers)
    forms = signature.results
    form = forms[int(next(values))] if len(forms) > 1 else forms[0]
    return structure.build(form, values, arguments)


# ---- the decorator ------------------------------------------------------------------------------


@overload
def jit(
    function: Callable[_P, _Result], /, *, fastmath: bool = ..., fallback: bool = ...
) -> _backend.jitted[_P, _Result]: ...
@overload
def jit(function: None = ..., /, *, fastmath: bool = ..., fallback: bool = ...) -> _Decorator: ...
def jit(function: Any = None, /, *, fastmath: bool = False, fallback: bool = False) -> Any:
    """Run a Python function as a program of libpicokernels, with the same results.

    The function is traced when it is first called with arguments of some types and lengths. From
    then on, such calls run native code. The results have the bits of the function's own, and the
    same exceptions are raised.

    Parameters
    ----------
    function : callable
        A Python function, a lambda, a bound method, a ``functools.partial``, or an object with
        ``__call__``. Without it, ``jit`` returns a decorator: ``@jit(fastmath=True)``.
    fastmath : bool
        Whether results may differ from Python's by rounding, within a few units in the last place
        of each operation, for more speed.
    fallback : bool
        Whether a function that can't be traced runs in Python, with one warning. Otherwise it
        raises TraceError.

    Returns
    -------
    jitted
        A callable with the name, documentation, and signature of the function. ``program`` shows
        what runs, ``signatures`` what was traced, and ``clear()`` forgets all.

    Raises
    ------
    TypeError
        If it is not a Python function.
    TraceError
        From a call, if the function can't be traced exactly. The message names file and line, what
        was met, and what to do instead.

    Notes
    -----
    If the environment variable PICONUMPY_JIT is 0, ``jit`` returns the function itself.

    Examples
    --------
    >>> from math import sin
    >>> from piconumpy import jit
    >>> @jit
    ... def f(x, y):
    ...     return sin(x) * y if x > y else x ** 2
    >>> f(2.0, 1.0) == sin(2.0) * 1.0
    True
    >>> f.signatures
    ['(float, float) -> float']
    """
    if function is None:
        return functools.partial(jit, fastmath=fastmath, fallback=fallback)
    if isinstance(function, (staticmethod, classmethod)):
        raise TypeError(f"put @{type(function).__name__} above @jit, not below it")
    engine = Engine(function, bool(fastmath), bool(fallback))
    if IS_SWITCHED_OFF:
        return function
    made = _backend.jitted(function, engine)
    engine.jitted = made
    for name in functools.WRAPPER_ASSIGNMENTS:
        if hasattr(function, name):
            setattr(made, name, getattr(function, name))
    if isinstance(function, types.FunctionType):
        # What a jitted object has itself stays.
        vars(made).update({k: v for k, v in vars(function).items() if not hasattr(type(made), k)})
    return made


def text_of(jitted: Any) -> str:
    name = getattr(jitted.__wrapped__, "__qualname__", None) or repr(jitted.__wrapped__)
    return f"<jit of {name}>"


def reduced(jitted: Any) -> Any:
    """How pickle finds the object again: by its name, or by what it is made of."""
    function = jitted.__wrapped__
    module = sys.modules.get(getattr(function, "__module__", None) or "")
    found: Any = module
    for part in getattr(function, "__qualname__", "<unknown>").split("."):
        found = getattr(found, part, None)
    if found is jitted:
        return function.__qualname__
    engine = jitted._engine
    return _remade, (function, engine.is_fast, engine.has_fallback)


def _remade(function: Any, fastmath: bool, fallback: bool) -> Any:
    return jit(function, fastmath=fastmath, fallback=fallback)
