# SPDX-License-Identifier: BSD-3-Clause
"""Short expressions: what jit computes of them is right, or it refuses them. It never guesses."""

from __future__ import annotations

import collections
import enum
import functools
import itertools
import math
import operator
import sys
from typing import Any

import pytest
from jit_support import outcome

import piconumpy
from piconumpy import TraceError, arange, array, jit, linspace, zeros

VALUES = [0.0, -0.0, 1.0, -2.5, 1e200, math.inf, -math.inf, 5e-324, 2.0**53]
TRACED = 200

EXPRESSIONS = """
x in T
sorted([x,y])
sorted([x,y,1.0],reverse=True)
(x,y)<(y,x)
max(x>0,y>0)
max(x>0,1)
min(True,x)
min(x,0)
max(0,x)
max(math.floor(x),y)
max(math.floor(x),2)
sum([x>0,y>0])
any([x>0,y>0])
not x
bool(x)
x==x
x!=x
min([x,y],key=abs)
max(x,y,key=lambda q:-q)
sorted([x,y],key=abs)
list(reversed([x,y]))
list(zip([x,y],T))
x//1
x%1
divmod(x,3)
7//x
2**x
0.0**x
x**y
-x%3
pow(x,2)
pow(x,2,None)
pow(x,2,5)
pow(3,4,5)*x
x.__pow__(2,5)
x.item()
math.floor(x).is_integer()
x*True
x+(y>0)
(x>0)+(y>0)
-(x>0)
(x>0)*1.5
(x>0)/2
2**(x>0)
(x>0)**2
(x>0)==(y>0)
(x>0)!=1
(x>0)<0.5
(x>0)==1.0
(x>0)^(y>0)
(x>0)&True
(x>0)^True
False^(x>0)
(x>0)|1
[1.0,2.0][x>0]
{True:1.0,False:2.0}[x>0]
(x>0) in (True,)
T[:(x>0)]
T*(x>0)
round(x>0)
int(x>0)
float(x>0)
abs(x>0)
math.sqrt(x>0)
str(x>0)
f"{x>0}"
operator.is_(x>0,True)
operator.is_(x, x*1.0)
isinstance(x>0,bool)
type(x>0) is bool
(x > 0).real
(x>0).bit_length()
x.is_integer()
x.real
x.imag
x.conjugate()
math.floor(x).real
math.floor(x).imag
x.hex()
x.as_integer_ratio()
float.is_integer(x)
math.floor(x).bit_length()
math.floor(x)&3
math.floor(x)<<1
~math.floor(x)
math.floor(x).__index__()
isinstance(math.floor(x),int)
type(math.floor(x)) is int
type(x)(3)
type("A",(),{})
type(x).__name__
float.__name__
type(x)==float
issubclass(type(x),float)
type(x) in (int,float)
x.__add__(y)
x.__radd__(1)
x.__eq__(y)
x.__bool__()
x.__pow__(2)
x.__round__()
x.__floor__() if hasattr(x,'__floor__') else 0
x.__int__()
x.__neg__()
hasattr(x,'append')
hasattr(x,'__len__')
callable(x)
hasattr(x,'shape')
operator.add(x,y)
list(itertools.accumulate([x,y]))
list(map(operator.mul,[x,y],T))
operator.itemgetter(1)([x,y])
operator.attrgetter('_real')(c)
list(itertools.chain([x],[y]))
[a*b for a,b in itertools.product([x,y],repeat=2)]
math.fsum([x,y])
math.dist([x],[y])
math.hypot(x,y)
math.hypot(x,y,1.0)
math.hypot(3.0,4.0)*x
math.isclose(x,y)
math.isclose(1.0,1.1)*x
math.isclose(1.0,1.1,rel_tol=0.2)*x
math.modf(x)
math.frexp(x)
math.ldexp(x,2)
math.remainder(x,y)
math.asinh(x)
math.erf(x)
math.nextafter(x,1.0)
math.ulp(x)
math.trunc(x)
math.gcd(4,6)*x
math.factorial(3)*x
math.comb(4,2)*x
c._real*x
c._outside*x
x if c.m is Mode.A else y
x if c.m==Mode.A else y
x if c.none is None else y
x if c.flag else y
x if c.name=="abc" else y
c.f(x)
c.lst[1]*x
(c.arr*x)
c.cp*x
c[1]*x
len(c)*x
x if c else y
d.rate(x)
g_.foo*x
v.a*x
getattr(v,'b',2.0)*x
hasattr(v,'b')
nt.p*x+nt[1][0]
sum(dq)*x
od['a']*x
dd['q']*x
dec*2
x*fr
x*2j
(x+0j).real
x if 'zz' in D else y
[D[k] for k in sorted(D)][0]*x
[*D][0]
{**D,'z':x}
dict(D,z=x)
T+[x]
[*T,x]
T[::-1]
TT[1]
TT
(T,T)
[A,x]
A
A*x
A+A
A==A
A==array([x,y,1.0])
A==[1.0,2.0,3.0]
A!=array([x])
x in A
x in array([x,y])
list(A)+[x]
array([x,y])[::-1]
bool(array([x]))
bool(array([]))
len(array([x,y]))
array([x,y]).tolist()
array([x,y]).sum()
array([x,y]).min()
array([x,y]).max()
array([x,y]).mean()
array([x,y])@array([y,x])
array([x,y]).dot([1,2])
array([x,y])+[1,2]
[1,2]+array([x,y])
(1,2)*array([x,y])
2**array([x,y])
array([x,y])**2
abs(array([x,y]))
-array([x,y])
+array([x,y])
divmod(array([x,y]),2)
array([x,y])%0.0
array(y for y in [x,y])
array([x>0,True,2])
array([math.floor(x)])
sum(array([x,y]))
max(array([x,y]))
zeros(2)+x
linspace(0,1,3)*x
arange(3)*x
piconumpy.minimum(array([x]),array([y]))
piconumpy.add(array([x]),array([y]))
piconumpy.sqrt(array([x]))
piconumpy.exp(array([x])) if hasattr(piconumpy,'exp') else 0
array([x,y]).copy()
array([x,y]).clip(0,1)
array([[x]])
array("a")
array([x,y])==x
array([x,y])+None
array([x])+array([x,y])
array([x,y])[5]
array([x,y]) and 1.0
[x]<[y]
[x,1]<[x,2]
array([x,y]).shape
array([x,y]).T
array([x,y]).index(x)
array([x,y]).count(x)
array([x,y]).ndim
str(array([1.0]))
repr(A)
repr(array([x]))
"%s"%A
str([x])
f"{[x,y]}"
isinstance(array([x]),array)
type(array([x])) is array
isinstance(A,list)
hash(1.0)*x
set([1.0,2.0])
frozenset([1.0])
{1.0:x}[1.0]
{1.0:x}[1]
complex(x)
complex(x,y)
bytes(3)
range(3)
slice(1)
...
NotImplemented
int
math
math.sin
c
C
10**400
x<10**400
x*10**400
x+2**53+1
x<2**53+1
x==2**53+1
x*(2**60)
x//(2**70)
1e400*x
round(x,2)
round(x,None)
round(x,0)
round(2.675,2)*x
float('nan')
-nan
int('3')*x
float('1.5')*x
min(x,y,default=1)
min([],default=x)
min([])
max(x)
sum([x,y],1.0)
sum([x,y],True)
sum([x,y],x>0)
sum([1.0,2.5],x)
sum([1.0,2.5],x>0)
sum([x,y,1e100,-1e100])
sum([1,math.floor(x),y,1e100,-1e100])
sum([2**70,x,y,0.1])
sum([[x],[y]],[])
sum([x,1,y,True])
sum([1,2,x])
sum([array([x]),array([y])],array([0.0]))
math.prod([x,y],start=2.0)
math.prod([])
math.prod([2,3,x])
math.log(x,2)
math.log(8,2)*x
math.log(x,y)
math.log(x,10)
math.log(x,10.0)
math.log(x,2,3)
math.log2(x)
math.log(2.0,x)
math.log(10**400)*x
math.copysign(1,x)
math.copysign(1.5,-2)*x
math.copysign(x,-1)
math.copysign(x,y)
math.floor(x)/math.floor(y)
math.floor(x)//math.floor(y)
math.floor(x)%math.floor(y)
math.floor(x)%3
math.floor(x)//-3
-7//math.floor(x)
-7%math.floor(x)
divmod(math.floor(x),-3)
math.floor(x)**2
math.floor(x)**2.0
math.floor(x)**-1
2**math.floor(x)
2.0**math.floor(x)
math.floor(x)**0.5
-math.floor(x)
abs(math.floor(x))
math.floor(x)*0
math.floor(x)*0.0
math.floor(x) or 1.5
math.floor(x)==x
round(math.floor(x))
math.ceil(x)-math.floor(x)
int(x)/2
math.sqrt(math.floor(x))
math.isnan(x)
math.isnan(3)
math.isfinite(x) and x>0
math.degrees(math.radians(x))
math.fabs(math.floor(x))
math.atan2(x,y)
math.fmod(x,y)
math.pow(x,2)
abs(-x)
+x
x and y
x or y
x if x else y
0<x<y<1
x<y==True
x<y<math.floor(y)
None if x>y else x
()
[]
{}
[[]]
(x,)*2
[x]*2
[[x]*2]*2
'abc'[0]
x.foo
undefined_name
[x].foo
x()
x[0]
len(x)
iter(x)
x+"a"
"a"+x
"a"*x
[1]*x
x@y
x<"a"
x=="a"
x==None
x!=[]
x is None
x is not None
x+None
x+[1]
-[x]
T[x]
T[int(x)]
range(int(x))
x if (z:=y*2)>1 else z
""".strip().splitlines()


