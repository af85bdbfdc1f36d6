# shellcheck shell=bash disable=SC2034,SC2154
# What the tests of mini-run share; read after common.sh.
mini=$build/labs/70-mini-runtime/reference
parts=$top/tests/e2e/mini.d

# alone: from here on the test is in namespaces of its own. All mounts, processes and network links that it sees are
# its own and mini-run's, so it can ask for exactly what there was before; and all of them end with it, also when it is
# killed. Its mounts are shared, so that mini-run's would come out to it if mini-run allowed that.
alone() {
  local status=0
  if [ -n "${SLIPWAY_E2E_WORK-}" ]; then
    unset SLIPWAY_E2E_WORK
    trap - EXIT # $work is removed from outside
    mount --make-rshared /
    ip link set lo up
    return
  fi
  SLIPWAY_E2E_WORK=$work setpriv --pdeathsig KILL \
    unshare --mount --propagation private --pid --fork --kill-child --mount-proc --net --ipc --uts \
    bash "$top/tests/e2e/${0##*/}" "$build" &
  apart=$!
  trap 'set +e; kill -9 $apart 2>/dev/null; wait $apart; "$lab" clean >/dev/null; rm -rf "$work"' EXIT
  wait $apart || status=$?
  exit $status
}

# make_root DIR: a small one; in an emulated guest its 300 links take their time
make_root() { timeout -k 5 400 "$top/scripts/rootfs" "$1" || fail "no root was made"; }

# find_init PID: the first process of the container that `timeout` PID has started mini-run for: $init
find_init() {
  local runtime
  runtime=$(pgrep -P "$1") && init=$(pgrep -P "$runtime")
}

# groups: the folders of all groups of mini-run's, other tests' too
groups() {
  local mount
  while read -r mount; do
    compgen -G "$mount/slipway/mini-run-*" || true
  done < <(findmnt -rno TARGET -t cgroup,cgroup2)
}

# ours: the processes of containers and of mini-run itself in this test; none that has ended
ours() {
  ps -e --no-headers -o pid,pidns,stat,comm,args | awk -v own="$(stat -Lc %i /proc/self/ns/pid)" \
    '$3 !~ /^Z/ && $2 != "-" && ($2 != own || $4 == "reference")'
}

# nobody: none of them is left; the last may still be on its way out
nobody() { eventually 10 none_of_ours; }
none_of_ours() { [ -z "$(ours)" ]; }

# none_left FILE: none of the folders that it names is there
none_left() {
  local folder
  while read -r folder; do [ ! -e "$folder" ] || return 1; done <"$1"
}

# surroundings: what a container must not change: mounts, links and addresses, and files with our names
surroundings() {
  cut -d' ' -f3- /proc/self/mountinfo
  ip address
  find /tmp /run /var/tmp /dev/shm -maxdepth 2 -name '*mini-run-*' 2>/dev/null || true
  find "$work" ! -path "$work/out*" ! -path "$work/.out" | sort
}
