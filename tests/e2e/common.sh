# shellcheck shell=bash disable=SC2034
# What the end-to-end tests share. Each is a program with the build folder as its one argument: it goes a learner's
# way with the real `lab`, prints what it proves, and fails if one thing does not hold.
# A test's header is its help.
[ "${1-}" != -h ] || { sed -n '2,/^set -/{s/^# \{0,1\}//p}' "$0"; exit 0; }
build=$(readlink -f "${1:?the build folder}")
[ "$(id -u)" = 0 ] || { echo "SKIPPED: needs root"; exit "${SLIPWAY_NO_SKIP:-0}"; }
lab=$build/bin/lab
reference=$build/labs/10-cgroup-tree/reference
top=$(readlink -f "$(dirname "$0")/../..")
source=$top/labs/10-cgroup-tree/lab.cpp
export SLIPWAY_PREFIX=$build
export LC_ALL=C.UTF-8 # as the machine of the one who runs this may have it or not
unset SUDO_UID SUDO_GID NO_COLOR PAGER
user=1899900001 # nobody has this number
work=${SLIPWAY_E2E_WORK:-$(mktemp -d /tmp/slipway-e2e.XXXXXX)} # see alone() in mini.d/mini.sh
chmod 755 "$work"
trap 'rm -rf "$work"' EXIT
failures=0
cd "$work" || exit

fail() {
  echo "FAIL: $1"
  failures=$((failures + 1))
}

# run STATUS COMMAND...: COMMAND ends with STATUS within two minutes; what it printed is in $out
run() {
  local wanted=$1 status=0
  shift
  timeout -k 5 120 "$@" >"$work/.out" 2>&1 </dev/null || status=$?
  out=$(tr '\0' '?' <"$work/.out")
  [ "$status" = "$wanted" ] || fail "$(printf '%s ended with %s, not %s; it printed:\n%s' "$*" "$status" "$wanted" "$out")"
}

# says TEXT, silent TEXT: $out has it, or has it not
says() { [[ $out == *"$1"* ]] || fail "$(printf 'not said: %s\nbut:\n%s' "$1" "$out")"; }
silent() { [[ $out != *"$1"* ]] || fail "$(printf 'said: %s\nin:\n%s' "$1" "$out")"; }

# holds WHAT COMMAND...
holds() {
  local what=$1
  shift
  "$@" || fail "$what ($*)"
}

# eventually SECONDS COMMAND...: COMMAND succeeds before they are over
eventually() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    [ $SECONDS -lt $end ] || return 1
    sleep 0.05
  done
}

# workspace NAME: a new one, which becomes the current folder
workspace() {
  run 0 "$lab" init "$work/$1"
  cd "$work/$1" || exit
}

# run_of PID: the id of the check run that this `lab` holds
run_of() { find "/proc/$1/fd" -type l -printf '%l\n' 2>/dev/null | grep -om1 'check-[0-9a-f]*'; }

# nothing_of ID: no folder and no group of that run is left
nothing_of() {
  local mount
  [ ! -e "/run/slipway/$1" ] || return 1
  while read -r mount; do
    if compgen -G "$mount/slipway/$1-*" >/dev/null; then return 1; fi
  done < <(findmnt -rno TARGET -t cgroup,cgroup2)
}

finish() {
  [ $failures = 0 ] || { echo "$failures failed"; exit 1; }
  echo "ok: $1"
}
