#!/bin/sh
# build.sh OUTPUT.elf SOURCE.c…: compiles a C guest with the SDK, with the same bytes every time for the same compiler.
# CROSS names another toolchain than Debian's gcc-riscv64-unknown-elf; CFLAGS adds compiler flags.
set -eu
export LC_ALL=C
sdk=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
cross=${CROSS:-riscv64-unknown-elf-}
output=$1
shift

objects=$(mktemp -d)
trap 'rm -rf "$objects"' EXIT
target="-march=rv32im -mabi=ilp32"
flags="$target -std=c11 -O2 -ffreestanding -fno-strict-aliasing -fno-tree-loop-distribute-patterns -ffunction-sections -fdata-sections
    -fno-ident -fno-asynchronous-unwind-tables -fno-common -Wall -Wextra -Werror"
index=100 # of an object, so that the order of linking is the order of the arguments
for source in "$sdk/start.S" "$sdk/zkvm.c" "$@"; do
    folder=$(CDPATH= cd -- "$(dirname -- "$source")" && pwd)
    "${cross}gcc" $flags "-I$sdk" "-ffile-prefix-map=$folder=." ${CFLAGS:-} -c "$source" -o "$objects/$index.o"
    index=$((index + 1))
done
"${cross}gcc" $target -nostdlib -nostartfiles -static -T "$sdk/link.ld" -Wl,--gc-sections -Wl,--build-id=none -Wl,-z,max-page-size=4096 \
    -Wl,--no-warn-rwx-segments -Wl,--strip-debug "$objects"/*.o -lgcc -o "$output"
chmod 644 "$output"
