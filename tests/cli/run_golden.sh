#!/bin/bash
# One golden case of the command line: run_golden.sh WEIR ROOT CASE [--update]
#
# A case is a folder with `cmd`, a piece of shell run in an empty folder, and `expected`, all that it
# printed (both streams, in order of lines). `weir` is the program, $CASE the case's folder, $ROOT
# the repository. Paths appear as CASE, ROOT and TMP. What a case leaves in its own folder or in
# the folder for temporary files is listed at the end, so that nothing is left behind unseen.
set -u
WEIR=$(realpath "$1") ROOT=$(realpath "$2") CASE=$(realpath "$3") UPDATE=${4:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/here" "$work/tmp"
export ROOT CASE TMPDIR=$work/tmp LC_ALL=C
export TMP=$work/here
weir() {
    "$WEIR" "$@"
    local status=$?
    [ $status -eq 0 ] || echo "exit $status"
    return $status
}
bad_onnx() { python3 "$ROOT/tests/cli/make_bad_onnx.py" "$@"; }

cd "$work/here" || exit 1
{
    . "$CASE/cmd" 2>&1
    for left in $(ls -A "$work/here") $(ls -A "$work/tmp"); do echo "left: $left"; done
} >"$work/raw"
sed -e "s|$CASE|CASE|g" -e "s|$ROOT|ROOT|g" -e "s|$work/here|TMP|g" -e "s|$work|TMP|g" \
    "$work/raw" >"$work/found"
if [ "$UPDATE" = --update ]; then
    cp "$work/found" "$CASE/expected"
    exit 0
fi
diff -u "$CASE/expected" "$work/found"
