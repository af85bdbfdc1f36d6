#!/bin/bash
# Right: a shell script, of v2 wherever there is one, even beside v1's freezer. Who is left in the end is
# moved out of the group and killed there.
set -euo pipefail

refuse() {
  echo "freezer: $1" >&2
  exit 125
}

mount=$(awk '/ - cgroup2 / { print $5; exit }' /proc/self/mountinfo)
files=(cgroup.freeze 1 0)
if [ -z "$mount" ]; then
  mount=$(awk '/ - cgroup / && $NF ~ /(^|,)freezer/ { print $5; exit }' /proc/self/mountinfo)
  files=(freezer.state FROZEN THAWED)
fi
[ $# -ge 2 ] || refuse 'usage: freezer run NAME -- COMMAND... | pause NAME | resume NAME'
action=$1 group=$mount/$2
shift 2

freeze() { echo "${files[1]}" >"$group/${files[0]}"; }
thaw() { echo "${files[2]}" >"$group/${files[0]}"; }
is_frozen() { grep -qsx 'frozen 1' "$group/cgroup.events" || grep -qsx FROZEN "$group/freezer.state"; }

# shellcheck disable=SC2317 # the trap calls it
remove() {
  thaw 2>/dev/null || true
  until rmdir "$group" 2>/dev/null || [ ! -d "$group" ]; do
    while read -r pid; do kill -KILL "$pid" 2>/dev/null || true; done <"$group/cgroup.procs"
    sleep 0.01
  done
}

run() {
  shift # the two dashes
  local status=0
  child=''
  # A job in the background of a script ignores SIGINT, so either signal reaches it as SIGTERM.
  trap '[ -z "$child" ] || { kill -TERM "$child"; thaw; } 2>/dev/null || true' TERM INT
  mkdir "$group"
  trap remove EXIT
  (echo "$BASHPID" >"$group/cgroup.procs" && trap - TERM INT EXIT && exec "$@") 2>/dev/null &
  child=$!
  wait "$child" || status=$?
  while kill -0 "$child" 2>/dev/null; do # a signal interrupted the wait
    status=0
    wait "$child" || status=$?
  done
  exit "$status"
}

if [ "$action" = run ]; then
  run "$@"
fi
[ -d "$group" ] || refuse "there is no group $group"
if [ "$action" = pause ]; then
  freeze
  until is_frozen; do sleep 0.002; done
else
  thaw
fi
