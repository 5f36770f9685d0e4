/* SPDX-License-Identifier: BSD-3-Clause
 * A program as it was built against the list of the ABI, abi/libpicokernels.so.0.abi, not against today's headers. It
 * calls every function of the list and looks at the results, so it shows that such programs still run. A test
 * compares the functions that it calls with the list. */
#include ABI_LIST /* <libpicokernels.so.0.abi> */

#include <math.h>
#include <stdio.h>
#include <string.h>

static int failures = 0;
static void expect(int holds, const char *what) {
    if (!holds) {
        printf("wrong: %s\n", what);
        ++failures;
    }
}

enum { length = 19 }; /* whole batches of every ISA, and a rest */

/* Each function of a form, with what the C library gives for its first operand and for its second one or the scalar.
 * C(x, y) is that result. */
#define FOR_UNARY(U)                                                                                                 \
    U(sqrt, sqrt(x))                                                                                                 \
    U(neg, -x)                                                                                                       \
    U(abs, fabs(x))                                                                                                  \
    U(sin, sin(x))                                                                                                   \
    U(cos, cos(x))                                                                                                   \
    U(tan, tan(x))                                                                                                   \
    U(asin, asin(x))                                                                                                 \
    U(acos, acos(x))                                                                                                 \
    U(atan, atan(x))                                                                                                 \
    U(sinh, sinh(x))                                                                                                 \
    U(cosh, cosh(x))                                                                                                 \
    U(tanh, tanh(x))                                                                                                 \
    U(exp, exp(x))                                                                                                   \
    U(exp2, exp2(x))                                                                                                 \
    U(expm1, expm1(x))                                                                                               \
    U(log, log(x))                                                                                                   \
    U(log2, log2(x))                                                                                                 \
    U(log10, log10(x))                                                                                               \
    U(log1p, log1p(x))                                                                                               \
    U(cbrt, cbrt(x))
#define FOR_COMMUTATIVE(B)                                                                                           \
    B(add, x + y)                                                                                                    \
    B(mul, x *y)                                                                                                     \
    B(minimum, fmin(x, y))                                                                                           \
    B(maximum, fmax(x, y))                                                                                           \
    B(hypot, hypot(x, y))
#define FOR_BINARY(B)                                                                                                \
    B(sub, x - y)                                                                                                    \
    B(div, x / y)                                                                                                    \
    B(pow, pow(x, y))                                                                                                \
    B(atan2, atan2(x, y))                                                                                            \
    B(fmod, fmod(x, y))

/* For one type of elements: the operands, and a function for each form that computes one kernel and checks it. */
#define DEFINE_TYPE(T, suffix, tolerance)                                                                            \
    static T left_##suffix[length], right_##suffix[length];                                                          \
    static void fill_##suffix(void) {                                                                                \
        for (int i = 0; i < length; ++i) {                                                                           \
            left_##suffix[i] = (T)0.9375 / (T)(i + 1);                                                               \
            right_##suffix[i] = (T)0.625 + (T)i / (T)64;                                                             \
        }                                                                                                            \
    }                                                                                                                \
    typedef double (*function_##suffix)(double x, double y);                                                         \
    static void compare_##suffix(const T *out, const T *a, const T *b, int is_scalar, function_##suffix f,           \
                                 const char *what) {                                                                 \
        for (int i = 0; i < length; ++i) {                                                                           \
            const double expected = f((double)a[i], (double)b[is_scalar ? 0 : i]);                                   \
            expect(fabs((double)out[i] - expected) <= (tolerance) * fabs(expected), what);                           \
        }                                                                                                            \
    }
DEFINE_TYPE(double, f64, 1e-15)
DEFINE_TYPE(float, f32, 5e-7)

#define DEFINE_RESULT(op, result)                                                                                    \
    static double result_of_##op(double x, double y) {                                                               \
        (void)x, (void)y;                                                                                            \
        return result;                                                                                               \
    }
#define DEFINE_REVERSED(op, result)                                                                                  \
    static double reversed_##op(double x, double y) { return result_of_##op(y, x); }
FOR_UNARY(DEFINE_RESULT)
FOR_COMMUTATIVE(DEFINE_RESULT)
FOR_BINARY(DEFINE_RESULT)
FOR_BINARY(DEFINE_REVERSED)

#define CHECK_UNARY_OF(op, T, suffix)                                                                                \
    {                                                                                                                \
        T out[length];                                                                                               \
        pk_##op##_##suffix(left_##suffix, out, length);                                                              \
        compare_##suffix(out, left_##suffix, right_##suffix, 0, result_of_##op, "pk_" #op "_" #suffix);              \
    }
