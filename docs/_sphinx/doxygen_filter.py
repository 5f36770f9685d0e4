# SPDX-License-Identifier: BSD-3-Clause
"""Prints a public header with the comments that Doxygen reads: the headers have plain ones.

Doxygen runs it for each header: doxygen_filter.py HEADER. What changes:

- ``/* ... */`` and ``// ...`` before a declaration become ``/** ... */`` and ``/// ...``, and those
  behind a member become ``/**< ... */`` and ``///< ...``.
- The comment at the top describes the file.
- ``/* ---- title ---- ... */`` begins a group of declarations with that title.
- A comment that describes several functions stands before the last one. The reference then shows
  their signatures, and the comment below.
- Macros that only serve the compiler are left out.
- The name of a struct or enum stands there once, without the typedef of the same name.
- Quotation marks in prose become entities, because Doxygen keeps line breaks between them.
- A macro that makes a function object of the C++ headers becomes the declarations of its calls.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

SECTION = re.compile(r"/\* ---- (?P<title>.*?) -{2,}(?: \*/$)?")
TRAILING = re.compile(r"(?P<code>.*[;,{)].*?)/\* (?P<text>.*)")
TYPEDEF = re.compile(r"typedef (?P<type>(?:struct|enum) \w+ .*\{)")
MACRO = re.compile(r"PICOKERNELS_DETAIL_(?P<kind>[A-Z]+)\((?P<names>[^)]*)\)")

# What the macros of picokernels.hpp make, for T = double and T = float.
IN, OUT = "std::span<const T> a", "std::span<T> out"
CALLS = {
    "UNARY": [f"void {{op}}({IN}, {OUT});"],
    "BINARY": [
        f"void {{op}}({IN}, std::span<const T> b, {OUT});",
        f"void {{op}}({IN}, T s, {OUT});",
        f"void {{op}}(T s, {IN}, {OUT});",
    ],
    "of_one": [f"T {{op}}({IN});"],
    "of_two": [f"T {{op}}({IN}, std::span<const T> b);"],
}


def c_comments(lines: list[str]) -> list[str]:
    """The lines of a C header."""
    lines = [line for line in lines if not line.startswith("#define PK_")]
    lines = [re.sub(r"^\} \w+;", "};", TYPEDEF.sub(r"\g<type>", line)) for line in lines]
    out: list[str] = []
    in_group = False
    at = 0
    while at < len(lines):
        line = lines[at]
        if not line.lstrip().startswith("/*"):
            trailing = TRAILING.fullmatch(line)
            out.append(f"{trailing['code']}/**< {trailing['text']}" if trailing else line)
            at += 1
            continue
        end = at
        while "*/" not in lines[end]:
            end += 1
        comment = lines[at : end + 1]
        at = end + 1
        section = SECTION.match(comment[0])
        if section:
            out += ["/** @} */"] if in_group else []
            in_group, title = True, section["title"].partition(":")[0]
            out += [f"/** @name {title[0].upper()}{title[1:]}", *comment[1:]]
            out += [] if len(comment) > 1 else [" */"]
            out += ["/** @{ */"]
            continue
        comment[0] = comment[0].replace("/*", "/**", 1)
        end = at
        while end < len(lines) and lines[end]:
            end += 1
        starts = [i for i in range(at, end) if lines[i].startswith("PK_API")]
        last = starts[-1] if starts[:1] == [at] else at
        out += [*lines[at:last], *comment]
        at = last
    if in_group:
        end = max(i for i, line in enumerate(out) if line.startswith("#if defined(__cplusplus)"))
        out.insert(end, "/** @} */")
    return out


def cpp_comments(lines: list[str]) -> list[str]:
    """The lines of a C++ header."""
    out: list[str] = []
    is_detail = False
    for line in lines:
        bare = line.strip()
        is_detail = (
            is_detail or bare.startswith("namespace detail")
        ) and "// namespace detail" not in bare
        macro = MACRO.fullmatch(bare)
        if macro and "make_" not in "".join(lines):
            out += calls_of(macro["kind"], [name.strip() for name in macro["names"].split(",")])
        elif bare.startswith("//") and not bare.startswith(("///", "// ----")) and not is_detail:
            out.append(line.replace("//", "///", 1))
        elif "// NOLINT" in line:
            out.append(line.partition("// NOLINT")[0].rstrip())
        elif re.search(r"[;{}] // (?!namespace)", line):
            out.append(line.replace(" // ", " ///< ", 1))
        else:
            out.append(line)
    return out


def quoted(line: str) -> str:
    """The line, with entities for quotation marks if it is prose in a comment."""
    is_prose = re.match(r"\s*(/\*|\*|//) {,4}(?! )", line)
    return line.replace('"', "&quot;") if is_prose else line


def calls_of(kind: str, names: list[str]) -> list[str]:
    form, name = (kind, names[0]) if kind != "REDUCTION" else (names[0], names[1])
    calls = [f"template <class T> {call.format(op=name)}" for call in CALLS[form]]
    text = f"/// pk_{name}_f64() or pk_{name}_f32(), with lengths checked."
    return [*calls[:-1], text, calls[-1]]


def main(path: str) -> None:
    header = Path(path)
    lines = header.read_text(encoding="utf-8").splitlines()
    top = next(i for i, line in enumerate(lines) if line.startswith(("#ifndef", "#if")))
    is_c = header.suffix == ".h"
    lines = [quoted(line) for line in lines]
    begin = ["/** @file"] if is_c else ["/// @file"]
    found = c_comments(lines[top:]) if is_c else cpp_comments(lines[top:])
    head = lines[1:top] if is_c else [f"/{line}" for line in lines[1:top]]
    print("\n".join([*begin, *head, *found]))


if __name__ == "__main__":
    main(sys.argv[1])
