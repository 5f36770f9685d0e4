# Robertson's right-hand side on plain tuples in Julia. Reads commands, one a line, and answers each with one line;
# bench/README.md has the protocol.

function rober(t, y)
    k1 = 0.04
    k2 = 3e7
    k3 = 1e4
    y1, y2, y3 = y
    dy1 = -k1 * y1 + k3 * y2 * y3
    dy2 = k1 * y1 - k2 * y2^2 - k3 * y2 * y3
    dy3 = k2 * y2^2
    return dy1, dy2, dy3
end

# The sums of the derivatives at all the states, so many times over. The states come from outside and every result is
# added, so that no call can be left out.
function accumulate_derivatives(repeats, states)
    sum1 = sum2 = sum3 = 0.0
    for _ in 1:repeats
        for y in states
            dy1, dy2, dy3 = rober(0.0, y)
            sum1 += dy1
            sum2 += dy2
            sum3 += dy3
        end
    end
    return sum1, sum2, sum3
end

const State = NTuple{3,Float64}

function parse_problem(words)
    numbers = parse.(Float64, words[2:end])
    states = State[(numbers[i], numbers[i + 1], numbers[i + 2]) for i in 1:3:length(numbers)]
    return parse(Int, words[1]), states
end

include("serve.jl")
serve(parse_problem, problem -> accumulate_derivatives(problem...))