#define CHECK_BINARY_OF(op, T, suffix)                                                                               \
    {                                                                                                                \
        T out[length];                                                                                               \
        pk_##op##_##suffix(left_##suffix, right_##suffix, out, length);                                              \
        compare_##suffix(out, left_##suffix, right_##suffix, 0, result_of_##op, "pk_" #op "_" #suffix);              \
        pk_##op##_scalar_##suffix(left_##suffix, right_##suffix[0], out, length);                                    \
        compare_##suffix(out, left_##suffix, right_##suffix, 1, result_of_##op, "pk_" #op "_scalar_" #suffix);       \
    }
#define CHECK_REVERSED_OF(op, T, suffix)                                                                             \
    {                                                                                                                \
        T out[length];                                                                                               \
        pk_r##op##_scalar_##suffix(left_##suffix, right_##suffix[0], out, length);                                   \
        compare_##suffix(out, left_##suffix, right_##suffix, 1, reversed_##op, "pk_r" #op "_scalar_" #suffix);       \
    }
#define CHECK_UNARY(op, result) CHECK_UNARY_OF(op, double, f64) CHECK_UNARY_OF(op, float, f32)
#define CHECK_COMMUTATIVE(op, result) CHECK_BINARY_OF(op, double, f64) CHECK_BINARY_OF(op, float, f32)
#define CHECK_BINARY(op, result)                                                                                     \
    CHECK_COMMUTATIVE(op, result) CHECK_REVERSED_OF(op, double, f64) CHECK_REVERSED_OF(op, float, f32)

static void check_kernels(void) {
    fill_f64();
    fill_f32();
    FOR_UNARY(CHECK_UNARY)
    FOR_COMMUTATIVE(CHECK_COMMUTATIVE)
    FOR_BINARY(CHECK_BINARY)
}

static void check_reductions(void) {
    const double a[] = {3, -1, 4, 2};
    const float b[] = {3, -1, 4, 2};
    expect(pk_sum_f64(a, 4) == 8 && pk_sum_f32(b, 4) == 8, "pk_sum");
    expect(pk_prod_f64(a, 4) == -24 && pk_prod_f32(b, 4) == -24, "pk_prod");
    expect(pk_min_f64(a, 4) == -1 && pk_min_f32(b, 4) == -1, "pk_min");
    expect(pk_max_f64(a, 4) == 4 && pk_max_f32(b, 4) == 4, "pk_max");
    expect(pk_dot_f64(a, a, 4) == 30 && pk_dot_f32(b, b, 4) == 30, "pk_dot");
}

static void check_isas(void) {
    const char *names[16];
    const char *requested = "";
    const size_t count = pk_available_isas(names, 16);
    expect(count > 0 && count <= 16, "pk_available_isas");
    expect(pk_set_isa("none") == PK_ERROR_UNKNOWN_ISA, "pk_set_isa refuses");
    for (size_t i = count < 16 ? count : 16; i > 0; --i) { /* the best one stays */
        expect(pk_set_isa(names[i - 1]) == PK_OK && strcmp(pk_isa(), names[i - 1]) == 0, "pk_set_isa");
        check_kernels();
        check_reductions();
    }
    expect(pk_isa_request(&requested) == PK_OK || requested != NULL, "pk_isa_request");
    expect(strlen(pk_status_message(PK_ERROR_LIMIT)) > 0, "pk_status_message");
    expect(strchr(pk_version(), '.') != NULL, "pk_version");
}

/* The program (x, v) -> (x + v, v / x), which divides by zero at x = 0. */
static pk_program *make_program(void) {
    pk_instruction list[] = {{.op = PK_OP_INPUT},
                             {.op = PK_OP_INPUT},
                             {.op = PK_OP_ADD, .a = 0, .b = 1},
                             {.op = PK_OP_DIV, .a = 1, .b = 0},
                             {.op = PK_OP_OUTPUT, .a = 2},
                             {.op = PK_OP_OUTPUT, .a = 3}};
    pk_program *program = NULL;
    pk_program_error error;
    expect(pk_program_create(list, 6, 0, &program, &error) == PK_OK, "pk_program_create");
    list[2].b = 7;
    pk_program *none = program;
    expect(pk_program_create(list, 6, 0, &none, &error) == PK_ERROR_INVALID_PROGRAM && none == NULL &&
               error.status == PK_ERROR_INVALID_PROGRAM && error.instruction == 2 && strlen(error.message) > 0,
           "pk_program_error");
    return program;
}

