# SPDX-License-Identifier: BSD-3-Clause
"""What stands for NumPy's arrays and functions while a function is traced.

An ndarray becomes a TracedNdarray, whose elements are Numbers and NumPy's float64. It is an ndarray
of objects, so that NumPy itself indexes, reshapes, and broadcasts. The ufuncs are ours. They have
the bits of the C library's functions, from which NumPy's own differ by a few units in the last
place.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Iterator
from typing import Any, Callable

import numpy as np

from . import functions
from .arrays import UNSET, TracedArray
from .functions import REAL_CLASSES, REPLACEMENTS, has_traced, is_traced, plain
from .numbers import Number, Truth, arithmetic, compare, function, is_number, select
from .outside import Outside, bytes_of
from .structure import Form
from .tape import Op, Tape, refuse

__all__ = [
    "TracedNdarray",
    "array_ufunc",
    "constant_array",
    "fill_tables",
    "made",
    "take_apart",
]

MAX_ITEMS = 10_000  # of one array from outside


def _scalar(value: Any) -> Any:
    """An element as an array of float64 would give it."""
    if type(value) is Number:
        return value if value.kind is np.float64 else Number(value.tape, value.index, np.float64)
    if type(value) is Truth:
        return value
    if value is UNSET:
        refuse("an element of numpy.empty that was not written is used")
    return value if isinstance(value, np.generic) else np.float64(value)


class TracedNdarray(np.ndarray):
    """An ndarray of objects that stands for one of float64.

    Its methods don't call super(): on PyPy, a class that does loses its ``__class__`` if a debugger
    or coverage.py looks on while it is made.
    """

    is_lanes = False

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        return np.ndarray

    def __array_finalize__(self, source: Any) -> None:
        self.is_lanes = getattr(source, "is_lanes", False)

    def __getattribute__(self, name: str) -> Any:
        if not name.startswith("_") and name not in _ATTRIBUTES:
            refuse(f"the attribute {name!r} of an ndarray: it isn't traced")
        if name in _SHAPES and np.ndarray.__getattribute__(self, "is_lanes"):
            refuse(f"{name!r} of an array of many lanes: each lane is traced as if it were alone")
        return np.ndarray.__getattribute__(self, name)

    def __getitem__(self, key: Any) -> Any:
        found = np.ndarray.__getitem__(self, key)
        return found if isinstance(found, np.ndarray) else _scalar(found)

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))

    def __array_ufunc__(  # type: ignore[override]
        self, ufunc: Any, method: Any, /, *inputs: Any, **options: Any
    ) -> Any:
        return array_ufunc(ufunc, method, inputs, options)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        refuse(f"numpy.{getattr(func, '__name__', func)} isn't traced")

    def sum(self, axis: Any = None, **options: Any) -> Any:  # type: ignore[override]
        return np.add.reduce(self, axis=axis, **options)

    def prod(self, axis: Any = None, **options: Any) -> Any:  # type: ignore[override]
        return np.multiply.reduce(self, axis=axis, **options)

    def max(self, axis: Any = None, **options: Any) -> Any:  # type: ignore[override]
        return np.maximum.reduce(self, axis=axis, **options)

    def min(self, axis: Any = None, **options: Any) -> Any:  # type: ignore[override]
        return np.minimum.reduce(self, axis=axis, **options)

    def mean(self, axis: Any = None) -> Any:  # type: ignore[override]
        count = self.size if axis is None else self.shape[axis]
        return self.sum(axis=axis) / count

    def dot(self, other: Any) -> Any:  # type: ignore[override]
        return _dot(self, other)

    def copy(self, order: Any = "C") -> Any:
        return _wrapped(np.array(_as_objects(self), dtype=object, order=order))

    def astype(self, dtype: Any, copy: bool = True) -> Any:  # type: ignore[override]
        _check_dtype(dtype)
        return self.copy() if copy else self

    def clip(self, min: Any = None, max: Any = None) -> Any:  # type: ignore[override]
        return _clip(self, min, max)

    def __matmul__(self, other: Any) -> Any:
        return _matmul(self, other)

    def __rmatmul__(self, other: Any) -> Any:
        return _matmul(other, self)

    def tolist(self) -> Any:
        return _as_floats(np.ndarray.tolist(self))

    def __float__(self) -> float:
        refuse("float() of an ndarray: take its element")


_NAMES = (
    "T astype clip copy dot dtype fill flat flatten is_lanes max mean min ndim prod ravel reshape "
    "shape size squeeze strides sum swapaxes tolist transpose base flags data itemsize nbytes "
    "view"
)
_ATTRIBUTES = set(_NAMES.split())
_NAMES_OF_WHOLE_ARRAYS = (
    "T dot flatten mean max min ndim prod ravel reshape shape size sum transpose"
)
_SHAPES = set(_NAMES_OF_WHOLE_ARRAYS.split())


def _empty(shape: Any) -> Any:
    return np.empty(shape, dtype=object)


def _as_floats(value: Any) -> Any:
    return [_as_floats(item) for item in value] if type(value) is list else functions._float(value)


def _wrapped(value: Any) -> Any:
    """An ndarray of objects as one of ours; its element if it has no dimensions."""
    if isinstance(value, (list, tuple)):
        return type(value)(map(_wrapped, value))
    if isinstance(value, np.ndarray):
        return (
            value.view(TracedNdarray)
            if value.dtype == object and value.ndim
            else (value if value.ndim else _scalar(value[()]))
        )
    return _scalar(value) if is_number(value) else value


def _as_objects(value: Any) -> Any:
    """A value that NumPy takes: ours as plain ndarrays of objects, lists of Numbers likewise."""
    if isinstance(value, TracedNdarray):
        if value.is_lanes:
            refuse("this function of NumPy on an array of many lanes: write it element by element")
        return value.view(np.ndarray)
    if type(value) is TracedArray:
        return _filled((len(value),), value.read())
    if isinstance(value, (list, tuple)):
        if value and all(map(is_number, value)) and has_traced(value):
            return _filled((len(value),), value)
        return type(value)(map(_as_objects, value))
    return value


def _filled(shape: tuple[int, ...], items: Any) -> Any:
    made = _empty(math.prod(shape))
    for i, item in enumerate(items):
        made[i] = item
    return made.reshape(shape)


# ---- ufuncs -------------------------------------------------------------------------------------


def _numpy_number(value: Any) -> Any:
    if type(value) is Truth:
        return Truth(value.tape, value.index, True)
    return np.bool_(value) if type(value) is bool else _scalar(value)


def _of_op(ufunc: Any, op: int) -> Callable[..., Any]:
    return lambda *xs: function(op, xs, np.float64)


def _of_sign(sign: str) -> Callable[..., Any]:
    return lambda a, b: arithmetic(sign, a, b)


def _of_comparison(op: int, is_exchanged: bool = False) -> Callable[..., Any]:
    def compute(a: Any, b: Any) -> Any:
        return compare(op, b, a) if is_exchanged else compare(op, a, b)

    return compute


def _sign(x: Any) -> Any:
    is_positive, is_negative = compare(Op.LESS, 0.0, x), compare(Op.LESS, x, 0.0)
    one_or_zero = select(is_positive, 1.0, select(functions.is_nan(x), x, 0.0, float), float)
    return select(is_negative, -1.0, one_or_zero, float)


def _truth(value: Any) -> Any:
    return value if type(value) is Truth else (value != 0)


_NAMES_OF_C = (
    "sin cos tan sinh cosh tanh exp exp2 expm1 log log2 log10 log1p cbrt sqrt floor ceil trunc "
    "hypot fmod minimum maximum"
)
_OPS = {
    **{name: getattr(Op, name.upper()) for name in _NAMES_OF_C.split()},
    "arcsin": Op.ASIN,
    "arccos": Op.ACOS,
    "arctan": Op.ATAN,
    "arctan2": Op.ATAN2,
    "fabs": Op.ABS,
}
_SIGNS = {
    "add": "+",
    "subtract": "-",
    "multiply": "*",
    "divide": "/",
    "floor_divide": "//",
    "remainder": "%",
    "power": "**",
    "float_power": "**",
}
_OTHERS: dict[str, Callable[..., Any]] = {
    "negative": operator.neg,
    "positive": operator.pos,
    "absolute": abs,
    "square": lambda x: x * x,
    "reciprocal": lambda x: 1.0 / x,
    "sign": _sign,
    "deg2rad": lambda x: x * (math.pi / 180.0),
    "radians": lambda x: x * (math.pi / 180.0),
    "rad2deg": lambda x: x * (180.0 / math.pi),
    "degrees": lambda x: x * (180.0 / math.pi),
    "isnan": functions.is_nan,
    "isinf": functions.is_inf,
    "isfinite": functions.is_finite,
    "less": _of_comparison(Op.LESS),
    "less_equal": _of_comparison(Op.LESS_EQUAL),
    "greater": _of_comparison(Op.LESS, True),
    "greater_equal": _of_comparison(Op.LESS_EQUAL, True),
    "equal": _of_comparison(Op.EQUAL),
    "not_equal": _of_comparison(Op.NOT_EQUAL),
    "logical_and": lambda a, b: _truth(a) & _truth(b),
    "logical_or": lambda a, b: _truth(a) | _truth(b),
    "logical_not": lambda a: ~_truth(a),
    "bitwise_and": lambda a, b: a & b,
    "bitwise_or": lambda a, b: a | b,
    "invert": lambda a: ~a,
}
_OF_BOOLS = {"logical_and", "logical_or", "logical_not", "bitwise_and", "bitwise_or", "invert"}


def _compute(ufunc: Any) -> Callable[..., Any] | None:
    """The function of elements behind a ufunc, of which at least one is traced."""
    name = {"true_divide": "divide", "mod": "remainder", "abs": "absolute"}.get(
        ufunc.__name__, ufunc.__name__
    )
    if name in _OPS:
        return _of_op(ufunc, _OPS[name])
    if name in _SIGNS:
        return _of_sign(_SIGNS[name])
    return _OTHERS.get(name)


def _is_bool(value: Any) -> bool:
    return type(value) in (Truth, bool, np.bool_)


def _is_whole(value: Any) -> bool:
    if type(value) is Number:  # isinstance takes longer
        return value.kind is int
    return _is_bool(value) or isinstance(value, (int, np.integer))


def _require_float(ufunc: Any, values: Any) -> None:
    """Refuses ints and bools of which a ufunc makes what is neither a float64 nor a bool."""
    result = ufunc(*[True if _is_bool(value) else 1 for value in values])
    if not isinstance(result, (np.float64, np.bool_)):
        refuse(f"numpy.{ufunc.__name__} of ints or bools that depend on data: make one a float")


@functools.cache
def _elementwise(ufunc: Any) -> Any:
    """A ufunc on objects in place of one on floats; None if it isn't traced."""
    compute = _compute(ufunc)
    if compute is None:
        return None

    def element(*values: Any) -> Any:
        scalars = [value if _is_bool(value) else _scalar(value) for value in values]
        if not has_traced(scalars):
            return ufunc(*scalars)
        if ufunc.__name__ not in _OF_BOOLS:
            if all(map(_is_whole, values)):
                _require_float(ufunc, values)
            scalars = [bool(value) if type(value) is Truth else value for value in scalars]
            if not has_traced(scalars):
                # Where NumPy warns, the path has no answer.
                with np.errstate(divide="raise", over="raise", invalid="raise"):
                    return ufunc(*scalars)
        return _numpy_number(compute(*scalars))

    return np.frompyfunc(element, ufunc.nin, 1)