class Mode(enum.Enum):
    A = 1


class Model:
    x = 2.0

    def __init__(self) -> None:
        self._real = 5.0
        self._outside = 6.0
        self.m = Mode.A
        self.lst = T
        self.f = lambda v: v * 3
        self.arr = A
        self.none = None
        self.flag = True
        self.name = "abc"

    @functools.cached_property
    def cp(self) -> float:
        return 3.0

    def __getitem__(self, key: Any) -> float:
        return 3.0

    def __len__(self) -> int:
        return 0


class Base:
    def rate(self, x: float) -> float:
        return x * 2


class Derived(Base):
    def rate(self, x: float) -> float:
        return super().rate(x) + 1


class Hook:
    def __getattr__(self, name: str) -> float:
        return 4.0


class Slots:
    __slots__ = ("a", "b")

    def __init__(self) -> None:
        self.a = 1.5


Pair = collections.namedtuple("Pair", "p q")
T = [1.0, 2.0, 3.0]
TT = (1.0, [2.0, 3.0])
A = array([1.0, 2.0, 3.0])
D = {"a": 1.0, "b": [1.0]}
NAMES = {
    **{module.__name__: module for module in (functools, itertools, math, operator, piconumpy)},
    **{"array": array, "arange": arange, "linspace": linspace, "zeros": zeros},
    **{"inf": math.inf, "nan": math.nan, "T": T, "TT": TT, "A": A, "D": D, "Mode": Mode},
    **{"C": Model, "c": Model(), "d": Derived(), "g_": Hook(), "v": Slots()},
    **{"nt": Pair(1.0, [2.0]), "dq": collections.deque([1.0, 2.0])},
    **{"od": collections.OrderedDict(a=1.0), "dd": collections.defaultdict(float)},
}


# PyPy's sort of equal floats, 0.0 and -0.0, in reverse depends on how it keeps the list.
if sys.implementation.name == "pypy":
    EXPRESSIONS.remove("sorted([x,y,1.0],reverse=True)")


def is_right(expression: str) -> bool:
    """Whether it is traced. Asserts that it is right then."""
    function = eval(f"lambda x, y: {expression}", dict(NAMES))
    jitted = jit(function)
    for x in VALUES:
        for y in VALUES:
            try:
                found = outcome(jitted, x, y)
            except TraceError:
                return False
            assert found == outcome(function, x, y), (expression, x, y)
    return True


@pytest.mark.filterwarnings("ignore::SyntaxWarning")
def test_an_expression_is_right_or_refused() -> None:
    assert sum(map(is_right, EXPRESSIONS)) >= TRACED
