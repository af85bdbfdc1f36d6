# shellcheck shell=bash disable=SC2034
# What the tests of scripts/vm share. Each test is a program: it prints what it proves, and fails if it does not hold.
set -euo pipefail

vm=${SLIPWAY_VM:-$(readlink -f "$(dirname "${BASH_SOURCE[0]}")/../../scripts/vm")}
[ "$(id -u)" = 0 ] || { echo "SKIPPED: needs root"; exit 77; }
work=$(mktemp -d "${TMPDIR:-/tmp}/slipway-vm-test.XXXXXX")
trap 'rm -rf "$work"' EXIT
failures=0

# check WHAT COMMAND...: COMMAND succeeds
check() {
  local what=$1
  shift
  if "$@"; then echo "ok: $what"; else
    echo "FAIL: $what ($*)"
    failures=$((failures + 1))
  fi
}

# equal WHAT EXPECTED FOUND
equal() {
  if [ "$2" = "$3" ]; then echo "ok: $1"; else
    printf 'FAIL: %s\n  expected: %s\n  found:    %s\n' "$1" "$2" "$3"
    tail -n 20 "$work/err" | sed "s/^/  stderr:   /" >"$work/err.$failures" # of the guest that this was about
    cmp -s "$work/err.$failures" "$work/err.$((failures - 1))" || cat "$work/err.$failures"
    failures=$((failures + 1))
  fi
}

# guest ARGUMENT...: a run of vm; its output in $work/out and $work/err, its status in $status
guest() {
  status=0
  "$vm" --timeout "${limit:-300}" "$@" >"$work/out" 2>"$work/err" </dev/null || status=$?
}

# fact NAME: what a guest said in a line `NAME=...`
fact() { sed -n "s/^$1=//p" "$work/out"; }

finish() {
  if [ $failures != 0 ]; then
    echo "--- the last guest's stdout:" && tail -n 60 "$work/out"
    echo "--- the last guest's stderr:" && tail -n 60 "$work/err"
    echo "$failures failed"
    exit 1
  fi
}
