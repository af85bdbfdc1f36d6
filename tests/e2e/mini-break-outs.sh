#!/bin/bash
# The known ways out of a container, each tried by its root: first seen to lead out where nothing stops it, in a naive
# container or with all capabilities, and then not out of mini-run's.
#
# usage: mini-break-outs.sh BUILD
set -euo pipefail
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=mini.d/mini.sh
. "$top/tests/e2e/mini.d/mini.sh"
alone

make_root root
cp -a root plain
run 0 gcc -static -O1 -o root/attempts "$parts/attempts.c"
mkdir out private
mount -t tmpfs private private # a file system on which files have handles
secret=$work/private/secret
echo "token-$RANDOM" >"$secret"

last_word() { grep -v '^usage' "$1" | tail -n 1 | sed "s|^$mini: ||" | cut -c1-90; }

# allowed WHAT COMMAND...: it leads out, here where nothing stops it
allowed() {
  local what=$1
  shift
  timeout -k 5 60 "$@" >out/allowed 2>&1 <&"$input" || fail "$what: it does not work outside either: $(<out/allowed)"
}

# forbidden WHAT COMMAND...: in a container it does not
forbidden() {
  local what=$1 status=0
  shift
  timeout -k 5 60 "$mini" --memory 64m --pids 32 root -- "$@" >out/forbidden 2>&1 <&"$input" || status=$?
  case $status in
    0) fail "$what: it led out: $(<out/forbidden)" ;;
    124 | 125 | 137) fail "$what: ended with $status: $(<out/forbidden)" ;;
  esac
  ! grep -q "$(<"$secret")" out/forbidden || fail "$what: the secret was read"
  echo "held: $what ($(last_word out/forbidden))"
}
exec {input}</dev/null

# A container that stays, for its namespaces: who enters them from outside has all capabilities.
timeout 590 "$mini" root -- sleep 1000 >out/stays 2>&1 &
stays=$!
sleeps() { find_init $stays && pgrep -P "$init" -x sleep >out/sleeps; }
holds 'a container stays' eventually 60 sleeps
strong=(nsenter --target "$init" --mount --pid --net --ipc --uts --root --wd unshare -m)

# both WHAT LINE: the shell's LINE leads out with all capabilities, and not with a container's
both() {
  allowed "$1" "${strong[@]}" sh -c "$2"
  forbidden "$1" sh -c "$2"
}

# ── files outside ─────────────────────────────────────────────────────────────────────────────────
allowed 'chroot and upwards' chroot root /attempts chroot "$secret"
forbidden 'chroot and upwards' /attempts chroot "$secret"

exec 9<"$work"
allowed 'an inherited folder descriptor' chroot root /attempts descriptor "$secret"
forbidden 'an inherited folder descriptor' /attempts descriptor "$secret"
exec 9<&-

# shellcheck disable=SC2016 # the inner shell's
allowed '/proc/1/root' unshare -m sh -c 'mount -t proc proc root/proc && chroot root /attempts proc "$0"' "$secret"
forbidden '/proc/1/root' /attempts proc "$secret"
both '/proc/1/root at all' 'ls /proc/1/root/'
both '/proc/1/exe, a program of the machine' 'head -c 1 /proc/1/exe'

handle=$(root/attempts handle "$secret")
exec {input}<private # any file there tells the kernel which file system is meant
allowed 'a file by its handle' root/attempts by-handle "$handle"
forbidden 'a file by its handle' /attempts by-handle "$handle"
exec {input}<&- {input}</dev/null

# ── the kernel's switches ─────────────────────────────────────────────────────────────────────────
# What they write is what there is, lest a hole does harm.
# shellcheck disable=SC2016 # the inner shell's
same='text=$(cat /proc/sys/kernel/core_pattern) && echo "$text" >/proc/sys/kernel/core_pattern'
allowed 'core_pattern' sh -c "$same"
forbidden 'core_pattern' sh -c "$same"
both 'core_pattern, writable again' "mount -o remount,bind,rw /proc/sys && $same"
forbidden 'core_pattern, beneath a mount of its own' \
  sh -c "mkdir /tmp/p; mount -t proc proc /tmp/p && ${same//proc\/sys/tmp/p/sys}"