def array_ufunc(ufunc: Any, method: str, inputs: tuple[Any, ...], options: Any) -> Any:
    """What a ufunc gives for inputs of which one is traced."""
    compute = _elementwise(ufunc)
    out = options.pop("out", None)
    is_call = method == "__call__" and not options
    is_reduction = method in ("reduce", "accumulate") and not options.keys() - {"axis", "keepdims"}
    if compute is None or not (is_call or is_reduction) or (out is not None and not is_call):
        refuse(f"numpy.{ufunc.__name__}, called like this, isn't traced")
    is_lanes = any(map(_has_lanes, inputs))
    if is_reduction:
        if is_lanes:
            refuse(f"numpy.{ufunc.__name__}.{method} on an array of many lanes")
        values = _as_objects(inputs[0])
        of_bools = set(map(_is_bool, _items_of(values)))
        if (ufunc.__name__ not in _OF_BOOLS) in of_bools:
            refuse(f"numpy.{ufunc.__name__}.{method} of such values")
        if method == "accumulate":
            return _wrapped(compute.accumulate(values, **options))
        if np.size(values) == 0:
            return ufunc.reduce(np.empty(np.shape(values)), **options)
        return _wrapped(compute.reduce(values, **{"axis": 0, **options}))
    if ufunc is np.power and isinstance(inputs[0], np.ndarray) and _is_two(inputs[1]):
        # NumPy squares arrays.
        inputs, compute = (inputs[0], inputs[0]), _elementwise(np.multiply)
    result = _wrapped(compute(*map(_object_operand, inputs)))
    if is_lanes and isinstance(result, TracedNdarray):
        result.is_lanes = True
    if out is None:
        return result
    (target,) = out
    if not isinstance(target, TracedNdarray):
        refuse("out= of an ndarray that was not made in the function")
    target[...] = result
    return target


