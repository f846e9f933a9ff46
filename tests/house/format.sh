#!/bin/sh
# Every C and C++ file is as clang-format leaves it; prints the places where one is not.
set -eu
cd "$(dirname "$0")/../.."
find . -path './build*' -prune -o \
    \( -name '*.c' -o -name '*.h' -o -name '*.cpp' \) -print0 |
    xargs -0 clang-format-14 --dry-run --Werror
