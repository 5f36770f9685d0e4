# SPDX-License-Identifier: BSD-3-Clause
"""Callbacks of real problems, written as their users write them.

Each entry of CALLBACKS has the function and the ranges of its arguments: a pair of bounds is a
number, a list of pairs a list, a tuple of pairs a tuple, and `Array(...)` an array.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from math import copysign, cos, exp, pi, sin, sqrt, tanh
from typing import Any, NamedTuple

from piconumpy import array, zeros


class Array(tuple):  # type: ignore[type-arg]
    """Bounds of the elements of an array."""


TIME = (0.0, 10.0)
CALLBACKS: dict[str, tuple[Any, tuple[Any, ...]]] = {}


def callback(*bounds: Any, name: str = "") -> Any:
    def add(function: Any) -> Any:
        CALLBACKS[name or function.__name__.replace("_", " ")] = (function, bounds)
        return function

    return add


# ---- mechanics ----------------------------------------------------------------------------------


@callback(TIME, Array([(0, 10), (-2, 2), (0, 5), (-3, 3)]))
def sled_on_a_board(t, X):
    g, c, a, b = 9.81, 0.5, 0.25, 0.5
    p, q = (2 * pi) / 10.0, (2 * pi) / 4.0
    x, y, u, v = X
    H_x = -a + b * p * sin(p * x) * cos(q * y)
    H_xx = b * p**2 * cos(p * x) * cos(q * y)
    H_y = b * q * cos(p * x) * sin(q * y)
    H_yy = b * q**2 * cos(p * x) * cos(q * y)
    H_xy = -b * q * p * sin(p * x) * sin(q * y)
    F = (g + H_xx * u**2 + 2 * H_xy * u * v + H_yy * v**2) / (1 + H_x**2 + H_y**2)
    return array([u, v, -F * H_x - c * u, -F * H_y - c * v])


@callback(TIME, [(-3, 3), (-5, 5), (-3, 3), (-5, 5)])
def double_pendulum(t, state, m1=1.0, m2=1.0, l1=1.0, l2=0.5, g=9.8):
    th1, w1, th2, w2 = state
    delta = th2 - th1
    den1 = (m1 + m2) * l1 - m2 * l1 * cos(delta) * cos(delta)
    den2 = (l2 / l1) * den1
    return [
        w1,
        (
            m2 * l1 * w1 * w1 * sin(delta) * cos(delta)
            + m2 * g * sin(th2) * cos(delta)
            + m2 * l2 * w2 * w2 * sin(delta)
            - (m1 + m2) * g * sin(th1)
        )
        / den1,
        w2,
        (
            -m2 * l2 * w2 * w2 * sin(delta) * cos(delta)
            + (m1 + m2) * g * sin(th1) * cos(delta)
            - (m1 + m2) * l1 * w1 * w1 * sin(delta)
            - (m1 + m2) * g * sin(th2)
        )
        / den2,
    ]


MASSES = [3.0, 4.0, 5.0]


@callback(TIME, [(-4, 4)] * 12)
def three_bodies(t, y):
    positions = [y[2 * i : 2 * i + 2] for i in range(3)]
    result = list(y[6:])
    for i, (xi, yi) in enumerate(positions):
        ax = ay = 0.0
        for j, (xj, yj) in enumerate(positions):
            if i == j:
                continue
            dx, dy = xj - xi, yj - yi
            r3 = (dx**2 + dy**2) ** 1.5
            ax += MASSES[j] * dx / r3
            ay += MASSES[j] * dy / r3
        result += [ax, ay]
    return result


@callback(TIME, ((0, 5), (-10, 10)))
def bouncing_ball(t, y):
    height, velocity = y
    if height < 0:
        return velocity, -9.81 - 1e4 * height - 10 * velocity
    return velocity, -9.81 - 0.01 * velocity * abs(velocity)


@callback(TIME, [(-10, 10), (-10, 10), (-2, 2), (-2, 2)])
def orbit_with_drag(t, state):
    x, y, vx, vy = state
    r = sqrt(x * x + y * y)
    speed = sqrt(vx**2 + vy**2)
    density = 1e-3 * exp(-(r - 1.0) / 0.1) if r > 1.0 else 1e-3
    return [vx, vy, -x / r**3 - density * speed * vx, -y / r**3 - density * speed * vy]


class Pendulum:
    """With dry friction."""

    def __init__(self, length=1.2, friction=0.3):
        self.length = length
        self.friction = friction
        self.gravity = {"earth": 9.81, "moon": 1.62}
        self.place = "earth"

    @property
    def stiffness(self):
        return self.gravity[self.place] / self.length

    def torque(self, omega):
        if abs(omega) < 1e-6:
            return 0.0
        return -copysign(self.friction, omega)

    def __call__(self, t, y):
        theta, omega = y
        return array([omega, -self.stiffness * sin(theta) + self.torque(omega)])


callback(TIME, Array([(-3, 3), (-1, 1)]), name="pendulum with dry friction")(Pendulum())


def make_chain(n, stiffness, damping):
    def chain(t, y):
        x, v = y[:n], y[n:]
        acceleration = []
        for i in range(n):
            left = x[i] - (x[i - 1] if i > 0 else 0.0)
            right = (x[i + 1] if i < n - 1 else 1.0) - x[i]
            acceleration.append(stiffness * (right - left) - damping * v[i])
        return v + acceleration

    return chain


callback(TIME, [(-1, 1)] * 10, name="chain of springs and dampers")(make_chain(5, 40.0, 0.4))


class Stage(NamedTuple):
    until: float
    thrust: float
    flow: float


STAGES = (Stage(2.0, 40.0, 0.2), Stage(6.0, 15.0, 0.05))


@callback(TIME, [(0, 100), (-10, 50), (0.5, 4)])
def rocket_with_stages(t, y):
    height, velocity, mass = y
    thrust = flow = 0.0
    for stage in STAGES:
        if t < stage.until:
            thrust, flow = stage.thrust, stage.flow
            break
    drag = 0.02 * exp(-height / 8.0) * velocity * abs(velocity)
    return [velocity, (thrust - drag) / max(mass, 0.1) - 9.81, -flow]


@callback(TIME, [(-2, 2), (-2, 2)])
def duffing_oscillator(t, y, *, delta=0.3, alpha=-1, beta=1, gamma=0.5, omega=1.2):
    x, v = y
    return [v, gamma * cos(omega * t) - delta * v - alpha * x - beta * x**3]


@callback(TIME, [(-3, 3), (-8, 8)])
def van_der_pol(t, y):
    mu = 5.0
    return [y[1], mu * (1 - y[0] ** 2) * y[1] - y[0]]


# ---- chaos, maps, waves -------------------------------------------------------------------------


@callback(TIME, Array([(-20, 20), (-20, 20), (0, 40)]))
def lorenz(t, X):
    sigma, rho, beta = 10.0, 28.0, 8 / 3
    dX = zeros(3)
    dX[0] = sigma * (X[1] - X[0])
    dX[1] = X[0] * (rho - X[2]) - X[1]
    dX[2] = X[0] * X[1] - beta * X[2]
    return dX


@callback([(-5, 10)] * 8, TIME)
def lorenz_96(x, t):
    n = len(x)
    d = [0.0] * n
    for i in range(n):
        d[i] = (x[(i + 1) % n] - x[i - 2]) * x[i - 1] - x[i] + 8.0
    return d


@callback(TIME, ((-10, 10), (-10, 10), (0, 20)))
def roessler(t, xyz):
    x, y, z = xyz
    return (-y - z, x + 0.2 * y, 0.2 + z * (x - 5.7))


def chua_diode(x, m0=-1.143, m1=-0.714):
    return m1 * x + 0.5 * (m0 - m1) * (abs(x + 1) - abs(x - 1))


@callback(TIME, [(-3, 3), (-1, 1), (-4, 4)])
def chua_circuit(t, y):
    return [15.6 * (y[1] - y[0] - chua_diode(y[0])), y[0] - y[1] + y[2], -28.0 * y[1]]


callback((0, 1), (0, 4), name="logistic map")(lambda x, r: r * x * (1 - x))


@callback((-1.5, 1.5), (-0.5, 0.5))
def henon_map(x, y, a=1.4, b=0.3):
    return 1 - a * x**2 + y, b * x


@callback((-pi, pi), (-pi, pi))
def standard_map(theta, p):
    p = (p + 0.97 * sin(theta)) % (2 * pi)
    return (theta + p) % (2 * pi), p


class Kuramoto:
    def __init__(self, n):
        self.n = n
        self.omega = [0.1 * i - 0.3 for i in range(n)]
        self.coupling = 1.5

    def rhs(self, t, theta):
        return [
            self.omega[i]
            + self.coupling / self.n * sum(sin(theta[j] - theta[i]) for j in range(self.n))
            for i in range(self.n)
        ]


callback(TIME, [(-pi, pi)] * 6, name="Kuramoto oscillators")(Kuramoto(6).rhs)


# ---- chemistry ----------------------------------------------------------------------------------


@callback(TIME, [(0, 1), (0, 1e-4), (0, 1)])
def robertson(t, y):
    r1 = 0.04 * y[0]
    r2 = 1e4 * y[1] * y[2]
    r3 = 3e7 * y[1] ** 2
    return [-r1 + r2, r1 - r2 - r3, r3]


@callback(TIME, [(0, 4), (0, 4)])
def brusselator(t, y):
    A, B = 1.0, 3.0
    return [A + y[0] ** 2 * y[1] - (B + 1) * y[0], B * y[0] - y[0] ** 2 * y[1]]


@callback(TIME, Array([(1, 100), (1, 1000), (1, 100)]))
def oregonator(t, y):
    s, q, w = 77.27, 8.375e-6, 0.161
    return array(
        [
            s * (y[1] + y[0] * (1 - q * y[0] - y[1])),
            (y[2] - (1 + y[0]) * y[1]) / s,
            w * (y[0] - y[2]),
        ]
    )


@callback(TIME, [(0, 1)] * 8)
def hires(t, y):
    y1, y2, y3, y4, y5, y6, y7, y8 = y
    return [
        -1.71 * y1 + 0.43 * y2 + 8.32 * y3 + 0.0007,
        1.71 * y1 - 8.75 * y2,
        -10.03 * y3 + 0.43 * y4 + 0.035 * y5,
        8.32 * y2 + 1.71 * y3 - 1.12 * y4,
        -1.745 * y5 + 0.43 * (y6 + y7),
        -280 * y6 * y8 + 0.69 * y4 + 1.71 * y5 - 0.43 * y6 + 0.69 * y7,
        280 * y6 * y8 - 1.81 * y7,
        -280 * y6 * y8 + 1.81 * y7,
    ]


REACTIONS = [((0, 1), (2,), 0.8), ((2,), (0, 1), 0.1), ((2, 2), (3,), 0.3)]


@callback(TIME, [(0, 2)] * 4)
def network_of_reactions(t, concentrations):
    rates = [0.0 for _ in concentrations]
    for reactants, products, k in REACTIONS:
        rate = k * math.prod(concentrations[i] for i in reactants)
        for i in reactants:
            rates[i] -= rate
        for i in products:
            rates[i] += rate
    return rates


@dataclass
class Enzyme:
    v_max: float = 1.2
    k_m: float = 0.4

    def rate(self, substrate):
        return self.v_max * substrate / (self.k_m + substrate)


ENZYME = Enzyme()


@callback(TIME, {"substrate": (0, 5), "product": (0, 5)})
def michaelis_menten(t, y):
    rate = ENZYME.rate(y["substrate"])
    return {"substrate": -rate, "product": rate}


def arrhenius(temperature):
    return 1e3 * exp(-2000.0 / temperature) if temperature > 0 else 0.0


@callback(TIME, [(0, 1), (250, 500)])
def stirred_reactor(t, y):
    concentration, temperature = y
    rate = arrhenius(temperature) * concentration
    return [1.0 - concentration - rate, 300.0 - temperature + 200.0 * rate]


# ---- biology ------------------------------------------------------------------------------------


@callback(TIME, [(-90, 50), (0, 1), (0, 1), (0, 1)])
def hodgkin_huxley(t, y, current=10.0):
    V, m, h, n = y
    alpha_m = 0.1 * (V + 40) / (1 - exp(-(V + 40) / 10)) if V != -40 else 1.0
    beta_m = 4 * exp(-(V + 65) / 18)
    alpha_h = 0.07 * exp(-(V + 65) / 20)
    beta_h = 1 / (1 + exp(-(V + 35) / 10))
    alpha_n = 0.01 * (V + 55) / (1 - exp(-(V + 55) / 10)) if V != -55 else 0.1
    beta_n = 0.125 * exp(-(V + 65) / 80)
    I_Na = 120 * m**3 * h * (V - 50)
    I_K = 36 * n**4 * (V + 77)
    I_L = 0.3 * (V + 54.387)
    return [
        current - I_Na - I_K - I_L,
        alpha_m * (1 - m) - beta_m * m,
        alpha_h * (1 - h) - beta_h * h,
        alpha_n * (1 - n) - beta_n * n,
    ]


@callback((-80, 40), (-20, 20), (0, 20), name="Izhikevich neuron with reset")
def izhikevich(v, u, current):
    a, b, c, d = 0.02, 0.2, -65.0, 8.0
    if v >= 30:
        return c, u + d, True
    v, u = v + 0.5 * (0.04 * v**2 + 5 * v + 140 - u + current), u + 0.5 * a * (b * v - u)
    return min(v, 30.0), u, False


@callback(TIME, [(-2, 2), (-1, 2)])
def fitzhugh_nagumo(t, y):
    v, w = y
    return [v - v**3 / 3 - w + 0.5, 0.08 * (v + 0.7 - 0.8 * w)]


@callback(TIME, [(0, 1)] * 3)
def epidemic_of_sir(t, y):
    S, I, _ = y  # noqa: E741
    N = sum(y)
    beta = 0.5 if t < 3.0 else 0.2
    infections = beta * S * I / N
    return [-infections, infections - 0.1 * I, 0.1 * I]


@callback(TIME, ((0, 50), (0, 20)))
def lotka_volterra(t, population):
    prey, predators = population
    return 1.1 * prey - 0.4 * prey * predators, 0.1 * prey * predators - 0.4 * predators


HOLLING = {"growth": 0.5, "capacity": 10.0, "attack": 0.8, "handling": 0.2, "death": 0.3}


@callback(TIME, [(0, 10), (0, 5)])
def predators_with_holling_response(t, y):
    prey, predators = (max(value, 0.0) for value in y)
    eaten = HOLLING["attack"] * prey / (1 + HOLLING["attack"] * HOLLING["handling"] * prey)
    growth = HOLLING["growth"] * prey * (1 - prey / HOLLING["capacity"])
    return [growth - eaten * predators, 0.6 * eaten * predators - HOLLING["death"] * predators]


# ---- control ------------------------------------------------------------------------------------


@callback((-5, 5), (-5, 5), (-10, 10), (-20, 20), name="loop of a PID controller")
def pid(measured, before, integral, target):
    kp, ki, kd, dt, limit = 2.0, 0.5, 0.1, 0.01, 10.0
    error = target - measured
    integral = max(-limit, min(limit, integral + error * dt))
    output = kp * error + ki * integral + kd * (error - before) / dt
    if output > limit:
        output = limit
    elif output < -limit:
        output = -limit
    return output, error, integral


@callback((10, 30), (0, 1), name="thermostat with hysteresis")
def thermostat(temperature, heating):
    on = heating > 0.5
    if on and temperature > 22.0:
        on = False
    elif not on and temperature < 18.0:
        on = True
    return temperature + 0.1 * (5.0 * on - 0.2 * (temperature - 10.0)), float(on)


@callback((-3, 3), (-3, 3), (-2, 2))
def neural_controller(a, b, c):
    hidden = [tanh(w[0] * a + w[1] * b + w[2] * c) for w in WEIGHTS]
    return sum(0.5 * (-1) ** i * h for i, h in enumerate(hidden))


WEIGHTS = [[0.1, 0.4, -0.7], [1.0, -0.3, 0.2], [0.5, 0.5, 0.9]]


# ---- whole steps --------------------------------------------------------------------------------


@callback(TIME, Array([(-3, 3), (-8, 8)]), name="step of Runge and Kutta")
def rk4_step(t, y, h=0.01):
    def f(t, y):
        return array([y[1], (1 - y[0] ** 2) * y[1] - y[0]])

    k1 = f(t, y)
    k2 = f(t + h / 2, y + k1 * (h / 2))
    k3 = f(t + h / 2, y + k2 * (h / 2))
    k4 = f(t + h, y + k3 * h)
    return y + (k1 + 2 * k2 + 2 * k3 + k4) * (h / 6)


@callback([(-1, 1)] * 6, name="heat in a rod")
def heat(u):
    flux = [0.1 * (right - left) for left, right in zip(u, u[1:])]
    return [0.0, *(b - a for a, b in zip(flux, flux[1:])), 0.0]
