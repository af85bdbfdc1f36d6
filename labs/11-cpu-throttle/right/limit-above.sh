#!/bin/bash
# Right: a shell script; the limit is on one group, and the command in another below it.
set -euo pipefail

refuse() {
  echo "cpu-throttle: $1" >&2
  exit 125
}

if [ $# -lt 4 ] || [ "$1" != --cpus ] || [ "$3" != -- ]; then
  refuse 'usage: cpu-throttle --cpus NUMBER -- COMMAND...'
fi
[[ $2 =~ ^[0-9]*\.?[0-9]+$ ]] || refuse "'$2' is not a number"
period=100000
quota=$(awk -v cpus="$2" -v period=$period 'BEGIN { printf "%d", cpus * period + 0.5 }')
[ "$quota" -gt 0 ] || refuse "'$2' is not above 0"
shift 3

# Field 5 of mountinfo is where it is mounted; behind " - " stand type, source and options.
v1=$(awk '{ n = split($NF, o, ","); for (i = 1; i <= n; i++) if (o[i] == "cpu" && / - cgroup /) print $5 }' \
  /proc/self/mountinfo | head -n 1)
v2=$(awk '/ - cgroup2 / { print $5 }' /proc/self/mountinfo | head -n 1)
top=${v1:-$v2}/throttle-$$-$RANDOM
command=$top/command

# shellcheck disable=SC2317 # the trap calls it
remove() {
  until rmdir "$command" "$top" 2>/dev/null; do
    [ -d "$top" ] || break
    [ -d "$command" ] || { rmdir "$top" && break; }
    while read -r pid; do kill -KILL "$pid" 2>/dev/null || true; done <"$command/cgroup.procs"
    sleep 0.01
  done
}

child=''
trap '[ -z "$child" ] || kill -TERM "$child" 2>/dev/null || true' TERM INT
trap remove EXIT
if [ -z "$v1" ] && ! grep -qw cpu "$v2/cgroup.subtree_control"; then
  echo +cpu >"$v2/cgroup.subtree_control"
fi
mkdir "$top" "$command"
if [ -n "$v1" ]; then
  echo "$period" >"$top/cpu.cfs_period_us"
  echo "$quota" >"$top/cpu.cfs_quota_us"
else
  echo "$quota $period" >"$top/cpu.max"
fi

# A job in the background of a script ignores SIGINT, so either signal reaches it as SIGTERM.
(echo "$BASHPID" >"$command/cgroup.procs" && trap - TERM INT EXIT && exec "$@") 2>/dev/null &
child=$!
status=0
wait "$child" || status=$?
while kill -0 "$child" 2>/dev/null; do # a signal interrupted the wait
  status=0
  wait "$child" || status=$?
done
exit "$status"
