# SPDX-License-Identifier: BSD-3-Clause
"""What an array does by NumPy, which is imported when it is needed and not before."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Callable

if TYPE_CHECKING:
    from ._interface import array


def dtype() -> Any:
    """The value of ``array.dtype``."""
    try:
        import numpy as np
    except ImportError as error:
        # So that hasattr() is False, and whoever asks for the attribute by default goes on.
        raise AttributeError("array.dtype is a dtype of NumPy, which is not installed") from error
    return np.dtype("float64")


def _view(thing: Any, kind: type) -> Any:
    """An ndarray in place of an array, on the same memory."""
    if thing.__class__ is kind:
        import numpy as np

        return np.asarray(thing)
    return thing


def with_axes(values: array, key: tuple[Any, ...]) -> Any:
    """An ndarray with more dimensions, such as a[:, None], which plotting libraries ask for."""
    if not any(index is None for index in key) or "numpy" not in sys.modules:
        raise TypeError("array indices must be integers or slices, not tuple")
    import numpy as np

    return np.asarray(values)[key]


def method(values: array, name: str, /, *arguments: Any, **options: Any) -> Any:
    """The result of NumPy's method of that name."""
    try:
        import numpy as np
    except ImportError as error:
        raise TypeError(
            f"array.{name}() takes arguments only if NumPy is installed, which then computes"
        ) from error
    kind = values.__class__
    out = options.get("out")
    options = {key: _view(option, kind) for key, option in options.items()}
    result = getattr(np.asarray(values), name)(*(_view(a, kind) for a in arguments), **options)
    return result if out is None else out


_OPERATORS = {
    "add": "__radd__",
    "subtract": "__rsub__",
    "multiply": "__rmul__",
    "divide": "__rtruediv__",
    "floor_divide": "__rfloordiv__",
    "remainder": "__rmod__",
    "divmod": "__rdivmod__",
    "power": "__rpow__",
    "matmul": "__rmatmul__",
}
_COMPARISONS = {
    "less": "__gt__",
    "less_equal": "__ge__",
    "greater": "__lt__",
    "greater_equal": "__le__",
    "equal": "__eq__",
    "not_equal": "__ne__",
}


def _reflected(np: Any, ufunc: Any, inputs: tuple[Any, ...]) -> str | None:
    """The array's method for an operator with a NumPy scalar on the left.

    The operators of NumPy's scalars call ufuncs with the two operands. For a comparison, the scalar
    is in an ndarray without dimensions.
    """
    if len(inputs) != 2:
        return None
    if isinstance(inputs[0], np.generic):
        return _OPERATORS.get(ufunc.__name__)
    if isinstance(inputs[0], np.ndarray) and inputs[0].ndim == 0:
        return _COMPARISONS.get(ufunc.__name__)
    return None


def own_operator(
    values: Any, ufunc: Any, method: str, inputs: tuple[Any, ...], options: dict[str, Any]
) -> Callable[[Any], Any] | None:
    """The array's own operator, which takes the NumPy scalar on its left; None for other ufuncs."""
    import numpy as np

    name = _reflected(np, ufunc, inputs) if method == "__call__" and not options else None
    if name is None:
        return None
    if name in ("__eq__", "__ne__"):  # never equal, as one is no array of this type
        return lambda scalar: name == "__ne__"
    operator: Callable[[Any], Any] = getattr(values, name)
    return operator


def array_ufunc(self: array, ufunc: Any, method: str, /, *inputs: Any, **options: Any) -> Any:
    operator = own_operator(self, ufunc, method, inputs, options)
    if operator is not None:
        return operator(inputs[0][()])
    kind = self.__class__
    out = options.pop("out", None)
    options = {key: _view(option, kind) for key, option in options.items()}
    if out is not None:
        options["out"] = tuple(_view(target, kind) for target in out)
    result = getattr(ufunc, method)(*(_view(thing, kind) for thing in inputs), **options)
    if out is None:
        return result
    results = result if len(out) > 1 else (result,)
    ours = tuple(
        target if target.__class__ is kind else given for target, given in zip(out, results)
    )
    return ours if len(ours) > 1 else ours[0]