def _is_two(exponent: Any) -> bool:
    return is_number(exponent) and not is_traced(exponent) and bool(exponent == 2)


def _object_operand(value: Any) -> Any:
    if isinstance(value, TracedNdarray):
        return value.view(np.ndarray)
    if is_number(value):
        holder = _empty(())
        holder[()] = value
        return holder
    if isinstance(value, np.ndarray):
        if value.dtype.kind not in "fiub":
            refuse(f"an ndarray of dtype {value.dtype} with a traced one")
        return _filled(value.shape, value.ravel().tolist())
    if type(value) is TracedArray or isinstance(value, (list, tuple)):
        items = list(_items_of(value))
        if all(map(is_number, items)):
            return _filled(_shape_of(value), items)
    return refuse(f"an operation between a traced number and {type(value).__name__}")


# ---- other functions ----------------------------------------------------------------------------


def _check_dtype(dtype: Any) -> None:
    dtype = REAL_CLASSES.get(id(dtype), dtype)
    if dtype is not None and np.dtype(dtype) != np.float64:
        refuse(f"an ndarray of dtype {np.dtype(dtype)} in a traced function")


def _is_float(dtype: Any) -> bool:
    dtype = REAL_CLASSES.get(id(dtype), dtype)
    return dtype is None or np.dtype(dtype) == np.float64


