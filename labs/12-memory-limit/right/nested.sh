#!/bin/bash
# Another right way: the limit is on an outer group, the command is in an inner one.
set -u
[[ $# -ge 4 && $1 == --max && $3 == -- && $2 =~ ^([0-9]+)([KMG]?)$ ]] || exit 125
bytes=${BASH_REMATCH[1]}
case ${BASH_REMATCH[2]} in
  K) bytes=$((bytes << 10)) ;;
  M) bytes=$((bytes << 20)) ;;
  G) bytes=$((bytes << 30)) ;;
esac
shift 3

version=2
mount=$(awk '/ - cgroup2 /{print $5}' /proc/self/mountinfo | head -n 1)
if [[ -z $mount ]] || ! grep -qw memory "$mount/cgroup.controllers"; then
  version=1
  mount=$(awk '/ - cgroup .*[ ,]memory(,|$)/{print $5}' /proc/self/mountinfo | head -n 1)
fi
outer=$mount/nested-$$-$RANDOM$RANDOM
inner=$outer/inner
mkdir -p "$inner" || exit 125

remove() {
  local group
  for group in "$inner" "$outer"; do
    until rmdir "$group" 2>/dev/null || [[ ! -d $group ]]; do
      while read -r pid; do kill -KILL "$pid" 2>/dev/null; done <"$group/cgroup.procs"
      sleep 0.01
    done
  done
}
trap remove EXIT

if [[ $version == 2 ]]; then
  echo "$bytes" >"$outer/memory.max" || exit 125
  [[ ! -e $outer/memory.swap.max ]] || echo 0 >"$outer/memory.swap.max"
  echo 1 >"$outer/memory.oom.group"
  events=$outer/memory.events
else
  echo "$bytes" >"$outer/memory.limit_in_bytes" || exit 125
  [[ ! -e $outer/memory.memsw.limit_in_bytes ]] || echo "$bytes" >"$outer/memory.memsw.limit_in_bytes"
  events=$inner/memory.oom_control
fi

# Before exec the child is this shell still, and moves itself. SIGINT is ignored in a background job
# of a script, so the command is sent SIGTERM in its place.
(
  echo "$BASHPID" >"$inner/cgroup.procs" || exit 125
  exec "$@"
) &
command=$!
trap 'kill -TERM $command' TERM INT
while :; do
  wait "$command"
  status=$?
  kill -0 "$command" 2>/dev/null || break
done
if [[ $status == 137 ]] && grep -q '^oom_kill [1-9]' "$events"; then
  echo "memory: the limit of $bytes bytes was reached" >&2
fi
exit "$status"
