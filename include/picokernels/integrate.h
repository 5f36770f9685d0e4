/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Integrators of ordinary differential equations y' = f(t, y), with steps of adaptive length. Plain C99; any C++
 * standard takes it too.
 *
 *     // y' = -y, with a C function
 *     static int decay(double t, const double* y, double* dy, void* data) { dy[0] = -y[0]; return 0; }
 *
 *     const double y0 = 1, rtol = 1e-8, atol = 1e-8;
 *     pk_ode_problem problem = {.method = PK_ODE_RK45, .n = 1, .t0 = 0, .t_end = 2, .y0 = &y0};
 *     problem.f.function = decay;
 *     problem.rtol = &rtol, problem.rtol_count = 1, problem.atol = &atol, problem.atol_count = 1;
 *     pk_ode_solution* solution;
 *     pk_ode_error error;
 *     if (pk_ode_solve(&problem, &solution, &error) != PK_OK) { puts(error.message); ... }
 *     const pk_ode_summary found = pk_ode_get_summary(solution);
 *     printf("%g\n", pk_ode_states(solution)[found.points - 1]);
 *     pk_ode_destroy(solution);
 *
 * Promises:
 *
 *  - Steps. Methods, error norms, first steps, step-size control, dense output, and events are those of solve_ivp in
 *    SciPy 1.17, so the numbers of steps and evaluations are the same. The sums within a step have another order, so
 *    states agree to about 1e-13 times their size for smooth problems. A step that the last bit decides may differ.
 *    SciPy has no PK_ODE_RODAS5P, which shares the error norm, the first step, and events.
 *  - Bits. There is no contraction, and a sum has one order. So the results depend on the bits of the functions
 * alone, not on the ISA.
 *  - Nothing is global. Any number of threads may solve problems at the same time.
 *  - Memory is allocated when a run begins and when the stored results grow, not within a step. No printing, no
 * abort.
 */
#ifndef PICOKERNELS_INTEGRATE_H
#define PICOKERNELS_INTEGRATE_H

#include "picokernels.h"
#include "program.h"

#include <stddef.h>
#include <stdint.h>

