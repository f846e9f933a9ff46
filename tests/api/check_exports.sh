#!/bin/bash
# check_exports.sh LIBRARY HEADERS: the exported symbols against the functions of the public headers.
set -eu
diff -u \
    <({ cat "$2"/weir.h "$2"/weir_stimulus.h "$2"/weir_study.h "$2"/weir_import.h "$2"/weir_resources.h "$2"/weir_packing.h "$2"/weir_embedding.h |
        sed '/^ \*/d' |
        grep -oE '\bweir_(version|messages|simulation|outcome|answer|embedding|import)[a-z_]*\(' | tr -d '('
        echo sc_main; } | sort -u) \
    <(nm -D --defined-only "$1" | awk '{ print $3 }' | sort -u)
