#!/bin/bash
# Right: a shell script; the limit is on one group, and the command in another below it.
set -euo pipefail

refuse() {
  echo "pids-limit: $1" >&2
  exit 125
}

if [ $# -lt 4 ] || [ "$1" != --max ] || [ "$3" != -- ]; then
  refuse 'usage: pids-limit --max NUMBER -- COMMAND...'
fi
[[ $2 =~ ^0*[1-9][0-9]*$ ]] || refuse "'$2' is not a number above 0"
most=$2
shift 3

# Field 5 of mountinfo is where it is mounted; behind " - " stand type, source and options.
v1=$(awk '{ n = split($NF, o, ","); for (i = 1; i <= n; i++) if (o[i] == "pids" && / - cgroup /) print $5 }' \
  /proc/self/mountinfo | head -n 1)
v2=$(awk '/ - cgroup2 / { print $5 }' /proc/self/mountinfo | head -n 1)
top=${v1:-$v2}/pids-$$-$RANDOM
command=$top/command

# shellcheck disable=SC2317 # the trap calls it
remove() {
  [ ! -d "$top" ] || echo 0 >"$top/pids.max"
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
if [ -z "$v1" ] && ! grep -qw pids "$v2/cgroup.subtree_control"; then
  echo +pids >"$v2/cgroup.subtree_control"
fi
mkdir "$top" "$command"
echo "$most" >"$top/pids.max"

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
