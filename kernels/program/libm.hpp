// SPDX-License-Identifier: BSD-3-Clause
//
// What simplification may rely on in the C library of this process. Found out at first use, by trying.
#ifndef PICOKERNELS_PROGRAM_LIBM_HPP
#define PICOKERNELS_PROGRAM_LIBM_HPP

namespace picokernels::program {

struct libm_facts {
    bool sincos_has_the_bits_of_sin_and_cos;
    bool square_has_the_bits_of_pow; // the functor `square` and pow(x, 2)
};

const libm_facts& libm() noexcept;

} // namespace picokernels::program

#endif // PICOKERNELS_PROGRAM_LIBM_HPP
