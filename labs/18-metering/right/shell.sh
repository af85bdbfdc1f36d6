#!/bin/bash
# Right: a shell script with awk. Who is left when the command has ended is killed first; then the counters
# are read.
set -euo pipefail

if [ $# -lt 2 ] || [ "$1" != -- ]; then
  echo 'usage: metering -- COMMAND...' >&2
  exit 125
fi
shift
name=metering-$$-$RANDOM

# The mount point of a v1 hierarchy, by one of its controllers; nothing where there is none.
v1() { awk -v want="$1" '/ - cgroup / { n = split($NF, o, ","); for (i = 1; i <= n; i++) if (o[i] == want) print $5 }' /proc/self/mountinfo | head -n 1; }
v2=$(awk '/ - cgroup2 / { print $5; exit }' /proc/self/mountinfo)

# place V1-NAME V2-NAME: makes the group in that controller's hierarchy, and prints its folder.
place() {
  local mount
  mount=$(v1 "$1")
  if [ -z "$mount" ]; then
    mount=$v2
    grep -qw "$2" "$v2/cgroup.subtree_control" || echo "+$2" >"$v2/cgroup.subtree_control"
  fi
  mkdir -p "$mount/$name"
  echo "$mount/$name"
}
cpu=$(place cpuacct cpu) io=$(place blkio io) memory=$(place memory memory) pids=$(place pids pids)
mapfile -t groups < <(printf '%s\n' "$cpu" "$io" "$memory" "$pids" | sort -u)

if [ -e "$io/blkio.throttle.io_service_bytes" ]; then
  for disk in /sys/block/*/dev; do
    for way in read write; do # a disk may have gone meanwhile
      { echo "$(cat "$disk") 1000000000000" >"$io/blkio.throttle.${way}_bps_device"; } 2>/dev/null || true
    done
  done
fi

# shellcheck disable=SC2317 # the trap calls it
remove() {
  for group in "${groups[@]}"; do
    until rmdir "$group" 2>/dev/null || [ ! -d "$group" ]; do sleep 0.01; done
  done
}

child=''
trap '[ -z "$child" ] || kill -TERM "$child" 2>/dev/null || true' TERM INT
trap remove EXIT
# A job in the background of a script ignores SIGINT, so either signal reaches it as SIGTERM.
(for group in "${groups[@]}"; do echo "$BASHPID" >"$group/cgroup.procs"; done
  trap - TERM INT EXIT && exec "$@") 2>/dev/null &
child=$!
status=0
wait "$child" || status=$?
while kill -0 "$child" 2>/dev/null; do # a signal interrupted the wait
  status=0
  wait "$child" || status=$?
done
while [ -n "$(cat "$pids/cgroup.procs")" ]; do
  while read -r pid; do kill -KILL "$pid" 2>/dev/null || true; done <"$pids/cgroup.procs"
  sleep 0.01
done

{
  if [ -e "$cpu/cpuacct.stat" ]; then
    awk -v hz="$(getconf CLK_TCK)" '{ printf "cpu %s: %.2f s\n", $1, $2 / hz }' "$cpu/cpuacct.stat"
  else
    awk '/^(user|system)_usec/ { sub("_usec", "", $1); printf "cpu %s: %.6f s\n", $1, $2 / 1e6 }' "$cpu/cpu.stat"
  fi
  echo "memory peak: $(cat "$memory/memory.peak" 2>/dev/null || cat "$memory/memory.max_usage_in_bytes") bytes"
  file=$io/io.stat
  [ -e "$file" ] || file=$io/blkio.throttle.io_service_bytes_recursive
  tr ' ' '\n' <"$file" | awk -F = '
    before == "Read" || $1 == "rbytes" { read += $NF }
    before == "Write" || $1 == "wbytes" { written += $NF }
    { before = $1 }
    END { printf "io read: %d bytes\nio written: %d bytes\n", read, written }'
  echo "processes at most: $(cat "$pids/pids.peak")"
} >&2
exit "$status"
