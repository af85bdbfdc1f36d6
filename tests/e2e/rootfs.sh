#!/bin/bash
# scripts/rootfs: a root that a container can have, packed and unpacked the same; and never in the place of something
# that it has not made.
set -euo pipefail
# shellcheck source=tests/e2e/common.sh
. "$(dirname "$(readlink -f "$0")")/common.sh"

rootfs=$top/scripts/rootfs

run 0 "$rootfs" --pack "$work/packed.tar.gz" "$work/root"
run 0 "$build/labs/00-first-container/reference" "$work/root" sh -c 'hostname; stat -c %a /tmp'
says first-container
says 1777
run 0 "$rootfs" --from "$work/packed.tar.gz" "$work/unpacked"
run 0 diff -r --no-dereference "$work/root" "$work/unpacked"

# Made anew, whatever a container has left in it.
touch "$work/root/left"
run 0 "$rootfs" "$work/root"
holds 'what was left in it is gone' [ ! -e "$work/root/left" ]

mkdir "$work/mine"
touch "$work/mine/precious"
run 1 "$rootfs" "$work/mine"
says "$work/mine has something else in it"
holds 'what it has not made is still there' [ -e "$work/mine/precious" ]

# A file that is no root leaves the old one as it was.
touch "$work/root/kept"
run 2 "$rootfs" --from "$work/mine/precious" --debian "$work/root"
tar -cf "$work/other.tar" -C "$work/mine" .
run 1 "$rootfs" --from "$work/other.tar" "$work/root"
says 'was not packed by scripts/rootfs'
run 1 "$rootfs" --from "$work/nowhere.tar" "$work/root"
says "there is no file $work/nowhere.tar"
holds 'the old root is still there' [ -e "$work/root/kept" ]
holds 'nothing is left of the attempts' [ ! -e "$work/root.new" ]

run 2 "$rootfs"
says 'which folder?'
run 2 "$rootfs" a b
run 2 "$rootfs" --packages bash "$work/root"
says '--packages goes with --debian'

# No root is removed while something is mounted in it.
inside="mount -t tmpfs none $work/root/tmp; touch $work/root/tmp/kept; $rootfs $work/root; status=\$?; [ -e $work/root/tmp/kept ] && exit \$status"
run 1 unshare --mount bash -c "$inside"
says "something is mounted there: umount $work/root/tmp"
holds 'the old root is still there' [ -e "$work/root/kept" ]
finish "a root is made, packed, unpacked, and takes the place of nothing else"
