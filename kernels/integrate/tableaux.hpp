// SPDX-License-Identifier: BSD-3-Clause
//
// The coefficients of the explicit Runge-Kutta methods, in the notation of E. Hairer, S. P. Norsett, G. Wanner,
// "Solving Ordinary Differential Equations I", 2nd ed. (1993), section II.1: row s of a makes the state of stage s, c
// are the times of the stages, b makes the solution, and e the estimate of its error. The last row of the stages is
// the derivative at the end of the step, which is the first one of the next step.
#ifndef PICOKERNELS_INTEGRATE_TABLEAUX_HPP
#define PICOKERNELS_INTEGRATE_TABLEAUX_HPP

#include <array>
#include <cstddef>

namespace picokernels::integrate {

// P. Bogacki, L. F. Shampine, Appl. Math. Lett. 2 (1989), pp. 321-325.
struct bogacki_shampine {
    static constexpr std::size_t stages = 3;
    static constexpr int error_order = 2;
    static constexpr std::array<double, 3> c{0, 1.0 / 2, 3.0 / 4};
    static constexpr std::array<std::array<double, 3>, 3> a{{{}, {1.0 / 2}, {0, 3.0 / 4}}};
    static constexpr std::array<double, 3> b{2.0 / 9, 1.0 / 3, 4.0 / 9};
    static constexpr std::array<double, 4> e{5.0 / 72, -1.0 / 12, -1.0 / 9, 1.0 / 8};
    // Row j: the powers 1 to 3 of theta in the weight of stage j, for the cubic Hermite polynomial.
    static constexpr std::size_t dense_terms = 3;
    static constexpr std::array<std::array<double, 3>, 4> p{{
        {1, -4.0 / 3, 5.0 / 9},
        {0, 1, -2.0 / 3},
        {0, 4.0 / 3, -8.0 / 9},
        {0, -1, 1},
    }};
};

// J. R. Dormand, P. J. Prince, J. Comput. Appl. Math. 6 (1980), pp. 19-26, table 2.
struct dormand_prince {
    static constexpr std::size_t stages = 6;
    static constexpr int error_order = 4;
    static constexpr std::array<double, 6> c{0, 1.0 / 5, 3.0 / 10, 4.0 / 5, 8.0 / 9, 1};
    static constexpr std::array<std::array<double, 6>, 6> a{{
        {},
        {1.0 / 5},
        {3.0 / 40, 9.0 / 40},
        {44.0 / 45, -56.0 / 15, 32.0 / 9},
        {19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729},
        {9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656},
    }};
    static constexpr std::array<double, 6> b{35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84};
    static constexpr std::array<double, 7> e{-71.0 / 57600,    0,           71.0 / 16695, -71.0 / 1920,
                                             17253.0 / 339200, -22.0 / 525, 1.0 / 40};
    // L. F. Shampine, Math. Comp. 46 (1986), pp. 135-150, with the optimal parameter c6.
    static constexpr std::size_t dense_terms = 4;
    static constexpr std::array<std::array<double, 4>, 7> p{{
        {1, -8048581381.0 / 2820520608, 8663915743.0 / 2820520608, -12715105075.0 / 11282082432},
        {},
        {0, 131558114200.0 / 32700410799, -68118460800.0 / 10900136933, 87487479700.0 / 32700410799},
        {0, -1754552775.0 / 470086768, 14199869525.0 / 1410260304, -10690763975.0 / 1880347072},
        {0, 127303824393.0 / 49829197408, -318862633887.0 / 49829197408, 701980252875.0 / 199316789632},
        {0, -282668133.0 / 205662961, 2019193451.0 / 616988883, -1453857185.0 / 822651844},
        {0, 40617522.0 / 29380423, -110615467.0 / 29380423, 69997945.0 / 29380423},
    }};
};

} // namespace picokernels::integrate

#endif // PICOKERNELS_INTEGRATE_TABLEAUX_HPP