static void check_programs(int jit) {
    pk_set_jit(jit);
    expect(jit || pk_jit() == 0, "pk_jit");
    pk_program *program = make_program();
    size_t count = 0;
    char text[4096] = "";
    expect(pk_program_inputs(program) == 2 && pk_program_outputs(program) == 2, "pk_program_inputs");
    expect(pk_program_list(program, &count)[3].op == PK_OP_DIV && count == 6, "pk_program_list");
    expect(pk_program_options(program) == 0, "pk_program_options");
    expect(pk_program_dump(program, text, sizeof text) == strlen(text) && strlen(text) > 0, "pk_program_dump");
    expect(strcmp(pk_program_engine(program), pk_jit() ? "machine code" : "interpreter") == 0, "pk_program_engine");
    expect(strcmp(pk_opcode_name(PK_OP_DIV), "div") == 0, "pk_opcode_name");

    const double start[] = {2, 1};
    const double zero[] = {0, 1};
    double out[2];
    pk_trouble trouble;
    expect(pk_program_run_point(program, start, out, &trouble) == PK_OK && out[0] == 3 && out[1] == 0.5 &&
               trouble.kind == PK_TROUBLE_NONE,
           "pk_program_run_point");
    expect(pk_program_run_point(program, zero, out, &trouble) == PK_ERROR_TROUBLE &&
               trouble.kind == PK_TROUBLE_ZERO_DIVISION && trouble.instruction == 3 && trouble.lane == 0,
           "pk_trouble");
    double steps[4];
    expect(pk_program_iterate_point(program, start, out, 2, 1, steps, NULL) == PK_OK && out[0] == 3.5 &&
               steps[0] == 3 && steps[2] == 3.5,
           "pk_program_iterate_point");

    double x[length];
    const double v = 1;
    double sums[length];
    double quotients[length];
    double stored_sums[2 * length];
    double stored_quotients[2 * length];
    for (int i = 0; i < length; ++i) {
        x[i] = i == length - 2 ? 0 : 4;
    }
    const pk_input inputs[] = {{x, 1}, {&v, 0}};
    double *const outputs[] = {sums, quotients};
    double *const stored[] = {stored_sums, stored_quotients};
    expect(pk_program_run(program, inputs, outputs, length, &trouble) == PK_ERROR_TROUBLE &&
               trouble.lane == length - 2 && trouble.instruction == 3,
           "pk_program_run: the lane");
    expect(sums[0] == 5 && quotients[length - 1] == 0.25, "pk_program_run");
    x[length - 2] = 4;
    expect(pk_program_iterate(program, inputs, outputs, length, 2, 1, stored, &trouble) == PK_OK && sums[7] == 5.25 &&
               stored_sums[length - 1] == 5 && stored_quotients[2 * length - 1] == 0.05,
           "pk_program_iterate");
    pk_program_destroy(program);
}

static int decay(double t, const double *y, double *out, void *data) {
    (void)t;
    out[0] = -y[0];
    ++*(int *)data;
    return 0;
}
static int half(double t, const double *y, double *out, void *data) {
    (void)t, (void)data;
    out[0] = y[0] - 0.5;
    return 0;
}
static int observe(double t, const double *y, void *data) {
    *(double *)data = t + 0 * y[0];
    return 0;
}
static int stop(size_t done, void *data) {
    *(size_t *)data = done;
    return 0;
}

static pk_ode_problem make_problem(const double *y0, const double *tolerance) {
    const pk_ode_problem problem = {.method = PK_ODE_RK45,
                                    .n = 1,
                                    .t_end = 2,
                                    .y0 = y0,
                                    .rtol = tolerance,
                                    .rtol_count = 1,
                                    .atol = tolerance,
                                    .atol_count = 1};
    return problem;
}

