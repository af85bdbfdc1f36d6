#!/bin/bash
# Lab 20's reference against util-linux's lsns, on a zoo of processes made with util-linux's own tools: both name the
# same namespaces, with the same types, counts, first pids and commands. What only a mount keeps, lsns of util-linux
# before 2.40 does not show: there the mount's own inode is the measure.
#
# usage: namespace-list.sh BUILD
set -euo pipefail
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
list=$build/labs/20-namespace-list/reference

# In a pid namespace of its own, so that nobody comes or goes between the two lists.
in_zoo() {
  local list=$1 kept=$2 i
  for ((i = RANDOM % 3; i >= 0; i--)); do unshare --uts --ipc sleep 1000 & done
  unshare --net bash -c 'sleep 1000 & sleep 1000 & sleep 1000 & wait' &
  unshare --user --map-root-user --pid --fork --mount sleep 1000 &
  unshare --time --cgroup --fork bash -c 'sleep 1000 & wait' &
  unshare --ipc bash -c 'sleep 0 & exec sleep 1000' & # a zombie
  unshare --uts python3 -c '
import threading, time
for _ in range(3): threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
time.sleep(1000)' &
  touch "$kept"
  unshare --uts="$kept" true
  settle
  lsns --noheadings --raw --output NS,TYPE,NPROCS,PID >lsns.out
  lsns --noheadings --raw --output NS,COMMAND >commands.out
  "$list" >list.out
  stat -Lc %i "$kept" >kept.out
  umount "$kept"
}

# Until the zoo has been the same for a second.
settle() {
  local before='' now
  while now=$(lsns --noheadings --raw --output NS,TYPE,NPROCS 2>&1) && [ "$now" != "$before" ]; do
    before=$now
    sleep 1
  done
}

export -f in_zoo settle

timeout -k 5 120 unshare --pid --fork --kill-child --mount --propagation private --mount-proc \
  bash -euc "in_zoo '$list' '$work/kept'"

awk '$3 > 0 { print $1, $2, $3, $4 }' lsns.out | sort >lsns.lines
awk '$3 > 0 { print $1, $2, $3, $4 }' list.out | sort >list.lines
holds "the zoo has a dozen namespaces" [ "$(wc -l <lsns.lines)" -ge 12 ]
holds "the same namespaces, counts and first pids" diff lsns.lines list.lines

# lsns draws a tree before some commands, and writes blanks as \x20.
sed 's/\\xe2\\x94\\x[89][0-9a-f]//g;s/\\x20/ /g;s/  */ /g' commands.out | sort >lsns.commands
awk '$3 > 0 { print $1, substr($0, index($0, $5)) }' list.out | sort >list.commands
holds "the same commands" diff <(grep sleep lsns.commands | grep -v python) <(grep sleep list.commands | grep -v python)

holds "what a mount keeps has the count 0" [ "$(awk '$3 == 0 { print $1, $2, $4 }' list.out)" = "$(cat kept.out) uts -" ]
holds "and is named by its mount" grep -q "$work/kept" list.out

[ "$failures" = 0 ] || exit 1
echo "namespace-list.sh: as lsns has it, $(wc -l <lsns.lines) namespaces"
