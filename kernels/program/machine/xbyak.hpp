// SPDX-License-Identifier: BSD-3-Clause
//
// Xbyak without <iostream>. That header runs an initialiser in each object that includes it, with libstdc++ before
// 13, and Xbyak needs it only to print undefined labels, of which we have none.
#ifndef PICOKERNELS_MACHINE_XBYAK_HPP
#define PICOKERNELS_MACHINE_XBYAK_HPP

#include <ostream>

#if defined(__GLIBCXX__) && !defined(_GLIBCXX_IOSTREAM)
#define _GLIBCXX_IOSTREAM // NOLINT(bugprone-reserved-identifier, cert-dcl51-cpp): it has been included
namespace std {
extern ostream cerr; // NOLINT(bugprone-std-namespace-modification, cert-dcl58-cpp): as the header declares it
}
#endif

#include <xbyak/xbyak.h>

#endif // PICOKERNELS_MACHINE_XBYAK_HPP
