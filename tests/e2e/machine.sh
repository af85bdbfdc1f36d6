#!/bin/bash
# The comparison that all labs' programs have to stand (tests/machine.py) finds what has changed, and names it: each
# kind of thing is changed once, in namespaces of our own, so that the machine itself stays as it is.
#
# usage: machine.sh BUILD
set -euo pipefail
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
machine=$top/tests/machine.py
mkdir -p fake/labs # stands for the build folder
cp "$(command -v sleep)" fake/labs/wrong

# Namespaces of our own, and in them small folders of our own for /dev, /run, the disks and the groups.
cat >inside <<'END'
set -euo pipefail
machine=$1 change=$2
mount -t sysfs sysfs /sys # of this network namespace
for folder in /dev /run /sys/fs/cgroup /sys/block; do mount -t tmpfs tmpfs "$folder"; done
mknod -m 666 /dev/null c 1 3
mknod -m 666 /dev/zero c 1 5
mkdir -p /run/slipway /sys/fs/cgroup/cpu/slipway
touch /sys/fs/cgroup/cpu/cgroup.procs /run/passwd
"$machine" record fake --file before
eval "$change"
status=0
"$machine" compare fake --file before --within 0 || status=$?
[ ! -e pid ] || { kill "$(cat pid)"; rm pid; }
exit $status
END
inside() {
  run "$1" unshare --uts --ipc --net --pid --fork --kill-child --mount-proc --propagation private bash inside "$machine" "$2"
}

# changed COMMAND WORDS...: after COMMAND the comparison fails, and names each
changed() {
  local command=$1
  shift
  inside 1 "$command"
  local words
  for words in "$@"; do says "$words"; done
}

changed 'hostname other; echo other >/proc/sys/kernel/domainname; echo 1 >/proc/sys/net/ipv4/ip_forward' \
  'names: host name:' "became 'other'" 'names: domain name:' 'settings: net/ipv4/ip_forward'
changed 'mount -t tmpfs tmpfs /mnt; umount /run; mount --make-shared /dev; mount -o remount,ro,bind /sys/fs/cgroup' \
  'mounts: new: /mnt' 'mounts: gone: /run' 'mounts: /dev' shared: 'mounts: /sys/fs/cgroup'
changed 'ip link add other type veth peer name another; ip link set lo mtu 1000 up; ip address add 10.1.2.3/24 dev lo
  ip route add 10.9.0.0/16 dev lo' \
  'links: new: other' 'links: new: another' 'links: lo' 'addresses: new: 10.1.2.3' 'addresses: new: 10.9.0.0'
changed 'mknod /dev/other b 7 0; chmod 600 /dev/null; rm /dev/zero; mknod -m 666 /dev/zero c 1 3' \
  'devices: new: /dev/other' 'devices: /dev/null' 'devices: /dev/zero'
changed 'ipcmk -Q; ipcmk -S 1; ipcmk -M 1; mount -t mqueue mqueue /mnt; touch /mnt/other; umount /mnt' \
  'queues: new: msg' 'queues: new: sem' 'queues: new: shm' 'queues: new: queue other'
# shellcheck disable=SC2016
changed 'fake/labs/wrong 1000 & echo $! >pid; mount --bind /run/passwd /etc/passwd; touch /run/mine
  chown 1900000001 /run/mine; mkdir /run/slipway/check-00000000
  cd /sys/fs/cgroup/cpu; mkdir other slipway/check-00000000-top slipway/other; touch slipway/other/cgroup.procs; cd -' \
  'processes: new:' 'files: /etc/passwd' 'left behind: new: /run/mine' 'left behind: new: folder' \
  'left behind: new: group' 'empty groups: new: /sys/fs/cgroup/cpu/other' \
  'empty groups: new: /sys/fs/cgroup/cpu/slipway/other'
inside 0 'sleep 0.1'
says 'as it was'

# A clock is the whole machine's: here it is a time namespace that shows another.
run 0 "$machine" record fake --file before
run 1 unshare --time --boottime 100000 --fork "$machine" compare fake --file before --within 0
says 'clocks: real time was set by'
says 'clocks: offsets'
finish "what has changed is named"
