#!/bin/bash
# mini-run is killed with SIGKILL 200 times, at random moments: its container dies with it, and `lab clean` removes what
# is left of the groups.
#
# usage: mini-killed.sh BUILD
#        SEED=N mini-killed.sh BUILD    the same moments as in that run
set -euo pipefail
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=mini.d/mini.sh
. "$top/tests/e2e/mini.d/mini.sh"
alone

make_root root
mkdir out
before=$("$parts/tree-hash" root)
surroundings >out.before
run 0 "$parts/killed.py" "$mini" root "${KILLS:-200}" ${SEED:+"$SEED"}
[ $failures != 0 ] || echo "$out"

# Groups of other tests are among them; those end by themselves.
groups >out.groups
holds 'a SIGKILL leaves groups' [ -s out.groups ]
run 0 "$lab" clean
holds "lab clean leaves no group: $(groups)" eventually 60 none_left out.groups
holds "no process is left: $(ours)" nobody
surroundings >out.after
holds 'no mount, link or file is left' diff out.before out.after
holds 'the root is what it was' [ "$before" = "$("$parts/tree-hash" root)" ]
finish 'who kills mini-run kills its container'