def _shape_of(value: Any) -> tuple[int, ...]:
    if isinstance(value, np.ndarray):
        return np.ndarray.__getattribute__(value, "shape")  # type: ignore[no-any-return]
    if type(value) is TracedArray:
        return (len(value),)
    if isinstance(value, (list, tuple, range)):
        shapes = {_shape_of(item) for item in value}
        if len(shapes) > 1:
            raise ValueError("the items have different shapes")
        return (len(value), *(shapes.pop() if shapes else ()))
    return ()


def _items_of(value: Any) -> Iterator[Any]:
    """The numbers of nested sequences, and what else is in them."""
    if isinstance(value, TracedNdarray):
        yield from map(_scalar, value.view(np.ndarray).ravel().tolist())
    elif isinstance(value, np.ndarray):
        yield from value.ravel().tolist()
    elif type(value) is TracedArray or isinstance(value, (list, tuple, range)):
        for item in value:
            yield from _items_of(item)
    else:
        yield value


def _has_lanes(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return any(map(_has_lanes, value))
    return isinstance(value, TracedNdarray) and value.is_lanes


def _array(value: Any, dtype: Any = None, **options: Any) -> Any:
    if options.keys() - {"copy", "order"}:
        refuse(f"numpy.array with {', '.join(options)}")
    if dtype is None and type(value) is np.ndarray:
        dtype = value.dtype
    items = list(_items_of(value))
    is_real = all(map(is_number, items)) and _is_float(dtype)
    if dtype is None and items and all(map(_is_whole, items)):
        is_real = False
    if not is_real:
        if has_traced(items):
            _check_dtype(dtype)
            refuse("an ndarray of ints, bools, or objects that depend on data")
        return np.array(value, dtype=REAL_CLASSES.get(id(dtype), dtype), **options)
    made = _filled(_shape_of(value), [_scalar(plain(item)) for item in items])
    if made.ndim == 0:
        refuse("an ndarray without dimensions")
    made = made.view(TracedNdarray)
    made.is_lanes = _has_lanes(value)
    return made


def _asarray(value: Any, dtype: Any = None, **options: Any) -> Any:
    if isinstance(value, TracedNdarray) and _is_float(dtype):
        return value
    return _array(value, dtype, **options)


def _full(shape: Any, value: Any, dtype: Any = None) -> Any:
    shape = (shape,) if isinstance(shape, (int, np.integer)) else tuple(shape)
    if not (is_number(value) or value is UNSET):
        refuse("numpy.full with other than a number")
    if not _is_float(dtype) or (dtype is None and _is_whole(value)):
        if is_traced(value) or value is UNSET:
            _check_dtype(dtype)
            refuse("an ndarray of ints or bools that depend on data")
        return np.full(shape, value, dtype=REAL_CLASSES.get(id(dtype), dtype))
    item = value if value is UNSET else _scalar(plain(value))
    return _filled(shape, [item] * math.prod(shape)).view(TracedNdarray)


def _maker(value: Any) -> tuple[Callable[..., Any], Callable[..., Any]]:
    def made(shape: Any, dtype: Any = None) -> Any:
        return _full(shape, value, dtype)

    def like(prototype: Any, dtype: Any = None) -> Any:
        if not isinstance(prototype, (TracedNdarray, TracedArray)):
            prototype = _array(prototype)
        if not isinstance(prototype, (TracedNdarray, TracedArray)):
            dtype = dtype or prototype.dtype
        result = _full(_shape_of(prototype), value, dtype)
        if isinstance(result, TracedNdarray):
            result.is_lanes = _has_lanes(prototype)
        return result

    return made, like


def _full_like(prototype: Any, value: Any, dtype: Any = None) -> Any:
    return _maker(_scalar(plain(value)))[1](prototype, dtype)


def _where(condition: Any, *sides: Any) -> Any:
    if len(sides) != 2:
        refuse("numpy.where with one argument")

    operands = list(map(_object_operand, (condition, *sides)))
    items = [item for side in operands[1:] for item in _items_of(side)]
    are_bools, are_whole = all(map(_is_bool, items)), all(map(_is_whole, items))

    def choose(c: Any, a: Any, b: Any) -> Any:
        if are_bools:
            return a if c else b
        if type(c) is not Truth:
            return plain(a if c else b) if are_whole else _scalar(plain(a if c else b))
        return select(c, plain(a), plain(b), int if are_whole else np.float64)

    result = _wrapped(np.frompyfunc(choose, 3, 1)(*operands))
    if isinstance(result, TracedNdarray):
        result.is_lanes = any(map(_has_lanes, (condition, *sides)))
    return result


def _matmul(a: Any, b: Any) -> Any:
    if not (_shape_of(a) and _shape_of(b)):
        refuse("numpy.matmul with a number: write *")
    return _dot(a, b)


def _clip(a: Any, low: Any = None, high: Any = None, **bounds: Any) -> Any:
    low, high = bounds.pop("min", low), bounds.pop("max", high)
    if bounds:
        refuse("numpy.clip with these arguments")
    result = a if low is None else array_ufunc(np.maximum, "__call__", (a, low), {})
    return result if high is None else array_ufunc(np.minimum, "__call__", (result, high), {})


def _reduction(name: str, default: Any) -> Callable[..., Any]:
    def reduced(a: Any, axis: Any = None, **options: Any) -> Any:
        values = _asarray(a)
        if not isinstance(values, TracedNdarray):
            return default(values, axis=axis, **options)
        return getattr(values, name)(axis=axis, **options)

    return reduced


def _norm(x: Any, *arguments: Any, **options: Any) -> Any:
    values = _asarray(x)
    if not isinstance(values, TracedNdarray):
        return np.linalg.norm(x, *arguments, **options)
    if arguments or options or values.ndim != 1:
        refuse("numpy.linalg.norm other than that of a vector")
    return np.sqrt(_dot(values, values))


def _traced_anywhere(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return any(map(_traced_anywhere, value))
    return is_traced(value) or isinstance(value, (TracedNdarray, TracedArray))


def _passing(real: Any) -> Callable[..., Any]:
    """A function that moves elements, or computes with operators only."""

    @functools.wraps(real)
    def traced(*arguments: Any, **options: Any) -> Any:
        plain = [_as_objects(argument) for argument in arguments]
        named = {name: _as_objects(value) for name, value in options.items()}
        if any(map(_traced_anywhere, (*arguments, *options.values()))):
            return _wrapped(real(*plain, **named))
        result = real(*plain, **named)
        is_floats = isinstance(result, np.ndarray) and result.dtype == np.float64 and result.ndim
        return _array(result) if is_floats else result

    return traced


_dot = _passing(np.dot)


def _ufunc_stand_in(ufunc: Any) -> Any:
    compute = _elementwise(ufunc)
    if compute is None:
        return functions.Refused(f"numpy.{ufunc.__name__}")

    @functools.wraps(ufunc)
    def traced(*inputs: Any, **options: Any) -> Any:
        if len(inputs) > ufunc.nin:
            options["out"] = inputs[ufunc.nin]
            inputs = inputs[: ufunc.nin]
        if options.get("out", ()) is None:
            del options["out"]
        elif "out" in options and not isinstance(options["out"], tuple):
            options["out"] = (options["out"],)
        if any(map(_traced_anywhere, (*inputs, *options.get("out", ())))):
            return array_ufunc(ufunc, "__call__", inputs, options)
        return ufunc(*inputs, **options)

    for method in ("reduce", "accumulate"):
        setattr(traced, method, functools.partial(_method, ufunc, method))
    return traced


def _method(ufunc: Any, method: str, values: Any, axis: Any = 0, **options: Any) -> Any:
    if not _traced_anywhere(values):
        return getattr(ufunc, method)(values, axis=axis, **options)
    return array_ufunc(ufunc, method, (values,), {"axis": axis, **options})


_ndarray_class = functions.Refused("numpy.ndarray", "call numpy.array")
_PASSING = (
    "roll concatenate stack hstack vstack column_stack reshape ravel transpose outer cross tile "
    "repeat flip flipud fliplr diff append atleast_1d squeeze expand_dims inner trace diag cumsum "
    "cumprod linspace arange eye identity split array_split triu tril diagonal kron"
)


def _float64(value: Any = 0.0) -> Any:
    return _scalar(plain(value)) if is_traced(value) else np.float64(value)


def fill_tables() -> None:
    """Adds NumPy's functions to the tables, once."""
    if id(np.array) in REPLACEMENTS:
        return
    for thing in vars(np).values():
        if isinstance(thing, np.ufunc):
            REPLACEMENTS[id(thing)] = _ufunc_stand_in(thing)
    for name in _PASSING.split():
        real = getattr(np, name, None)
        if real is not None:
            REPLACEMENTS[id(real)] = _passing(real)
    zeros, zeros_like = _maker(np.float64(0.0))
    ones, ones_like = _maker(np.float64(1.0))
    empty, empty_like = _maker(UNSET)
    pairs: list[tuple[Any, Any]] = [
        (np.array, _array),
        (np.asarray, _asarray),
        (np.asanyarray, _asarray),
        (np.ascontiguousarray, _asarray),
        (np.zeros, zeros),
        (np.zeros_like, zeros_like),
        (np.ones, ones),
        (np.ones_like, ones_like),
        (np.empty, empty),
        (np.empty_like, empty_like),
        (np.full, _full),
        (np.full_like, _full_like),
        (np.where, _where),
        (np.dot, _dot),
        (np.matmul, _matmul),
        (np.clip, _clip),
        (np.sum, _reduction("sum", np.sum)),
        (np.prod, _reduction("prod", np.prod)),
        (np.mean, _reduction("mean", np.mean)),
        (np.max, _reduction("max", np.max)),
        (np.min, _reduction("min", np.min)),
        (np.float64, _float64),
        (np.linalg.norm, _norm),
    ]
    if np.amax is not np.max:
        pairs += [(np.amax, _reduction("max", np.max)), (np.amin, _reduction("min", np.min))]
    REPLACEMENTS.update((id(real), replacement) for real, replacement in pairs)
    REPLACEMENTS[id(np.ndarray)] = _ndarray_class
    REAL_CLASSES.update({id(_float64): np.float64, id(_ndarray_class): np.ndarray})


# ---- arguments, results, and what is outside ----------------------------------------------------


def made(numbers: list[Number], shape: tuple[int, ...], is_lanes: bool) -> TracedNdarray:
    """An ndarray of these numbers."""
    array: TracedNdarray = _filled(shape, map(_scalar, numbers)).view(TracedNdarray)
    array.is_lanes = is_lanes
    return array


def constant_array(outside: Outside, value: Any) -> Any:
    """What stands for an ndarray outside of the function."""
    if value.size > MAX_ITEMS:
        refuse(
            f"an ndarray of {value.size} numbers outside of the function, of which at most "
            f"{MAX_ITEMS} can be watched for changes"
        )
    # NumPy may round to float32.
    if value.dtype.kind not in "fiub" or (value.dtype.kind == "f" and value.dtype.itemsize != 8):
        refuse(f"an ndarray of dtype {value.dtype} outside of the function")
    if type(value) not in (np.ndarray, np.memmap):
        refuse(f"an array of type {type(value).__qualname__}, which is not an ndarray")
    memory = bytes_of(value)
    outside.add("buffer", value, None, memory)
    numbers = np.frombuffer(memory[2], value.dtype).reshape(memory[1])  # read-only
    if value.dtype != np.float64:
        return numbers
    items = [np.float64(item) for item in numbers.ravel().tolist()]
    standing = _filled(numbers.shape, items).view(TracedNdarray)
    outside.note_copy(standing, list(standing.view(np.ndarray).ravel()), value)
    return standing


def take_apart(value: Any, tape: Tape, numbers: list[int]) -> Form | None:
    """The form of NumPy's results; None for anything else."""
    if isinstance(value, np.float64):
        numbers.append(tape.constant(float(value)))
        return ("float64",)
    if isinstance(value, np.generic):
        from .structure import Constant

        return ("constant", Constant(value))
    if not isinstance(value, np.ndarray):
        return None
    if not isinstance(value, TracedNdarray) and value.dtype != np.float64:
        refuse(f"the function returns an ndarray of dtype {value.dtype}: float64 is needed")
    items = value.view(np.ndarray).ravel().tolist()
    if items and all(map(_is_whole, items)):
        refuse("the function returns an ndarray of ints or bools: float64 is needed")
    for item in items:
        item = _scalar(plain(item))
        numbers.append(item.index if type(item) is Number else tape.constant(float(item)))
    return ("ndarray", _shape_of(value))
