// SPDX-License-Identifier: BSD-3-Clause
//
// The one list of reductions. Tables, C functions, and dispatch follow from it. The functor of a reduction is in
// functors.hpp.
#ifndef PICOKERNELS_REDUCTIONS_HPP
#define PICOKERNELS_REDUCTIONS_HPP

namespace picokernels {

// What a reduction reads: a[i], or a[i] and b[i].
enum class inputs { one_array, two_arrays };

} // namespace picokernels

// X(inputs, name) stands for one reduction, whose C functions are pk_NAME_f64 and pk_NAME_f32.
#define PICOKERNELS_REDUCTIONS(X)                                                                                    \
    X(one_array, sum)                                                                                                \
    X(one_array, prod)                                                                                               \
    X(one_array, min)                                                                                                \
    X(one_array, max)                                                                                                \
    X(two_arrays, dot)

#endif // PICOKERNELS_REDUCTIONS_HPP