if [ -e /proc/sysrq-trigger ]; then # h: the kernel prints a help
  allowed 'sysrq' sh -c ': >>/proc/sysrq-trigger'
  forbidden 'sysrq' sh -c 'echo h >/proc/sysrq-trigger'
  both 'sysrq, writable again' 'mount -o remount,bind,rw /proc/sysrq-trigger && : >>/proc/sysrq-trigger'
else
  echo 'this kernel has no sysrq'
fi

# ── masked and read-only paths ────────────────────────────────────────────────────────────────────
both 'a read-only /proc/sys, writable again' 'mount -o remount,bind,rw /proc/sys'
both 'a read-only /sys, writable again' 'mount -o remount,bind,rw /sys'
both 'a read-only /proc/bus, unmounted' 'umount /proc/bus'
masked=0
for path in /proc/keys /proc/timer_list /proc/kcore /proc/acpi /sys/firmware; do
  [ -e $path ] || continue
  masked=$((masked + 1))
  both "the mask on $path, unmounted" "umount $path"
  both "the mask on $path, remounted" "mount -o remount,bind,rw $path"
  both "beneath the mask on $path" "mkdir -p /tmp/p; mount --bind ${path%/*} /tmp/p && umount /tmp/p"
  forbidden "the mask on $path, in a user namespace" /attempts user umount $path
  forbidden "beneath the mask on $path, in a user namespace" \
    /attempts user sh -c "mkdir -p /tmp/p; mount --bind ${path%/*} /tmp/p"
done
holds 'there are masked paths' [ $masked -gt 1 ]
mkdir out/proc
allowed 'a new /proc in a user namespace' root/attempts user unshare --pid --fork mount -t proc proc out/proc
forbidden 'a new /proc in a user namespace' /attempts user unshare -p -f sh -c 'mkdir /tmp/p; mount -t proc proc /tmp/p'

# ── devices ───────────────────────────────────────────────────────────────────────────────────────
disk='c 1 5' # where there is no disk to be read: /dev/zero
while read -r major minor _; do
  if ! [[ $major =~ ^[0-9]+$ ]]; then continue; fi
  mknod out/disk b "$major" "$minor"
  if head -c 1 out/disk >/dev/null 2>&1; then disk="b $major $minor"; fi
  rm out/disk
done </proc/partitions
echo "the disk is $disk"
both 'the disk in /dev' "mknod /dev/disk $disk && head -c 1 /dev/disk >/dev/null"
both 'the disk in /tmp' "mknod /tmp/disk $disk"
both 'the disk in /dev/shm' "mknod /dev/shm/disk $disk"
# shellcheck disable=SC2086 # three words
mknod root/disk $disk
allowed 'the disk that the root brings with it' head -c 1 root/disk
forbidden 'the disk that the root brings with it' head -c 1 /disk

# ── groups ────────────────────────────────────────────────────────────────────────────────────────
controller=$(findmnt -rno OPTIONS -t cgroup | grep -oE '\b(freezer|devices|cpuset|memory)\b' | head -n 1) || true
mount_cgroup2='mkdir -p /tmp/c; mount -t cgroup2 none /tmp/c'
agent="mkdir -p /tmp/c; mount -t cgroup -o ${controller:-freezer} none /tmp/c &&
  text=\$(cat /tmp/c/release_agent) && echo \"\$text\" >/tmp/c/release_agent"
if [ -n "$controller" ]; then
  both 'release_agent' "$agent"
else
  forbidden 'release_agent' sh -c "$agent" # outside it would take the controller away from version 2
fi
both 'the groups of version 2' "$mount_cgroup2"
allowed 'a user namespace' root/attempts user mount -t tmpfs none out/proc
forbidden 'release_agent in a user namespace' /attempts user sh -c "$agent"
forbidden 'release_agent of a new hierarchy in a user namespace' \
  /attempts user sh -c "${agent/${controller:-freezer}/none,name=other}"

