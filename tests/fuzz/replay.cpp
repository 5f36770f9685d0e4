// SPDX-License-Identifier: BSD-3-Clause
//
// Runs a fuzz target without libFuzzer. A corpus is a text file: each line is an input in hexadecimal digits, or
// empty, or a comment after '#'.
//
// usage: replay CORPUS               runs its inputs
//        replay --unpack CORPUS DIR  writes each input to a file of its own, for libFuzzer
//        replay --pack DIR           prints the files of a folder as lines of a corpus, the shortest ones first
#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using input = std::vector<std::uint8_t>;

input parse(std::string_view digits) {
    input made;
    for (; digits.size() >= 2; digits.remove_prefix(2)) {
        std::uint8_t byte = 0;
        const char* const begin = digits.begin();
        const char* const end = begin + 2;
        const auto [stop, error] = std::from_chars(begin, end, byte, 16);
        if (error != std::errc() || stop != end) {
            throw std::runtime_error("not hexadecimal: " + std::string(digits));
        }
        made.push_back(byte);
    }
    if (!digits.empty()) {
        throw std::runtime_error("half a byte at the end of a line");
    }
    return made;
}

std::vector<input> read(const char* path) {
    std::ifstream file(path);
    if (!file) {
        throw std::runtime_error(std::string("cannot read ") + path);
    }
    std::vector<input> inputs;
    for (std::string line; std::getline(file, line);) {
        if (!line.empty() && line[0] != '#') {
            inputs.push_back(parse(line));
        }
    }
    return inputs;
}

int replay(const char* path) {
    const std::vector<input> inputs = read(path);
    for (const input& one : inputs) {
        LLVMFuzzerTestOneInput(one.data(), one.size());
    }
    std::cout << inputs.size() << " inputs\n";
    return inputs.empty() ? EXIT_FAILURE : EXIT_SUCCESS;
}

void unpack(const char* path, const std::filesystem::path& folder) {
    std::filesystem::create_directories(folder);
    std::size_t number = 0;
    for (const input& one : read(path)) {
        std::ofstream file(folder / ("corpus-" + std::to_string(number++)), std::ios::binary);
        std::ranges::copy(one, std::ostreambuf_iterator<char>(file));
    }
}

void pack(const char* folder) {
    std::vector<std::string> inputs;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        std::ifstream file(entry.path(), std::ios::binary);
        inputs.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    }
    std::ranges::sort(inputs, {}, [](const std::string& one) { return std::pair(one.size(), one); });
    for (const std::string& one : inputs) {
        for (const char byte : one) {
            static_cast<void>(std::printf("%02x", static_cast<unsigned>(static_cast<std::uint8_t>(byte))));
        }
        static_cast<void>(std::printf("\n"));
    }
}

} // namespace

int main(int count, char** arguments) { // NOLINT(misc-const-correctness): the signature of main
    try {
        const std::string_view first = count > 1 ? arguments[1] : "";
        if (count == 4 && first == "--unpack") {
            unpack(arguments[2], arguments[3]);
            return EXIT_SUCCESS;
        }
        if (count == 3 && first == "--pack") {
            pack(arguments[2]);
            return EXIT_SUCCESS;
        }
        if (count == 2) {
            return replay(arguments[1]);
        }
        std::cerr << "usage: replay CORPUS | --unpack CORPUS DIR | --pack DIR\n";
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
    }
    return EXIT_FAILURE;
}
