// SPDX-License-Identifier: BSD-3-Clause
//
// The bodies of the C functions of program.h.
#include "check.hpp"
#include "program.hpp"
#include "simplify.hpp"

#include <memory>
#include <new>
#include <span>

namespace {

using picokernels::program::invalid_list;

pk_status report(const pk_trouble& found, pk_trouble* trouble) noexcept {
    if (trouble != nullptr) {
        *trouble = found;
    }
    return found.kind == PK_TROUBLE_NONE ? PK_OK : PK_ERROR_TROUBLE;
}

bool is_iterable(const pk_program& program) noexcept { return program.code.output_count <= program.code.input_count; }

pk_program_error no_error() noexcept { return {PK_OK, -1, ""}; }

pk_program_error out_of_memory() noexcept {
    return invalid_list(PK_ERROR_OUT_OF_MEMORY, -1, "%s", pk_status_message(PK_ERROR_OUT_OF_MEMORY)).details();
}

std::unique_ptr<pk_program> create(std::span<const pk_instruction> list, unsigned options) {
    constexpr unsigned only = unsigned{PK_PROGRAM_ONLY_POINT} | unsigned{PK_PROGRAM_ONLY_LANES};
    constexpr unsigned known = unsigned{PK_PROGRAM_NO_TROUBLE} | unsigned{PK_PROGRAM_FAST} | only;
    if ((options & only) == only) {
        throw invalid_list(PK_ERROR_INVALID_PROGRAM, -1,
                           "PK_PROGRAM_ONLY_POINT and PK_PROGRAM_ONLY_LANES are both set");
    }
    if ((options & ~known) != 0) {
        throw invalid_list(PK_ERROR_INVALID_PROGRAM, -1, "unknown options 0x%x", options);
    }
    picokernels::program::check(list);
    return std::make_unique<pk_program>(picokernels::program::lower(picokernels::program::simplify(list, options)),
                                        list, options);
}

} // namespace

extern "C" {

const char* pk_opcode_name(pk_opcode op) noexcept {
    const auto* entry = picokernels::program::find_opcode(op);
    return entry == nullptr ? nullptr : entry->name;
}

pk_status pk_program_create(const pk_instruction* list, size_t count, unsigned options, pk_program** program,
                            pk_program_error* error) noexcept {
    pk_program_error result = no_error();
    std::unique_ptr<pk_program> created;
    try {
        created = create({list, count}, options);
    } catch (const invalid_list& refused) {
        result = refused.details();
    } catch (const std::bad_alloc&) {
        result = out_of_memory();
    }
    *program = created.release();
    if (error != nullptr) {
        *error = result;
    }
    return result.status;
}

// NOLINTNEXTLINE(misc-const-correctness): the signature is that of the header
void pk_program_destroy(pk_program* program) noexcept { delete program; }

size_t pk_program_inputs(const pk_program* program) noexcept { return program->code.input_count; }
size_t pk_program_outputs(const pk_program* program) noexcept { return program->code.output_count; }

const pk_instruction* pk_program_list(const pk_program* program, size_t* count) noexcept {
    *count = program->list.size();
    return program->list.data();
}
unsigned pk_program_options(const pk_program* program) noexcept { return program->options; }

size_t pk_program_dump(const pk_program* program, char* text, size_t capacity) noexcept {
    return picokernels::program::dump(*program, text, capacity);
}

const char* pk_program_engine(const pk_program* program) noexcept {
    return picokernels::program::engine_of(*program).name;
}

void pk_set_jit(int on) noexcept { picokernels::program::machine::set_enabled(on != 0); }
int pk_jit(void) noexcept { return picokernels::program::machine::is_enabled() ? 1 : 0; }

pk_status pk_program_run_point(const pk_program* program, const double* inputs, double* outputs,
                               pk_trouble* trouble) noexcept {
    return report(picokernels::program::run_point(*program, inputs, outputs), trouble);
}

pk_status pk_program_run(const pk_program* program, const pk_input* inputs, double* const* outputs, size_t n,
                         pk_trouble* trouble) noexcept {
    return report(picokernels::program::run(*program, inputs, outputs, n), trouble);
}

pk_status pk_program_iterate_point(const pk_program* program, const double* inputs, double* outputs, size_t count,
                                   size_t every, double* stored, pk_trouble* trouble) noexcept {
    if (!is_iterable(*program)) {
        return PK_ERROR_NOT_ITERABLE;
    }
    return report(picokernels::program::iterate_point(*program, inputs, outputs, count, every, stored), trouble);
}

pk_status pk_program_iterate(const pk_program* program, const pk_input* inputs, double* const* outputs, size_t n,
                             size_t count, size_t every, double* const* stored, pk_trouble* trouble) noexcept {
    if (!is_iterable(*program)) {
        return PK_ERROR_NOT_ITERABLE;
    }
    return report(picokernels::program::iterate(*program, inputs, outputs, n, count, every, stored), trouble);
}

} // extern "C"