#if defined(__cplusplus)
extern "C" {
#endif

/* ---- problems -------------------------------------------------------------------------------------------------- */

/* The methods. The order is that of the solution; the step length follows the embedded one.
 *
 *  - PK_ODE_RK23: order 3(2). P. Bogacki, L. F. Shampine, "A 3(2) pair of Runge-Kutta formulas", Appl. Math. Lett. 2
 *    (1989), pp. 321-325. Dense output: the cubic Hermite polynomial.
 *  - PK_ODE_RK45: order 5(4). J. R. Dormand, P. J. Prince, "A family of embedded Runge-Kutta formulae", J. Comput.
 *    Appl. Math. 6 (1980), pp. 19-26. Dense output of order 4: L. F. Shampine, "Some practical Runge-Kutta formulas",
 *    Math. Comp. 46 (1986), pp. 135-150.
 *  - PK_ODE_DOP853: order 8(5, 3), with dense output of order 7. E. Hairer, S. P. Norsett, G. Wanner, "Solving
 *    Ordinary Differential Equations I", 2nd ed. (1993), sections II.5 and II.6.
 *  - PK_ODE_RODAS5P: order 5(4), for stiff problems with few equations, to about 20. G. Steinebach, "Construction of
 *    Rosenbrock-Wanner method Rodas5P and numerical benchmarks within the Julia Differential Equations package", BIT
 *    Numerical Mathematics 63 (2023), 27. Dense output of order 4, from there. A step computes f eight times, the
 * Jacobian once, and its LU decomposition once; if it is rejected, the Jacobian stays. The step size follows the
 * predictive controller of K. Gustafsson, as in the code RODAS: E. Hairer, G. Wanner, "Solving Ordinary Differential
 * Equations II", 2nd ed. (1996), sections IV.7 and IV.8. A step is 0.2 to 6 times as long as the one before.
 */
typedef enum pk_ode_method PK_ENUM_OF_INT {
    PK_ODE_RK45 = 0,
    PK_ODE_RK23 = 1,
    PK_ODE_DOP853 = 2,
    PK_ODE_RODAS5P = 3
} pk_ode_method;

/* A function of the time t and the state y[0..n). It writes its result to out: n numbers if it is a right-hand side,
 * one if it is an event. It returns 0; another number ends the run with PK_ERROR_CALLBACK. */
typedef int (*pk_ode_function)(double t, const double* y, double* out, void* data);

/* A program, a C function, or both. If both are given, the program runs, and the function is called where the program
 * reports trouble. */
typedef struct pk_ode_callable {
    const pk_program* program; /* its inputs are t, y[0..n), and the parameters; it must outlive the run */
    const double* parameters;  /* as many as the program has further inputs */
    pk_ode_function function;
    void* data; /* handed to the function */
} pk_ode_callable;

/* An event: a zero of g(t, y(t)). */
typedef struct pk_ode_event {
    pk_ode_callable g;
    double direction; /* > 0: only where g rises; < 0: only where it falls; 0: both */
    size_t last;      /* The run ends at the event of this number, counted from 1. 0: it does not end. */
} pk_ode_event;

/* Called at the end of each step, after its events, with the time and the state there. It returns 0 to go on, a
 * positive number to end the run with PK_ODE_STOPPED, or a negative number to end it with PK_ERROR_CALLBACK. */
typedef int (*pk_ode_observer)(double t, const double* y, void* data);

/* A step of a method as one program, which has the right-hand side in each of its stages. With it, a run makes no
 * calls between the stages: the four equations of the benchmark take a sixth to a quarter less time. Making a plan is
 * quick; its first use takes as long as the creation of a program with so many instructions. It serves any number of
 * problems and threads. */
typedef struct pk_ode_plan pk_ode_plan;

/* A problem. Set all other members to 0. */
typedef struct pk_ode_problem {
    pk_ode_method method;
    size_t n; /* the number of equations */
    pk_ode_callable f;

    /* Optional: made for f.program and method. The results have the same bits, unless the program is fast. */
    const pk_ode_plan* plan;

    /* For PK_ODE_RODAS5P alone, and optional: the Jacobian, n * n numbers d f_i / d y_j, row by row, and the n
     * numbers d f / d t. Where one is absent, has a number that is not finite, or has a program that reports trouble
     * without a function in its place, forward differences are taken: n further calls of f, or one. So if f does not
     * depend on t, a time derivative that says so saves a call in each step. */
    pk_ode_callable jacobian;
    pk_ode_callable time_derivative;

    double t0;
    double t_end;     /* may be less than t0 */
    const double* y0; /* n numbers */

    /* The estimated error of a step is at most atol + rtol * |y|, in the root mean square over the components. One
     * number or n numbers each. rtol is at least 100 times DBL_EPSILON; smaller numbers are taken as that. */
    const double* rtol;
    size_t rtol_count;
    const double* atol;
    size_t atol_count;

    double first_step; /* the length of the first step; 0: it is chosen (Hairer et al., section II.4) */
    double max_step;   /* the largest length of a step; 0: no limit */
    size_t max_steps;  /* 0: no limit */

    const double* t_eval; /* the times at which to store the state, sorted in the direction of the run */
    size_t t_eval_count;
    int has_t_eval; /* 0: the state is stored at t0 and at the end of each step */
    int only_end;   /* without t_eval: the state is stored at the end of the run alone */
    int is_dense;   /* store the dense output of all steps, for pk_ode_evaluate() */

    const pk_ode_event* events;
    size_t event_count;
    /* In how many equal parts of a step the signs of events are compared. With 1 (or 0), as in SciPy, two zeros of g
     * within a step are missed. */
    size_t event_parts;

    pk_ode_observer observer; /* may be NULL */
    void* observer_data;
} pk_ode_problem;

/* ---- plans ----------------------------------------------------------------------------------------------------- */

/* Makes a plan for problems whose right-hand side is the program f, which must outlive the plan. For
 * PK_ODE_RODAS5P, and where the step would be too long for a program, the plan has no effect. Returns PK_OK,
 * PK_ERROR_INVALID_PROBLEM if f does not have more inputs than outputs, or PK_ERROR_OUT_OF_MEMORY. On error, *plan
 * becomes NULL. */
PK_API pk_status pk_ode_plan_create(const pk_program* f, pk_ode_method method, pk_ode_plan** plan) PK_NOEXCEPT;
/* Frees the plan. NULL is ignored. */
PK_API void pk_ode_plan_destroy(pk_ode_plan* plan) PK_NOEXCEPT;

/* ---- runs ------------------------------------------------------------------------------------------------------ */

typedef struct pk_ode_solution pk_ode_solution;

typedef struct pk_ode_error {
    pk_status status;
    double t;           /* of PK_ERROR_CALLBACK and PK_ERROR_TROUBLE: the time at which a function was computed */
    pk_trouble trouble; /* of PK_ERROR_TROUBLE */
    char message[180];  /* what is wrong, in English */
} pk_ode_error;

/* Solves the problem and stores the result in *solution. On error, *solution becomes NULL, and *error, if error is
 * not NULL, tells what is wrong. Returns
 *
 *  - PK_OK, also if the run ended early: see pk_ode_outcome;
 *  - PK_ERROR_INVALID_PROBLEM: a member of the problem is wrong. The message names it;
 *  - PK_ERROR_CALLBACK: a function of the problem asked for it;
 *  - PK_ERROR_TROUBLE: a program reported trouble, and there is no function in its place;
 *  - PK_ERROR_OUT_OF_MEMORY. */
PK_API pk_status pk_ode_solve(const pk_ode_problem* problem, pk_ode_solution** solution,
                              pk_ode_error* error) PK_NOEXCEPT;

/* Solves the problem for many initial states and parameters: member i has y0[i * n .. (i + 1) * n) and, if there are
 * parameters, parameters[i * p .. (i + 1) * p), with p = pk_program_inputs(f.program) - 1 - n. The members of the
 * problem with these names are ignored, and so is the observer. Events and derivatives have the parameters too; a
 * program of theirs that takes more than p is refused.
 *
 * Each member's solution has the bits of pk_ode_solve(), unless f.program is fast. With a program, an
 * explicit method, and neither events nor dense output, members run in SIMD lanes: each lane makes steps of its own
 * lengths, and takes the next member when its own is done. (PK_ODE_DOP853 does so without t_eval.)
 *
 * solutions[i] becomes the solution of member i, or NULL if it failed. Then errors[i], if errors is not NULL, tells
 * why. `stop`, if it is not NULL, is called now and then with how many members are done; if it returns another number
 * than 0, the rest fails with PK_ERROR_CALLBACK. Returns PK_OK if all members were solved, else the status of the
 * first one that failed. */
PK_API pk_status pk_ode_solve_ensemble(const pk_ode_problem* problem, size_t members, const double* y0,
                                       const double* parameters, pk_ode_solution** solutions, pk_ode_error* errors,
                                       int (*stop)(size_t done, void* data), void* stop_data) PK_NOEXCEPT;

/* Frees the solution. NULL is ignored. */
PK_API void pk_ode_destroy(pk_ode_solution* solution) PK_NOEXCEPT;

/* Why a run ended. */
typedef enum pk_ode_outcome PK_ENUM_OF_INT {
    PK_ODE_FINISHED = 0,        /* it reached t_end */
    PK_ODE_EVENT = 1,           /* at an event: the last stored point, unless there is t_eval */
    PK_ODE_STOPPED = 2,         /* the observer asked for it */
    PK_ODE_STEP_TOO_SMALL = -1, /* the tolerances ask for steps shorter than ten units in the last place of t, or a
                                   run to an infinite t_end has come to the largest number */
    PK_ODE_TOO_MANY_STEPS = -2  /* max_steps were made */
} pk_ode_outcome;

typedef struct pk_ode_summary {
    pk_ode_outcome outcome;
    size_t points;         /* stored times and states */
    size_t segments;       /* pieces of the dense output; 0 without is_dense */
    size_t steps;          /* accepted steps */
    size_t rejected;       /* steps that were repeated with a shorter length */
    size_t evaluations;    /* of the right-hand side, those for differences among them */
    size_t jacobians;      /* of the Jacobian, by a callable or by differences: 0 for explicit methods */
    size_t factorizations; /* LU decompositions: 0 for explicit methods */
} pk_ode_summary;

PK_API pk_ode_summary pk_ode_get_summary(const pk_ode_solution* solution) PK_NOEXCEPT;

/* The stored times: `points` numbers. They live as long as the solution, as all that the functions below return. */
PK_API const double* pk_ode_times(const pk_ode_solution* solution) PK_NOEXCEPT;
/* The states at these times, one after the other: points * n numbers. */
PK_API const double* pk_ode_states(const pk_ode_solution* solution) PK_NOEXCEPT;

/* How many zeros of the event with that index were found, their times, and the states there. */
PK_API size_t pk_ode_event_points(const pk_ode_solution* solution, size_t event) PK_NOEXCEPT;
PK_API const double* pk_ode_event_times(const pk_ode_solution* solution, size_t event) PK_NOEXCEPT;
PK_API const double* pk_ode_event_states(const pk_ode_solution* solution, size_t event) PK_NOEXCEPT;

/* ---- dense output ---------------------------------------------------------------------------------------------- */

/* The times between which the pieces of the dense output lie: segments + 1 numbers. */
PK_API const double* pk_ode_breaks(const pk_ode_solution* solution) PK_NOEXCEPT;
/* Writes the states at `count` times, in any order, one after the other: count * n numbers. A time at which two
 * pieces meet belongs to the earlier one. Times outside of the run are extrapolated. Without is_dense, does nothing
 * and returns PK_ERROR_NOT_DENSE. */
PK_API pk_status pk_ode_evaluate(const pk_ode_solution* solution, const double* times, size_t count,
                                 double* states) PK_NOEXCEPT;
/* The same with the piece of that index alone, which must be less than `segments`. */
PK_API pk_status pk_ode_evaluate_segment(const pk_ode_solution* solution, size_t segment, const double* times,
                                         size_t count, double* states) PK_NOEXCEPT;

#if defined(__cplusplus)
}
#endif

#endif /* PICOKERNELS_INTEGRATE_H */
