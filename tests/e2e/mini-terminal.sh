#!/bin/bash
# A container on a terminal: sizes, ^C, much typed and much shown, the status, and the terminal as it was before; and no
# terminal where there is none.
#
# usage: mini-terminal.sh BUILD
set -euo pipefail
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=mini.d/mini.sh
. "$top/tests/e2e/mini.d/mini.sh"
alone

make_root root
run 0 "$parts/terminal.py" "$mini" root
[ $failures != 0 ] || echo "$out"
holds "no process is left: $(ours)" nobody
finish 'a container on a terminal'
