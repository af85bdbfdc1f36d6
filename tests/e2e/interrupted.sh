#!/bin/bash
# Ctrl-C in the middle of a check leaves nothing; a killed checker leaves what `lab clean` removes; two checks at once
# do not disturb each other.
#
# usage: interrupted.sh BUILD
set -euo pipefail
. "$(dirname "$0")/common.sh"
workspace ws

# begin: a check whose program hangs, in the background: $pid, and its run's id in $id
begin() {
  env --default-signal=INT "$lab" check 10 --program "$work/hangs" >"$work/check.out" 2>&1 </dev/null &
  pid=$!
  id=''
  for _ in $(seq 400); do
    id=$(run_of "$pid" || true)
    if [ -n "$id" ] && ! nothing_of_groups "$id"; then return; fi
    sleep 0.05
  done
  fail "no check began: $(cat "$work/check.out")"
}
nothing_of_groups() { # ID: it has no groups
  local mount
  while read -r mount; do
    if compgen -G "$mount/slipway/$1-*" >/dev/null; then return 1; fi
  done < <(findmnt -rno TARGET -t cgroup,cgroup2)
}
ends() { # STATUS
  local status=0
  eventually 30 gone "$pid" || fail 'it did not end'
  wait "$pid" || status=$?
  [ "$status" = "$1" ] || fail "it ended with $status, not $1"
}
gone() { [ ! -e "/proc/$1" ] || grep -q '^State:.Z' "/proc/$1/status"; }
printf '#!/bin/sh\ntrap "" TERM INT\n(sleep 1000 &)\nsleep 1000\n' >hangs.sh
install -m 755 hangs.sh "$work/hangs"

for signal in INT TERM HUP; do
  begin
  kill -s "$signal" "$pid"
  ends $((128 + $(kill -l "$signal")))
  holds "SIG$signal in a check leaves nothing" nothing_of "$id"
done

begin
kill -s KILL "$pid"
ends 137
sleep 0.3
holds 'a SIGKILL leaves something to clean' test -e "/run/slipway/$id"
run 0 "$lab" clean
holds 'lab clean leaves nothing' nothing_of "$id"

# two at once: each has its verdict, and both count
cp "$source" 10-cgroup-tree/lab.cpp
timeout 120 "$lab" check 10 >"$work/one" 2>&1 &
one=$!
timeout 120 "$lab" check 11 >"$work/two" 2>&1 &
two=$!
run 0 "$lab" list
wait $one || fail "the first of two at once: $(cat "$work/one")"
status=0
wait $two || status=$?
holds 'the second of two at once fails, as starters do' test $status = 1
run 0 "$lab" list
says '10/10 done'

finish 'an interrupted check leaves nothing'