# shellcheck disable=SC2016 # the inner shell's
# What the group allows is written again as it is, lest the limit goes.
lift='mkdir -p /tmp/c; mount -t cgroup -o memory none /tmp/c 2>/dev/null || mount -t cgroup2 none /tmp/c
for file in /tmp/c/memory.max /tmp/c/memory.limit_in_bytes; do [ ! -e $file ] || { cat $file >/tmp/limit; cat /tmp/limit >$file; exit; }; done
exit 1'
forbidden 'its own limits, lifted in a user namespace' /attempts user sh -c "$lift"
freeze='mkdir -p /tmp/c; mount -t cgroup -o freezer none /tmp/c && mkdir /tmp/c/mini-run-tried && rmdir /tmp/c/mini-run-tried'
forbidden "the machine's groups, changed in a user namespace" /attempts user sh -c "$freeze"

# ── processes ─────────────────────────────────────────────────────────────────────────────────────
sleep 1000 &
outsider=$!
allowed "a process outside" root/attempts trace $outsider
find_it='grep -l "[s]ecret-of-outside" /proc/[0-9]*/cmdline'
bash -c 'exec -a secret-of-outside sleep 1000' &
named() { sh -c "$find_it" >/dev/null 2>&1; }
holds 'a process outside is seen outside' eventually 20 named
forbidden 'a process outside is seen' sh -c "$find_it"
# shellcheck disable=SC2016
forbidden 'a process outside, whatever its number' sh -c 'for pid in /proc/[0-9]*; do
  pid=${pid#/proc/}; [ $pid = 1 ] || [ $pid = $$ ] || ! /attempts trace $pid || exit 0; done; exit 1'
both 'the init, traced' '/attempts trace 1'
both "the init's environment" 'cat /proc/1/environ >/dev/null'

# ── the terminal outside ──────────────────────────────────────────────────────────────────────────
run 0 "$parts/pushes-input.py" root/attempts "$mini" root

# ── a root with links where the system is to be mounted ───────────────────────────────────────────
mkdir outside
touch outside/file
before=$("$parts/tree-hash" outside)
cut -d' ' -f3- /proc/self/mountinfo >out/mounts
# linked TARGET LINK [STATUSES]: where TARGET of the root is a link, a container starts with all that it needs, or is
# refused with a word why; and nothing outside becomes another
linked() {
  local status=0 what="$1 -> $2"
  rm -rf linked
  cp -a plain linked
  rm -rf "linked/${1:?}"
  mkdir -p "linked/$(dirname "$1")"
  ln -s "$2" "linked/$1"
  timeout -k 5 60 "$mini" linked -- sh -c '[ -c /dev/null ] && [ -r /proc/self/stat ] && [ -e /sys/kernel ]' \
    >out/linked 2>&1 </dev/null || status=$?
  [[ $status =~ ^(${3:-0|125})$ ]] || fail "$what: it ended with $status: $(<out/linked)"
  [ $status != 125 ] || holds "$what: it says where" grep -qE '/(proc|sys|dev)[a-z/]* in ' out/linked
  holds "$what: nothing outside is changed" [ "$before" = "$("$parts/tree-hash" outside)" ]
  holds "$what: the mounts outside are the same" diff out/mounts <(cut -d' ' -f3- /proc/self/mountinfo)
  echo "held: $what ($status $(last_word out/linked))"
}
upwards=../../../../../../../../../..
for target in proc dev sys dev/pts dev/shm dev/mqueue; do
  linked $target "$work/outside"
  linked $target "$upwards$work/outside"
done
linked proc /nowhere
linked proc ..
linked sys /proc/self/cwd
linked dev proc '1|125' # one lies on the other

kill $stays 2>/dev/null || true
wait $stays || true
umount private
holds "no process is left: $(ours)" nobody
finish 'no way leads out'
