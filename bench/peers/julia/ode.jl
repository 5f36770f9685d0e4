# The main benchmark in Julia, as a Julia user writes it: small vectors that every operation allocates, nothing tuned.
# Reads commands, one a line, and answers each with one line; bench/README.md has the protocol.

const DEFINITION_S = @elapsed include("board.jl")

function runge_kutta_step(f, x0, dt, t)
    k1 = f(t, x0) * dt
    k2 = f(t, x0 + k1 / 2) * dt
    k3 = f(t, x0 + k2 / 2) * dt
    k4 = f(t, x0 + k3) * dt
    return x0 + (k1 + 2 * k2 + 2 * k3 + k4) / 6
end

function solver(f, x, y, u, v, dt, n)
    states = Vector{Float64}[]
    for k in 1:length(x)
        X = [x[k], y[k], u[k], v[k]]
        for i in 1:n
            X = runge_kutta_step(f, X, dt, (i - 1) * dt)
        end
        push!(states, X)
    end
    return states
end

struct Problem
    x::Vector{Float64}
    y::Vector{Float64}
    u::Vector{Float64}
    v::Vector{Float64}
    dt::Float64
    steps::Int
end

function parse_problem(words)
    sleds = parse(Int, words[1])
    steps = parse(Int, words[2])
    dt = parse(Float64, words[3])
    numbers = parse.(Float64, words[4:end])
    length(numbers) == 4 * sleds || error("$sleds sleds need $(4 * sleds) numbers, got $(length(numbers))")
    return Problem(numbers[1:4:end], numbers[2:4:end], numbers[3:4:end], numbers[4:4:end], dt, steps)
end

solve(problem) = solver(board, problem.x, problem.y, problem.u, problem.v, problem.dt, problem.steps)

include("serve.jl")
if abspath(PROGRAM_FILE) == @__FILE__
    serve(parse_problem, problem -> Iterators.flatten(solve(problem)), DEFINITION_S)
end
