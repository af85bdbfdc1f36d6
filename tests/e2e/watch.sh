#!/bin/bash
# lab watch checks at each save, however an editor saves, and ends cleanly.
#
# usage: watch.sh BUILD
set -euo pipefail
. "$(dirname "$0")/common.sh"
workspace ws
mine=10-cgroup-tree/lab.cpp

env --default-signal=INT "$lab" watch 10 --seed 1 >"$work/watch.out" 2>&1 </dev/null &
pid=$!
trap 'kill -s KILL "$pid" 2>/dev/null || true; rm -rf "$work"' EXIT
checks() { grep -c '^Waiting for a change' "$work/watch.out" || true; }
checked() { [ "$(checks)" -ge "$1" ]; } # TIMES
saved() { # WHAT: it was checked once more
  eventually 60 checked $((before + 1)) || fail "not seen: $1; $(cat "$work/watch.out")"
  before=$(checks)
}
before=0
saved 'the starter, at once'
holds 'it says what to do first' grep -q 'Do first: step 1' "$work/watch.out"

cp "$source" "$work/new.cpp" && mv "$work/new.cpp" $mine
saved 'a file renamed over it'
holds 'it was the new one' grep -q '10 of 10 points' "$work/watch.out"
echo '// more' >>$mine
saved 'a write into it'
cp $mine "$work/again.cpp" && rm $mine && cp "$work/again.cpp" $mine
saved 'deleted and written again'
mv $mine $mine~ && cp $mine~ $mine
saved 'the old one renamed away, a new one written'
echo 'int unused;' >10-cgroup-tree/other.hpp
saved 'a header beside it'

now=$(checks)
echo swap >10-cgroup-tree/.lab.cpp.swp
echo note >10-cgroup-tree/notes.txt
sleep 1.5
holds 'other files are no reason' test "$(checks)" = "$now"
for _ in 1 2 3 4 5; do echo '//' >>$mine; done
saved 'five writes'
sleep 1.5
holds 'a burst of writes is one or two checks' test "$(checks)" -le $((now + 2))
holds 'no escape sequence without a terminal' test -z "$(grep -l $'\033' "$work/watch.out")"

kill -s INT "$pid"
status=0
wait "$pid" || status=$?
holds "Ctrl-C ends it with 0, not $status" test $status = 0

# Ctrl-C while a check runs
printf 'int main() { for (;;) __builtin_ia32_pause(); }\n' >$mine
env --default-signal=INT "$lab" watch >"$work/second.out" 2>&1 </dev/null &
pid=$!
child() { id=$(run_of "$(cut -d' ' -f1 "/proc/$pid/task/$pid/children")" || true) && [ -n "$id" ]; }
eventually 30 child || fail 'no check began'
sleep 0.5
kill -s INT "$pid"
status=0
wait "$pid" || status=$?
holds "Ctrl-C in a check ends it with 0, not $status" test $status = 0
holds 'and leaves nothing' nothing_of "$id"

cd "$work" && run 4 "$lab" watch
says 'lab init'
finish 'watch sees every way of saving'
