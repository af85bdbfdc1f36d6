#!/bin/bash
# A hundred containers from one root, four at a time: each ends as its command did and sees nothing of the others, and
# afterwards no group, mount, process, file or link is left, and the root is what it was, to the nanosecond.
#
# usage: mini-many.sh BUILD
#        MANY=N mini-many.sh BUILD    so many instead
set -euo pipefail
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=mini.d/mini.sh
. "$top/tests/e2e/mini.d/mini.sh"
alone

many=${MANY:-100}
make_root root
mkfifo root/tmp/pipe
setfattr -n user.slipway -v kept root/etc 2>/dev/null || true # where the file system can
mkdir out

# What each does with the root: it changes all kinds of things, and leaves processes behind. Its words: its number.
# shellcheck disable=SC2016,SC2089 # its own variables
inside='
cat /proc/self/cgroup
readlink /proc/self/ns/net
[ -e /left ] || echo clean
[ "$(ls -d /proc/[0-9]* | wc -l)" -lt 6 ] && echo by itself
sleep 1000 &
(sleep 1000 &)
echo "$1" >/left
echo changed >>/etc/passwd && chmod 700 /etc && chown 1:1 /tmp && rm -r /tmp/pipe /bin/ls && mv /bin/cat /cat &&
  ln /bin/busybox /hard && ln -s left /soft && touch -d 2001-01-01 /bin/busybox && mkdir -p /a/b/c /dev/shm/d &&
  ip link add other type dummy 2>/dev/null; ip link set lo mtu 1000 2>/dev/null; hostname other 2>/dev/null
[ "$(tail -n 1 /etc/passwd)" = changed ] && [ ! -e /bin/ls ] && echo changed
[ $(($1 % 10)) != 0 ] || kill -9 $$
exit "$1"'

one() {
  local status=0
  timeout -k 5 120 "$mini" --memory 32m --cpus 1 --pids 16 root -- \
    sh -c "$inside" sh "$1" >"out/$1" 2>&1 </dev/null || status=$?
  echo "status $status" >>"out/$1"
}
export -f one
# shellcheck disable=SC2090
export mini inside

before=$("$parts/tree-hash" root)
surroundings >out.before
seq "$many" | xargs -P 4 -I{} bash -c 'one {}'

for number in $(seq "$many"); do
  wanted=$((number % 10 == 0 ? 137 : number))
  for line in clean 'by itself' changed "status $wanted"; do
    grep -qx "$line" "out/$number" || fail "$(printf 'container %s: no line "%s", but:\n%s' "$number" "$line" "$(<"out/$number")")"
  done
done
grep -oh 'slipway/mini-run-[0-9a-f]*$' out/* | sort -u >out.names
holds 'each had a group of its own' [ "$(wc -l <out.names)" = "$many" ]
holds 'each had a network of its own' [ "$(cat out/* | grep '^net:' | grep -vcF "$(readlink /proc/self/ns/net)")" = "$many" ]
while read -r mount; do sed "s|^|$mount/|" out.names; done < <(findmnt -rno TARGET -t cgroup,cgroup2) >out.groups
holds 'no group is left' none_left out.groups
holds "no process is left: $(ours)" nobody
surroundings >out.after
holds 'no mount, link, address or file is left' diff out.before out.after
holds 'the root is what it was' [ "$before" = "$("$parts/tree-hash" root)" ]

# That all of this would have been seen:
touch root/tmp
holds 'the hash sees a touch' [ "$before" != "$("$parts/tree-hash" root)" ]
finish "$many containers leave nothing"
