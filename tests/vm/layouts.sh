#!/bin/bash
# The cgroup layouts are what they are called.
# shellcheck disable=SC2016 # expanded in the guest
. "$(dirname "$0")/common.sh"

guest --cgroup v2 -- sh -c 'grep cgroup /proc/mounts; echo "controllers=$(cat /sys/fs/cgroup/cgroup.controllers)"
  echo "enabled=$(cat /sys/fs/cgroup/cgroup.subtree_control)"; echo "self=$(cat /proc/self/cgroup)"
  mkdir /sys/fs/cgroup/a && echo 1048576 >/sys/fs/cgroup/a/memory.max && echo "limit=$(cat /sys/fs/cgroup/a/memory.max)"'
equal 'v2: one hierarchy' 1 "$(grep -c cgroup2 "$work/out")"
equal 'v2: no v1 hierarchy' 0 "$(grep -c '^cgroup ' "$work/out")"
check 'v2: cpu, cpuset, io, memory, pids are there' grep -qE 'controllers=cpuset cpu io memory .*pids' "$work/out"
equal 'v2: all are handed to the groups below' "$(fact controllers)" "$(fact enabled)"
equal 'v2: the command is in the root group' 0::/ "$(fact self)"
check 'v2: nsdelegate' grep -q '^cgroup2 .*nsdelegate' "$work/out"
equal 'v2: a limit holds' 1048576 "$(fact limit)"

guest --cgroup v1 -- sh -c 'grep cgroup /proc/mounts; awk "NR > 1 && \$4 {print \"kernel=\" \$1}" /proc/cgroups
  mkdir /sys/fs/cgroup/cpu/a && echo 10000 >/sys/fs/cgroup/cpu/a/cpu.cfs_quota_us && echo "quota=$(cat /sys/fs/cgroup/cpu/a/cpu.cfs_quota_us)"'
for controller in $(fact kernel); do
  check "v1: $controller alone in its hierarchy" grep -q " /sys/fs/cgroup/$controller cgroup .*[,]$controller " "$work/out"
done
check 'v1: the twelve of old are among them' [ "$(fact kernel | grep -cxE \
  'cpuset|cpu|cpuacct|memory|devices|freezer|net_cls|blkio|perf_event|hugetlb|pids|net_prio')" = 12 ]
equal 'v1: no cgroup2' 0 "$(grep -c cgroup2 "$work/out")"
equal 'v1: a limit holds' 10000 "$(fact quota)"

guest --cgroup hybrid -- sh -c 'grep cgroup /proc/mounts; echo "unified=$(cat /sys/fs/cgroup/unified/cgroup.controllers)"'
for controller in cpu cpuacct cpuset memory devices freezer blkio pids name=systemd; do
  check "hybrid: $controller is v1" grep -q "^[a-z]* /sys/fs/cgroup/${controller#name=} cgroup .*,$controller " "$work/out"
done
check 'hybrid: cgroup2 at unified' grep -q '^cgroup2 /sys/fs/cgroup/unified cgroup2' "$work/out"
check 'hybrid: hugetlb is left to cgroup2' grep -qw hugetlb <<<"$(fact unified)"
finish
