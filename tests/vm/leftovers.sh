#!/bin/bash
# Nothing of a guest stays: no process, mount or file, however its run ended. Two guests get on with each other.
. "$(dirname "$0")/common.sh"
export TMPDIR=$work/tmp
mkdir "$TMPDIR"

# Every process of a run has the state folder of its run among its mounts.
of_ours() { grep -l " $TMPDIR/slipway-vm" /proc/[0-9]*/mountinfo 2>/dev/null | cut -d/ -f3; }
none_left() { local i; for ((i = 0; i < 50; i++)); do [ -n "$(of_ours)" ] || return 0; sleep 0.1; done; return 1; }
# The last thread of a run to end may still hold the lock on its folder, when its process has no mounts any more.
unlocked() { local old; for old in "$TMPDIR"/slipway-vm.*; do [ ! -d "$old" ] || flock --timeout 20 "$old" true || return 1; done; }
mounts() { cut -d' ' -f5 /proc/self/mountinfo | grep -E "^$work|^/[^/]*$" | sort; } # not those of others
before=$(mounts)

guest true
equal 'a run that ends well' 0 $status
check 'leaves no process' none_left
equal 'no file' '' "$(ls -A "$TMPDIR")"

for signal in TERM KILL; do
  "$vm" sleep 1000 </dev/null >"$work/out" 2>"$work/err" &
  pid=$!
  seen='' # once is enough: helpers of its start come and go
  for ((i = 0; i < 100; i++)); do [ "$(of_ours | wc -l)" -lt 3 ] || { seen=yes; break; }; sleep 0.1; done
  check "$signal: there is something to end" [ -n "$seen" ]
  sleep 3
  kill -"$signal" $pid
  status=0
  wait $pid 2>/dev/null || status=$?
  equal "$signal: the status says so" $((128 + $(kill -l $signal))) $status
  check "$signal: no process is left" none_left
done
check 'the lock of the killed run is free' unlocked
check 'KILL leaves an empty folder at most' [ -z "$(find "$TMPDIR" -mindepth 2)" ]

"$vm" -- sh -c 'echo one; sleep 2; exit 11' >"$work/one" 2>&1 </dev/null & one=$!
"$vm" --sealed -- sh -c 'echo two; sleep 2; exit 12' >"$work/two" 2>&1 </dev/null & two=$!
status=0; wait $one || status=$?
equal 'two at once: the first' '11 one' "$status $(cat "$work/one")"
status=0; wait $two || status=$?
equal 'two at once: the second' '12 two' "$status $(cat "$work/two")"
equal 'the folder of the killed run is gone' '' "$(ls -A "$TMPDIR")"
equal 'the mounts are those of before' "$before" "$(mounts)"
touch "$work/out" "$work/err"
finish
