#!/bin/bash
# Right: a shell script; the lists are on one group, and the command in another below it.
set -euo pipefail

refuse() {
  echo "cpuset: $1" >&2
  exit 125
}

if [ $# -lt 6 ] || [ "$1" != --cpus ] || [ "$3" != --mems ] || [ "$5" != -- ]; then
  refuse 'usage: cpuset --cpus LIST --mems LIST -- COMMAND...'
fi
cpus=$2 mems=$4
shift 5

# Field 5 of mountinfo is where it is mounted; behind " - " stand type, source and options.
v1=$(awk '{ n = split($NF, o, ","); for (i = 1; i <= n; i++) if (o[i] == "cpuset" && / - cgroup /) print $5 }' \
  /proc/self/mountinfo | head -n 1)
v2=$(awk '/ - cgroup2 / { print $5 }' /proc/self/mountinfo | head -n 1)
top=${v1:-$v2}/cpuset-$$-$RANDOM
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
if [ -z "$v1" ] && ! grep -qw cpuset "$v2/cgroup.subtree_control"; then
  echo +cpuset >"$v2/cgroup.subtree_control"
fi
mkdir "$top"
echo "$cpus" >"$top/cpuset.cpus" || refuse "--cpus $cpus"
echo "$mems" >"$top/cpuset.mems" || refuse "--mems $mems"
# A group that is made in one with this flag begins with its lists, and not with empty ones.
[ -z "$v1" ] || echo 1 >"$top/cgroup.clone_children"
mkdir "$command"

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
