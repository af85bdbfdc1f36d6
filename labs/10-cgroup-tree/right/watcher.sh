#!/bin/bash
# Right: a shell script that becomes the command itself; a watcher outside the group removes it.
set -euo pipefail

# With the shell's own words where it has some: in a guest another program takes a tenth of a second to start.
known=''
while read -r name _; do [[ $name == '#'* ]] || known+=" $name"; done </proc/cgroups

# A line each: mount point, version, controllers. In mountinfo the fields behind " - " are the
# type, the source and the options.
hierarchies() {
  local mount rest type options name controllers
  while read -r _ _ _ _ mount rest; do
    read -r type _ options <<<"${rest#* - }"
    case $type in
      cgroup)
        controllers=''
        for name in ${options//,/ }; do [[ "$known " != *" $name "* ]] || controllers+=" $name"; done
        echo "$mount 1$controllers" ;;
      cgroup2) echo "$mount 2 $(<"$mount/cgroup.controllers")" ;;
    esac
  done </proc/self/mountinfo
}

list() {
  local mount version controllers name seen=''
  while read -r mount version controllers; do
    seen+=" $controllers"
    for name in $controllers; do echo "$name $mount $version"; done
  done < <(hierarchies)
  for name in $known; do [[ "$seen " == *" $name "* ]] || echo "$name - -"; done
}

# The fields of /proc/PID/stat behind the name, which may have blanks in it: the state is the first, the time of birth
# the twentieth.
fields_of() {
  local line
  read -r line <"/proc/$1/stat" && echo "${line##*) }"
}

watch() { # until the process $1, born at $2, has ended
  local fields folder pid
  set +e # processes and groups may vanish under its hands
  trap '' TERM INT HUP
  exec >/dev/null 2>&1
  while read -ra fields <<<"$(fields_of "$1")" && [ "${fields[0]-Z}" != Z ] && [ "${fields[19]}" = "$2" ]; do sleep 0.02; done
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
      [ ! -e "$mount/$file" ] || echo "$(<"$mount/$file")" >"$mount/$name/$file"
    done
  done < <(hierarchies)
  local born
  read -ra born <<<"$(fields_of $$)" # before the watcher starts: we may be gone when it looks
  watch $$ "${born[19]}" &
  for folder in "${folders[@]}"; do echo $$ >"$folder/cgroup.procs"; done
  exec "$@"
}

case ${1-} in
  list) list ;;
  run) shift; run "$@" ;;
  *) echo 'usage: cgroup-tree list | cgroup-tree run NAME -- COMMAND...' >&2; exit 125 ;;
esac
