#!/bin/bash
# Right: unshare(1), and a shell as init, which reaps whatever it is given; the outer shell passes
# signals on by the pid that the init has outside.
shift # --
set -m # a job of its own does not ignore SIGINT
# A trap interrupts `wait`, which then is asked again; it remembers the status of one that has ended.
# shellcheck disable=SC2016 # the inner shell's own variables
unshare --pid --fork --mount-proc --kill-child bash -c '
  type -P "$1" >/dev/null || exit 127
  set -m
  "$@" <&0 &
  child=$!
  trap "kill -TERM $child; again=1" TERM
  trap "kill -INT $child; again=1" INT
  until again= ; wait "$child"; status=$?; [ -z "$again" ]; do :; done
  exit "$status"' init "$@" &
outer=$!
# shellcheck disable=SC2317 # the traps call it
pass_on() { kill "$1" "$(cat "/proc/$outer/task/$outer/children")"; again=1; }
trap 'pass_on -TERM' TERM
trap 'pass_on -INT' INT
until again=; wait "$outer"; status=$?; [ -z "$again" ]; do :; done
exit "$status"
