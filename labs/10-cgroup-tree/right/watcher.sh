#!/bin/bash
# Right: a shell script that becomes the command itself; a watcher outside the group removes it.
set -euo pipefail

known=$(awk '!/^#/ { print $1 }' /proc/cgroups)

# A line each: mount point, version, controllers. In mountinfo the fields behind " - " are the
# type, the source and the options.
hierarchies() {
  while read -r _ _ _ _ mount rest; do
    read -r type _ options <<<"${rest#* - }"
    case $type in
      cgroup) echo "$mount 1 $(grep -xF "$known" <<<"${options//,/$'\n'}" | tr '\n' ' ')" ;;
      cgroup2) echo "$mount 2 $(cat "$mount/cgroup.controllers")" ;;
    esac
  done </proc/self/mountinfo
}

list() {
  local all
  all=$(hierarchies)
  while read -r mount version controllers; do
    for name in $controllers; do echo "$name $mount $version"; done
  done <<<"$all"
  for name in $known; do
    cut -d ' ' -f 3- <<<"$all" | grep -qw -- "$name" || echo "$name - -"
  done
}

watch() { # until the process $1 has ended
  set +e # processes and groups may vanish under its hands
  trap '' TERM INT HUP
  exec >/dev/null 2>&1
  while [ "$(awk '{ print $22 }' "/proc/$1/stat" || true)" = "$2" ]; do
    grep -q '^State:.Z' "/proc/$1/status" && break
    sleep 0.02
  done
  for folder in "${folders[@]}"; do
    until rmdir "$folder" || [ ! -d "$folder" ]; do
      while read -r pid; do kill -KILL "$pid"; done <"$folder/cgroup.procs"
      sleep 0.01
    done
  done
}

run() {
  local name=$1 folders=() mount version
  shift 2
  while read -r mount version _; do
    mkdir "$mount/$name"
    folders+=("$mount/$name")
    [ "$version" = 2 ] && continue
    for file in cpuset.cpus cpuset.mems; do
      [ ! -e "$mount/$file" ] || cat "$mount/$file" >"$mount/$name/$file"
    done
  done < <(hierarchies)
  local born
  born=$(awk '{ print $22 }' /proc/$$/stat) # before the watcher starts: we may be gone when it looks
  watch $$ "$born" &
  for folder in "${folders[@]}"; do echo $$ >"$folder/cgroup.procs"; done
  exec "$@"
}

case ${1-} in
  list) list ;;
  run) shift; run "$@" ;;
  *) echo 'usage: cgroup-tree list | cgroup-tree run NAME -- COMMAND...' >&2; exit 125 ;;
esac
