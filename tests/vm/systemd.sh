#!/bin/bash
# systemd as PID 1, for the systemd cgroup driver: the command is a unit with a delegated group, D-Bus answers.
. "$(dirname "$0")/common.sh"

# shellcheck disable=SC2016 # expanded in the guest
guest --systemd -- sh -c 'echo "init=$(cat /proc/1/comm)"; echo "self=$(cat /proc/self/cgroup)"
  echo "delegate=$(systemctl show --value -p Delegate slipway)"
  echo "scope=$(systemd-run --quiet --scope --unit=test-scope cat /proc/self/cgroup)"
  echo "cgroup=$(stat -f -c %T /sys/fs/cgroup)"; exit 9'
equal 'PID 1 is systemd' systemd "$(fact init)"
equal 'the command is a unit' 0::/system.slice/slipway.service "$(fact self)"
equal 'its group is delegated' yes "$(fact delegate)"
equal 'a scope can be had over D-Bus' 0::/system.slice/test-scope.scope "$(fact scope)"
equal 'cgroup v2' cgroup2fs "$(fact cgroup)"
equal 'the status passes through' 9 $status

guest --systemd --cgroup hybrid -- sh -c 'stat -f -c %T /sys/fs/cgroup /sys/fs/cgroup/unified /sys/fs/cgroup/memory'
equal 'hybrid with systemd' 'tmpfs cgroup2fs cgroupfs' "$(tr '\n' ' ' <"$work/out" | sed 's/ $//')"
finish
