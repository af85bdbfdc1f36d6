#!/bin/bash
# A sealed guest: a hostile program that is root in it sees little of the host and changes nothing.
. "$(dirname "$0")/common.sh"

mkdir "$work/in" "$work/other"
echo visible >"$work/in/file"
printf '\033[31mfake\n' >"$work/in/text"
echo secret >"$work/other/file"
chmod 666 "$work/in/file"
disk=$(stat -c %d "$work")

host() { # everything that a guest's root might reach for
  hostname
  cat /proc/sys/kernel/core_pattern /proc/sys/kernel/random/boot_id
  [ ! -e /proc/modules ] || cut -d' ' -f1 /proc/modules
  cut -d' ' -f5,6 /proc/self/mountinfo | grep -vE '^/(tmp|run)/' # where others may be at work
  md5sum "$work/in/file" "$work/other/file" /etc/passwd /etc/hostname /usr/bin/env
  stat -c '%n %a %u %g %Y' "$work/in" "$work/other" /usr /usr/bin /etc /tmp/..
}
clock() { awk '{print int(systime() - $1)}' /proc/uptime; }
host >"$work/host.before"
clock_before=$(clock)

cat >"$work/in/attack" <<'END'
try() { name=$1; shift; if "$@" >/dev/null 2>&1; then echo "$name=yes"; else echo "$name=no"; fi; }
in=$1 other=$2 disk=$3
echo "user=$(id -u)"
echo "read=$(cat "$in/file")"
try shadow test -e /etc/shadow
try keys test -e /etc/ssh
try other test -e "$other"
try var test -e /var/lib/dpkg
echo "rest=$(ls -A /root /home /opt /srv /mnt /media | grep -v :)"
echo "top=$(ls /tmp)"
echo "links=$(ls /sys/class/net)"
echo "disks=$(ls /sys/block | grep -cv loop)"
try environment grep -q SECRET /proc/self/environ

try in-write sh -c "echo hacked >$in/file"
try in-create touch "$in/new"
try in-chmod chmod 777 "$in/file"
mount -o remount,rw "$in" 2>/dev/null
mkdir /tmp/share && try share mount -t virtiofs share /tmp/share
mount -o remount,rw /tmp/share 2>/dev/null
ls /tmp/share | tr '\n' ' ' | sed 's/^/shared=/'; echo
for path in . root root/usr root/usr/bin root/etc "root$in" modules dir; do
  try "write-${path//\//-}" touch "/tmp/share/$path/slipway-vm-test"
  try "node-${path//\//-}" mknod "/tmp/share/$path/slipway-vm-node" b 7 0
done
try share-write sh -c "echo hacked >/tmp/share/root$in/file"
try share-host test -e /tmp/share/root/etc/shadow -o -e "/tmp/share/root$other" -o -e /tmp/share/../../etc/shadow
mknod /tmp/disk b $((disk >> 8)) $((disk & 255))
try disk-read head -c 512 /tmp/disk
try disk-write sh -c 'head -c 512 /dev/zero >/tmp/disk'

try module modprobe dummy
try hostname hostname hacked
try core sh -c 'echo "|/tmp/hacked" >/proc/sys/kernel/core_pattern'
try clock date -s '2001-01-01'
try sysrq sh -c 'echo 1 >/proc/sys/kernel/sysrq'
mount -t tmpfs none /usr/share
head -c 3000000 /dev/zero | tr '\0' r >"$SLIPWAY_RESULT"
head -c 3000000 /dev/zero | tr '\0' e >&2
exit 5
END
export SECRET=secret
guest --sealed --in "$work/in" --result "$work/result" --log "$work/log" -- bash "$work/in/attack" "$work/in" "$work/other" "$disk"
equal 'the status passes through' 5 $status
equal 'the attacker is root' 0 "$(fact user)"
equal '--in is seen' visible "$(fact read)"
for name in shadow keys other var environment; do equal "not seen: $name" no "$(fact $name)"; done
equal 'not seen: what is in /root, /home, ...' '' "$(fact rest)"
equal 'not seen: what is in /tmp' "${work#/tmp/}" "$(fact top)"
equal 'no network but lo' lo "$(fact links)"
equal 'no disk' 0 "$(fact disks)"
for name in in-write in-create in-chmod share-write share-host disk-read disk-write; do equal "impossible: $name" no "$(fact $name)"; done
equal 'the attacker has the whole share' 'yes dir modules root ' "$(fact share) $(fact shared)"
equal '... and can write nowhere in it' 8 "$(grep -c '^write-.*=no$' "$work/out")"
equal '... nor make a node' 8 "$(grep -c '^node-.*=no$' "$work/out")"
for name in module hostname core clock sysrq; do equal "done to the guest: $name" yes "$(fact $name)"; done
equal 'the result stops at 1 MiB' $((1 << 20)) "$(stat -c %s "$work/result")"
equal '... and is the guest`s' r "$(head -c 1 "$work/result")"
check '... the rest is counted' grep -qa "^vm: result: $((3000000 - (1 << 20))) bytes beyond" "$work/err"
check 'stderr stops at 1 MiB' grep -qaE '^vm: stderr: 195[0-9]{4} bytes beyond' "$work/err"

# Ways to end it all. Each must end this guest alone, without a status to believe.
for way in 'reboot: echo b >/proc/sysrq-trigger' 'crash: echo c >/proc/sysrq-trigger' 'power-off: echo o >/proc/sysrq-trigger; sleep 100' \
  'end of PID 1: kill -9 -1; gdb -p 1 2>/dev/null; printf b >/proc/sysrq-trigger'; do
  guest --sealed --in "$work/in" -- sh -c "echo begun; cat $work/in/text >/dev/kmsg; echo 1 >/proc/sys/kernel/sysrq; ${way#*: }"
  equal "${way%%:*}: status" 125 $status
  check "${way%%:*}: its log is told" grep -q 'ended without a status' "$work/err"
  check "${way%%:*}: without its escape sequences" bash -c "! grep -q $'\033' '$work/err'"
done
limit=30 guest --sealed --max-output 10000 -- sh -c 'while :; do seq 100000; seq 100000 >&2; done'
equal 'endless output ends with its time' 124 $status
check '... and is cut' [ "$(stat -c %s "$work/out")" = 10000 ]

# The worst a guest can do with its status: lie about itself.
guest --sealed -- sh -c 'echo "0 0 0 0" >/dev/virtio-ports/slipway.status; sleep 100'
equal 'a forged status is believed of this guest' 0 $status
limit=20 guest --sealed -- sh -c 'echo "999 99999 x" >/dev/virtio-ports/slipway.status; sleep 100'
equal 'nonsense is not' 124 $status

host >"$work/host.after"
check 'the host is what it was' diff "$work/host.before" "$work/host.after"
check 'its clock too' [ $(($(clock) - clock_before)) -le 2 ]
finish
