#!/bin/bash
# Lab 29's reference against util-linux's nsenter: what a command sees in the namespaces of another process is the same,
# for root and for an ordinary user, and so is how it ends.
#
# usage: join.sh BUILD
set -euo pipefail
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
join=$build/labs/29-join/reference
install -m 755 "$join" join # where an ordinary user may execute it
# shellcheck disable=SC2016
look='for kind in cgroup ipc mnt net pid time user uts; do readlink /proc/self/ns/$kind; done
hostname; pwd; id -u; stat -c "%d %i" / .; ls /proc/self/fd | wc -l'

# target COMMAND...: starts it; its last descendant, named `sleep`, is the target: $pid
targets=()
target() {
  "$@" &
  targets+=($!)
  eventually 20 asleep $!
}
asleep() {
  pid=$1
  until [ "$(cat "/proc/$pid/comm")" = sleep ]; do
    pid=$(cat "/proc/$pid/task/$pid/children" 2>/dev/null)
    pid=${pid%% *}
    [ -n "$pid" ] || return 1
  done
}
trap 'kill -9 "${targets[@]}" 2>/dev/null || true; rm -rf "$work"' EXIT

# same NAMES NSENTER-OPTION...: in these namespaces, both show the same; AS is put before both
as=()
same() {
  local names=$1
  shift
  "${as[@]}" nsenter --target "$pid" "$@" sh -c "$look" >nsenter.out 2>&1 || fail "nsenter $*: $(cat nsenter.out)"
  "${as[@]}" "$work/join" --target "$pid" --namespaces "$names" -- sh -c "$look" >join.out 2>&1 ||
    fail "join $names: $(cat join.out)"
  # The command itself, and not only its children.
  "${as[@]}" nsenter --target "$pid" "$@" readlink /proc/self/ns/pid >>nsenter.out
  "${as[@]}" "$work/join" --target "$pid" --namespaces "$names" -- readlink /proc/self/ns/pid >>join.out
  holds "the same with $names" diff nsenter.out join.out
  holds "all was seen with $names" [ "$(wc -l <join.out)" = 15 ]
}

target unshare --uts --ipc --net --mount --pid --cgroup --time --fork --kill-child --mount-proc \
  sh -c 'hostname inside; cd /usr/lib; exec sleep 1000'
same uts --uts
same ipc,net --ipc --net
same cgroup,time --cgroup --time
same pid --pid
same mnt,pid --mount --pid --root --wd
same uts,pid,mnt,net,ipc,cgroup,time --uts --pid --mount --net --ipc --cgroup --time --root --wd
holds "the host name is the target's" grep -qx inside join.out
holds "the working folder is the target's" grep -qx /usr/lib join.out
for line in 'exit 7' 'kill -9 $$' 'exec /dev/null'; do
  status=0 other=0
  nsenter --target "$pid" --pid sh -c "$line" >/dev/null 2>&1 || status=$?
  "$join" --target "$pid" --namespaces pid -- sh -c "$line" >/dev/null 2>&1 || other=$?
  holds "the status of $line" [ "$status" = "$other" ]
done

# A root that is not the top of its mount namespace.
mkdir -p root/usr root/proc
for name in bin sbin lib lib64; do [ ! -L "/$name" ] || ln -s "usr/$name" "root/$name"; done
# shellcheck disable=SC2016
target unshare --mount --propagation private sh -c \
  'mount --bind /usr "$0/usr"; mount -t proc proc "$0/proc"; exec chroot "$0" sh -c "cd /usr; exec sleep 1000"' "$work/root"
same mnt --mount --root --wd
holds "the root is the target's" grep -qx "$(stat -c '%d %i' "$work/root")" join.out

# A user namespace: its root is who joins it.
target unshare --user --map-root-user --net --uts sleep 1000
same user,net,uts --user --net --uts
target unshare --net unshare --user --map-root-user --uts sleep 1000 # it does not own its network
same user,net,uts --user --net --uts
as=(setpriv "--reuid=$user" "--regid=$user" --clear-groups)
target "${as[@]}" unshare --user --map-root-user --net --uts sleep 1000
same user,net,uts --user --net --uts --preserve-credentials
holds "an ordinary user is root there" grep -qx 0 join.out
run 125 "${as[@]}" "$work/join" --target "${targets[0]}" --namespaces uts -- true

[ "$failures" = 0 ] || exit 1
echo "join.sh: as nsenter does it"
