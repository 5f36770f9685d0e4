# The protocol of a worker (bench/README.md has it): reads commands, one a line, and answers each with one line.

# The seconds that each of count runs took, by the monotonic clock.
function timed(solve, problem, count)
    count >= 1 || error("the number of runs must be positive, got $count")
    seconds = Float64[]
    for _ in 1:count
        start = time_ns()
        solve(problem)
        push!(seconds, (time_ns() - start) * 1e-9)
    end
    return seconds
end

# The seconds until the first result: of the callback's definition, and of a call that nothing was compiled for.
function first_call(solve, problem, definition_s)
    start = time_ns()
    Base.invokelatest(solve, problem)
    return definition_s + (time_ns() - start) * 1e-9
end

function answer(words, solve, problem, definition_s)
    problem === nothing && error("$(words[1]) before problem")
    words[1] == "states" && return "states " * join(solve(problem), " ")
    words[1] == "first" && return "first $(first_call(solve, problem, definition_s))"
    words[1] == "run" && return "run " * join(timed(solve, problem, parse(Int, words[2])), " ")
    error("unknown command $(words[1])")
end

# parse_problem makes the problem from its words, solve computes the numbers that are the result. definition_s is
# how long the callback's definition took.
function serve(parse_problem, solve, definition_s = 0.0)
    problem = nothing
    for line in eachline(stdin)
        words = split(line)
        isempty(words) && continue
        words[1] == "quit" && return
        try
            if words[1] == "info"
                println("info {\"version\": \"Julia $VERSION\"}")
            elseif words[1] == "problem"
                problem = parse_problem(words[2:end])
                println("ready")
            else
                println(answer(words, solve, problem, definition_s))
            end
        catch problem_with_command
            println("error ", replace(sprint(showerror, problem_with_command), r"\s+" => " "))
        end
        flush(stdout)
    end
end
