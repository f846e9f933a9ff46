#!/bin/bash
# check_install.sh BUILD ROOT: installs into a folder of its own, then compiles an example against
# it with pkg-config, static and shared, and runs it.
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
DESTDIR=$place cmake --install "$1" >"$place/log" || { cat "$place/log"; exit 1; }
prefix=$(sed -n 's/^CMAKE_INSTALL_PREFIX:PATH=//p' "$1/CMakeCache.txt")
pc=$(dirname "$(find "$place" -name weir.pc)")
export PKG_CONFIG_PATH=$pc PKG_CONFIG_SYSROOT_DIR=$place
flags=$(pkg-config --cflags --libs weir)
lib=$(dirname "$pc")
cc "$2/docs/examples/run_network.c" $flags -o "$place/example"
LD_LIBRARY_PATH=$lib "$place/example" "$2/configs/designs/digits.cfg" "$place/design" | tail -1
cc "$2/docs/examples/run_network.c" $(pkg-config --cflags weir) "$lib/libweir_static.a" \
    $(pkg-config --static --libs-only-l weir | sed 's/-lweir //') -o "$place/example_static"
LD_LIBRARY_PATH=$lib "$place/example_static" "$2/configs/designs/digits.cfg" "$place/design" | tail -1
"$place$prefix/bin/weir" version