static void check_functions_of_c(pk_ode_method method) {
    const double y0 = 1;
    const double tolerance = 1e-9;
    const double times[] = {0.25, 1.5};
    int calls = 0;
    double last = 0;
    double states[2];
    const pk_ode_event event = {.g = {.function = half}, .direction = -1};
    pk_ode_problem problem = make_problem(&y0, &tolerance);
    problem.method = method;
    problem.f.function = decay;
    problem.f.data = &calls;
    problem.is_dense = 1;
    problem.events = &event;
    problem.event_count = 1;
    problem.observer = observe;
    problem.observer_data = &last;
    pk_ode_solution *solution = NULL;
    pk_ode_error error;
    expect(pk_ode_solve(&problem, &solution, &error) == PK_OK, "pk_ode_solve");
    const pk_ode_summary found = pk_ode_get_summary(solution);
    expect(found.outcome == PK_ODE_FINISHED && found.points == found.steps + 1 && found.segments == found.steps &&
               found.evaluations == (size_t)calls && (found.jacobians > 0) == (method == PK_ODE_RODAS5P) &&
               (found.factorizations > 0) == (method == PK_ODE_RODAS5P),
           "pk_ode_summary");
    expect(last == 2 && pk_ode_times(solution)[found.points - 1] == 2, "pk_ode_times");
    expect(fabs(pk_ode_states(solution)[found.points - 1] - exp(-2)) < 1e-7, "pk_ode_states");
    expect(pk_ode_event_points(solution, 0) == 1, "pk_ode_event_points");
    expect(fabs(pk_ode_event_times(solution, 0)[0] - log(2)) < 1e-6, "pk_ode_event_times");
    expect(fabs(pk_ode_event_states(solution, 0)[0] - 0.5) < 1e-6, "pk_ode_event_states");
    expect(pk_ode_breaks(solution)[0] == 0 && pk_ode_breaks(solution)[found.segments] == 2, "pk_ode_breaks");
    expect(pk_ode_evaluate(solution, times, 2, states) == PK_OK && fabs(states[0] - exp(-0.25)) < 1e-6 &&
               fabs(states[1] - exp(-1.5)) < 1e-6,
           "pk_ode_evaluate");
    expect(pk_ode_evaluate_segment(solution, 0, pk_ode_breaks(solution), 1, states) == PK_OK && states[0] == 1,
           "pk_ode_evaluate_segment");
    pk_ode_destroy(solution);

    problem.f.function = NULL;
    expect(pk_ode_solve(&problem, &solution, &error) == PK_ERROR_INVALID_PROBLEM && solution == NULL &&
               error.status == PK_ERROR_INVALID_PROBLEM && strlen(error.message) > 0,
           "pk_ode_error");
}

/* y' = -k * y, as a program of t, y, and k; also with a plan, and for an ensemble. */
static void check_programs_of_integrators(void) {
    const pk_instruction list[] = {{.op = PK_OP_INPUT},       {.op = PK_OP_INPUT},
                                   {.op = PK_OP_INPUT},       {.op = PK_OP_MUL, .a = 1, .b = 2},
                                   {.op = PK_OP_NEG, .a = 3}, {.op = PK_OP_OUTPUT, .a = 4}};
    pk_program *f = NULL;
    expect(pk_program_create(list, 6, 0, &f, NULL) == PK_OK, "pk_program_create");
    const double y0[] = {1, 2, 3, 4, 5};
    const double k[] = {1, 0.5, 0.25, 1, 2};
    const double tolerance = 1e-9;
    pk_ode_plan *plan = NULL;
    expect(pk_ode_plan_create(f, PK_ODE_RK45, &plan) == PK_OK && plan != NULL, "pk_ode_plan_create");
    pk_ode_problem problem = make_problem(y0, &tolerance);
    problem.f.program = f;
    problem.f.parameters = k;
    problem.only_end = 1;
    double ends[2];
    for (int planned = 0; planned < 2; ++planned) {
        problem.plan = planned ? plan : NULL;
        pk_ode_solution *solution = NULL;
        expect(pk_ode_solve(&problem, &solution, NULL) == PK_OK, "pk_ode_solve");
        expect(pk_ode_get_summary(solution).points == 1, "only_end");
        ends[planned] = pk_ode_states(solution)[0];
        pk_ode_destroy(solution);
    }
    expect(ends[0] == ends[1] && fabs(ends[0] - exp(-2)) < 1e-7, "a plan");

    pk_ode_solution *solutions[5];
    pk_ode_error errors[5];
    size_t done = 0;
    expect(pk_ode_solve_ensemble(&problem, 5, y0, k, solutions, errors, stop, &done) == PK_OK, "an ensemble");
    expect(done == 5, "stop");
    for (int i = 0; i < 5; ++i) {
        expect(errors[i].status == PK_OK && fabs(pk_ode_states(solutions[i])[0] - y0[i] * exp(-2 * k[i])) < 1e-6,
               "pk_ode_solve_ensemble");
        pk_ode_destroy(solutions[i]);
    }
    pk_ode_plan_destroy(plan);
    pk_program_destroy(f);
}

int main(void) {
    check_isas();
    check_programs(0);
    check_programs(1);
    check_functions_of_c(PK_ODE_RK23);
    check_functions_of_c(PK_ODE_RK45);
    check_functions_of_c(PK_ODE_DOP853);
    check_functions_of_c(PK_ODE_RODAS5P);
    check_programs_of_integrators();
    printf("%d failures\n", failures);
    return failures != 0;
}
