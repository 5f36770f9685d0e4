# The sleds of the benchmark of programs: the main benchmark's program, whose problem follows the job's name.

include("ode.jl")

function parse_job(words)
    words[1] == "sleds" || error("CannotDo: it only moves sleds")
    return parse_problem(words[2:end])
end

serve(parse_job, problem -> Iterators.flatten(solve(problem)))
