# The callback: the derivative of a sled's state X at the time t.

function board(t, X)
    g = 9.81
    c = 0.5
    a = 0.25
    b = 0.5
    p = (2 * pi) / 10.0
    q = (2 * pi) / 4.0
    x0 = X[1]
    y0 = X[2]
    u0 = X[3]
    v0 = X[4]
    H_x = -a + b * p * sin(p * x0) * cos(q * y0)
    H_xx = b * p^2 * cos(p * x0) * cos(q * y0)
    H_y = b * q * cos(p * x0) * sin(q * y0)
    H_yy = b * q^2 * cos(p * x0) * cos(q * y0)
    H_xy = -b * q * p * sin(p * x0) * sin(q * y0)
    F = (g + H_xx * u0^2 + 2 * H_xy * u0 * v0 + H_yy * v0^2) / (1 + H_x^2 + H_y^2)
    dU = -F * H_x - c * u0
    dV = -F * H_y - c * v0
    return [u0, v0, dU, dV]
end
