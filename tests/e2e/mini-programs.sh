#!/bin/bash
# Real programs in a Debian under limits: nginx, whose processes are all in the container's group and namespaces, and
# whose page is to be had in its network and not outside; and python3, which forks, talks, shares memory and makes
# terminals.
#
# usage: mini-programs.sh BUILD
#
# The Debian takes some minutes and a network, so it is kept, packed, in BUILD/tests/debian-root.tar.gz.
set -euo pipefail
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=mini.d/mini.sh
. "$top/tests/e2e/mini.d/mini.sh"

packed=$build/tests/debian-root.tar.gz
make_debian() {
  local packages=nginx-light,python3
  if [ ! -e "$packed" ]; then
    timeout -k 5 570 "$top/scripts/rootfs" --debian --packages $packages --pack packed.tar.gz debian >making 2>&1 || {
      echo "SKIPPED: no Debian can be made here: $(tail -n 3 making)"
      exit "${SLIPWAY_NO_SKIP:-0}"
    }
    mkdir -p "${packed%/*}"
    mv packed.tar.gz "$packed.$$"
    mv "$packed.$$" "$packed"
  else
    timeout -k 5 400 "$top/scripts/rootfs" --from "$packed" debian
  fi
}
[ -d debian ] || make_debian # before the test has a network of its own
alone

mkdir out
before=$("$parts/tree-hash" debian)
limited=("$mini" --memory 50m --cpus 0.1 --pids 64 --hostname web debian --)

# ── nginx ─────────────────────────────────────────────────────────────────────────────────────────
timeout -k 5 300 "${limited[@]}" nginx -g 'daemon off;' >out/nginx 2>&1 </dev/null &
nginx=$!
# shellcheck disable=SC2016 # Python's
fetch='import urllib.request; print(urllib.request.urlopen("http://127.0.0.1/", timeout=20).read().decode())'
fetched() { nsenter --target "$init" --net python3 -c "$fetch" >out/page 2>out/error && grep -q 'Welcome to nginx' out/page; }
up() { find_init $nginx && fetched; }
holds "its page is fetched in its network: $(cat out/nginx)" eventually 120 up
if python3 -c "$fetch" >out/page 2>out/error; then fail 'its page is fetched outside, too'; fi
holds 'since nobody listens there' grep -q 'Connection refused' out/error

# group CONTROLLER: the folder of its group there
group() {
  local path mount
  path=$(awk -F: -v name="$1" '$2 ~ "(^|,)" name "(,|$)" {print $3}' "/proc/$init/cgroup")
  if [ -n "$path" ]; then
    mount=$(findmnt -rno TARGET -t cgroup -O "$1" | head -n 1)
  else
    path=$(sed -n 's/^0:://p' "/proc/$init/cgroup")
    mount=$(findmnt -rno TARGET -t cgroup2 | head -n 1)
  fi
  echo "$mount$path"
}
# reads CONTROLLER FILE VALUE FILE VALUE...: the first of the files that is there reads VALUE
reads() {
  local folder
  folder=$(group "$1")
  shift
  while [ $# -gt 0 ]; do
    if [ -e "$folder/$1" ]; then
      holds "$folder/$1 reads $(<"$folder/$1")" [ "$(<"$folder/$1")" = "$2" ]
      return
    fi
    shift 2
  done
  fail "no limit in $folder"
}
reads memory memory.max 52428800 memory.limit_in_bytes 52428800
reads cpu cpu.max '10000 100000' cpu.cfs_quota_us 10000
reads cpu cpu.max '10000 100000' cpu.cfs_period_us 100000
reads pids pids.max 64

# members: the processes of its pid namespace, with what they run
members() {
  ps -e --no-headers -o pid,pidns,args | awk -v wanted="$(stat -Lc %i "/proc/$init/ns/pid")" '$2 == wanted'
}
all_there() { # its init, the master, and a worker for each processor
  [ "$(members | grep -c 'nginx: master')" = 1 ] && [ "$(members | grep -c 'nginx: worker')" = "$(nproc)" ] &&
    [ "$(members | wc -l)" = $((2 + $(nproc))) ]
}
holds "the master and its workers are there: $(members)" eventually 60 all_there
members | awk '{print $1}' | sort >out/members
for controller in memory cpu pids; do
  holds "all are in the group for $controller" diff out/members <(sort "$(group $controller)/cgroup.procs")
done

# lsns names the namespaces of a process; five of nginx's are not ours.
worker=$(pgrep -f 'nginx: worker' | head -n 1)
lsns --noheadings --raw --output NS,TYPE,NPROCS --task "$worker" >out/lsns
new=$(while read -r inode type count; do
  [ "$inode" = "$(stat -Lc %i "/proc/self/ns/$type")" ] || echo "$type $count"
done <out/lsns | sort | tr '\n' ' ')
count=$((2 + $(nproc)))
holds "lsns shows five new namespaces: $new" [ "$new" = "ipc $count mnt $count net $count pid $count uts $count " ]

kill -s TERM "$(pgrep -P $nginx)"
status=0
wait $nginx || status=$?
holds "SIGTERM is nginx's, which ends well: $(cat out/nginx)" [ $status = 0 ]

# ── python3 ───────────────────────────────────────────────────────────────────────────────────────
run 137 "${limited[@]}" python3 -c "$(<"$parts/system.py")"
for what in forks talks_to_itself shares_memory has_terminals is_held_to_64; do says "$what yes"; done
silent 'has 100 MB'

holds "no process is left: $(ours)" nobody
holds 'the root is what it was' [ "$before" = "$("$parts/tree-hash" debian)" ]
finish 'nginx and python3 in a Debian'
