#!/bin/bash
# Wrong: whether the kernel took the lists is not looked at.
[ "$1" = --cpus ] && [ "$3" = --mems ] && [ "$5" = -- ] || exit 125
cpus=$2 mems=$4
shift 5
mount=$(awk '/ - cgroup .*[ ,]cpuset(,|$)/ { print $5 }' /proc/self/mountinfo | head -n 1)
if [ -z "$mount" ]; then
  mount=$(awk '/ - cgroup2 / { print $5 }' /proc/self/mountinfo)
  echo +cpuset >"$mount/cgroup.subtree_control"
fi
group=$mount/cpuset-$$-$RANDOM
mkdir "$group"
echo "$cpus" >"$group/cpuset.cpus"
echo "$mems" >"$group/cpuset.mems"
(
  echo "$BASHPID" >"$group/cgroup.procs"
  exec "$@"
) &
child=$!
trap 'kill -TERM $child' TERM INT
wait "$child"
status=$?
while kill -0 "$child" 2>/dev/null; do
  wait "$child"
  status=$?
done
until rmdir "$group"; do
  kill -KILL $(cat "$group/cgroup.procs")
  sleep 0.01
done 2>/dev/null
exit "$status"
