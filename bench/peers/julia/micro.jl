# The microbenchmarks in Julia, as a Julia user writes them. Reads commands, one a line, and answers each with one line;
# bench/README.md has the protocol.

include("board.jl")

function sum_loop(arr)
    result = 0.0
    for value in arr
        result += value
    end
    return result
end

function sum_loop_index(arr)
    result = 0.0
    for index in 1:5000
        result += arr[index]
    end
    return result
end

function init_zeros(arr)
    for index in 1:length(arr)
        arr[index] = 0.0
    end
    return arr
end

function cort(s1, s2)
    num = 0.0
    sum_square_x = 0.0
    sum_square_y = 0.0
    for t in 1:length(s1) - 1
        slope_1 = s1[t + 1] - s1[t]
        slope_2 = s2[t + 1] - s2[t]
        num += slope_1 * slope_2
        sum_square_x += slope_1 * slope_1
        sum_square_y += slope_2 * slope_2
    end
    return num / sqrt(sum_square_x * sum_square_y)
end

function board_sum(f, states)
    result = 0.0
    for X in states
        result += f(0.0, X)[4]
    end
    return result
end

function element_wise(a, b, s, count)
    for _ in 1:count
        a = a * s + b
    end
    return a
end

function instantiate(numbers, kept)
    a, b, c, d = numbers
    for index in 1:length(kept)
        kept[index] = [a, b, c, d]
    end
    return kept[end]
end

function make_zeros(kept)
    for index in 1:length(kept)
        kept[index] = zeros(4)
    end
    return kept[end]
end

# The first result of a new process.
function first_result(words)
    source = "x = parse.(Float64, ARGS); println(join(x[1:4] * x[9] + x[5:8], ' '))"
    command = `$(Base.julia_cmd()) --startup-file=no -e $source $words`
    return parse.(Float64, split(read(command, String)))
end

# The job with its input, ready to run.
function parse_problem(words)
    job = words[1]
    count = parse(Int, words[2])
    numbers = parse.(Float64, words[3:end])
    kept = Vector{Vector{Float64}}(undef, count)
    job == "sum_loop" && return () -> sum_loop(numbers)
    job == "sum_loop_index" && return () -> sum_loop_index(numbers)
    job == "init_zeros" && return () -> init_zeros(numbers)
    job == "instantiate" && return () -> instantiate(numbers, kept)
    job == "zeros" && return () -> make_zeros(kept)
    job == "first_result" && return () -> first_result(words[3:end])
    job == "mixed" && error("CannotDo: Julia has no ndarray of NumPy")
    if job == "cort"
        half = length(numbers) ÷ 2
        one, other = numbers[1:half], numbers[half + 1:end]
        return () -> cort(one, other)
    elseif job == "board"
        states = [numbers[i:i + 3] for i in 1:4:length(numbers)]
        return () -> board_sum(board, states)
    elseif job == "element_wise"
        a, b, s = numbers[1:4], numbers[5:8], numbers[9]
        return () -> element_wise(a, b, s, count)
    end
    error("unknown job $job")
end

include("serve.jl")
serve(parse_problem, job -> job())
