# SPDX-License-Identifier: BSD-3-Clause
"""Caches without locks, in place of functools.lru_cache and functools.cached_property.

lru_cache has a lock where it is written in Python, as on PyPy. cached_property has one up to Python
3.11. A child that is forked while another thread has such a lock waits for it forever.
"""

from __future__ import annotations

from typing import Any, Callable, Generic, TypeVar

__all__ = ["cached", "cached_property"]

_Function = TypeVar("_Function", bound=Callable[..., Any])
_Value = TypeVar("_Value")


def cached(size: int) -> Callable[[_Function], _Function]:
    """A decorator of functions of positional arguments: the last results are kept, up to `size`.

    Threads that ask for the same thing at the same time can get different results.
    """

    def decorate(function: Any) -> Any:
        kept: dict[tuple[Any, ...], Any] = {}

        def kept_or_new(*arguments: Any) -> Any:
            try:
                return kept[arguments]
            except KeyError:
                pass
            result = kept[arguments] = function(*arguments)
            for oldest in list(kept)[:-size]:
                kept.pop(oldest, None)
            return result

        return kept_or_new

    return decorate


class cached_property(Generic[_Value]):
    """An attribute that is computed once. Threads can compute it at the same time; one prevails."""

    def __init__(self, function: Callable[[Any], _Value]) -> None:
        self._function = function
        self.__doc__ = function.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: object, owner: type | None = None) -> _Value:
        value: _Value = vars(instance).setdefault(self._name, self._function(instance))
        return value
