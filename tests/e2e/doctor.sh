#!/bin/bash
# lab doctor finds what is missing on a machine that really lacks it (made so in namespaces of its own), says how to get
# it, and lab check is blocked with the same words.
#
# usage: doctor.sh BUILD
set -euo pipefail
. "$(dirname "$0")/common.sh"

# without COMMAND: a shell command that takes something away, then `lab` with these words, in one mount namespace
without() {
  local status=$1 take=$2
  shift 2
  run "$status" unshare --mount --propagation private sh -c "{ $take; } || exit 99; shift; exec \"\$@\"" sh -- "$lab" "$@"
}
state() { # NAME: what the doctor's JSON in $out says of a probe
  python3 -c 'import json, sys
print(next(p["state"] for p in json.loads(sys.argv[1])["probes"] if p["name"] == sys.argv[2]))' "$out" "$1"
}
v1_with() { # CONTROLLER: where its hierarchy of v1 is mounted; nothing where it is not
  findmnt -rno TARGET -t cgroup -O "$1" | head -n 1 || true
}

# mend ON-A-MACHINE: in a container it is whoever starts that who mounts the groups
mend() {
  if [ "$(readlink /proc/self/ns/pid /proc/self/ns/user | tr '\n' ' ')" = 'pid:[4026531836] user:[4026531837] ' ]; then
    echo "$1"
  else
    echo 'docker run --privileged --cgroupns=private'
  fi
}

run 0 "$lab" doctor
says 'Every lab can be checked'
run 0 "$lab" doctor --format json
holds 'perf_event is there, on v2 in every group' test "$(state controller-perf_event)" = fine
for controller in net_cls net_prio; do # which no lab needs
  so=missing
  [ -z "$(v1_with $controller)" ] || so=fine
  holds "$controller is there where it is mounted" test "$(state controller-$controller)" = $so
done

all_groups=$(findmnt -rno TARGET -t cgroup,cgroup2 | tac | tr '\n' ' ')
with_cpu=$(v1_with cpu)
if [ -n "$with_cpu" ]; then # v1: one hierarchy less
  without 3 "umount $with_cpu" doctor
  says 'controller cpu'
  says "$(mend "sudo mount -t cgroup -o cpu cgroup /sys/fs/cgroup/cpu")"
  says 'needed by labs 11 70'
  without 3 "umount $with_cpu" check 11 --program /bin/true
  says "$(mend 'sudo mount -t cgroup -o cpu cgroup')"
  silent FAIL
  without 1 "umount $with_cpu" check 10 --program /bin/false # which needs none
fi
without 3 "umount $all_groups" doctor --format json
holds 'no control groups at all' test "$(state cgroup)" = missing
without 3 "umount $all_groups" check 10 --program /bin/true
says 'no hierarchy is mounted'

without 3 "for g in $all_groups; do mount -o remount,bind,ro \$g; done" check 10 --program /bin/true
says 'Read-only'
says "$(mend 'remount,rw')"

without 3 'mount -t tmpfs none /proc/sys' doctor --format json
holds 'a /proc that is covered' test "$(state proc-mount)" = missing
# shellcheck disable=SC2016 # expanded by the inner shell
without 3 'mount --bind /bin/false /usr/bin/c++ 2>/dev/null || mount --bind /bin/false "$(readlink -f /usr/bin/c++)"' doctor
says 'compiler'
says 'apt-get install g++'

# a capability less in the bounding set
run 3 setpriv --bounding-set=-sys_chroot,-mknod "$lab" doctor --format json
holds 'a capability is missed' test "$(state capabilities)" = missing
run 3 setpriv --bounding-set=-sys_chroot "$lab" check 10 --program /bin/true
says cap_sys_chroot

holds 'the doctor leaves nothing' test -z "$(find /sys/fs/cgroup -maxdepth 4 -name 'doctor-*' -newer "$work/.out" 2>/dev/null)"
finish 'the doctor finds what is missing'
