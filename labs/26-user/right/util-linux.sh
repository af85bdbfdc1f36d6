#!/bin/bash
# Right: unshare(1) makes the namespace for a process that only holds it; the shell outside writes the maps, and
# nsenter(1) brings the command in, which so gets its capabilities from setns(2).
# usage: user --uid-map INSIDE:OUTSIDE:COUNT [--gid-map INSIDE:OUTSIDE:COUNT] -- COMMAND...
set -euo pipefail

refuse() {
  echo "user: $*" >&2
  exit 125
}

users='' groups=''
while [ "${1:---}" != -- ]; do
  [[ ${2:-} =~ ^[0-9]+:[0-9]+:[0-9]+$ ]] || refuse "'${2:-}' is no map"
  case $1 in
    --uid-map) users=$2 ;;
    --gid-map) groups=$2 ;;
    *) refuse "$1 is not understood" ;;
  esac
  shift 2
done
if [ -z "$users" ] || [ $# -lt 2 ]; then refuse "an option or COMMAND is missing"; fi
shift
groups=${groups:-${users%%:*}:$(id -g):1}

unshare --user sleep infinity &
holder=$!
trap 'kill -KILL $holder 2>/dev/null' EXIT
until [ "$(readlink "/proc/$holder/ns/user")" != "$(readlink /proc/self/ns/user)" ]; do sleep 0.01; done

give_maps() {
  [ "$(id -u)" = 0 ] || echo deny >"/proc/$holder/setgroups"
  echo "${groups//:/ }" >"/proc/$holder/gid_map"
  echo "${users//:/ }" >"/proc/$holder/uid_map"
}
(set -e; give_maps) || refuse "the kernel refuses the maps"

ids=(--preserve-credentials)
[ "$(id -u)" != 0 ] || ids=(--setuid "${users%%:*}" --setgid "${groups%%:*}")
nsenter --user --target "$holder" "${ids[@]}" -- "$@" &
child=$!
trap 'kill -TERM $child' TERM INT
status=0
wait "$child" || status=$?
while kill -0 "$child" 2>/dev/null; do  # a signal interrupted the wait
  status=0
  wait "$child" || status=$?
done
exit "$status"
