#!/bin/bash
# Right: what one would type: mkdir, echo, unshare(1), umount(8) and mount(8).
shift # --
name=view-$RANDOM$RANDOM folders=() mounts=()
while read -r _ _ _ _ place _ rest; do
  read -r type _ options <<<"${rest#*- }"
  [[ $type == cgroup* ]] || continue
  options=${options#rw} options=${options#,xattr} options=${options#,}
  [[ $options != name=* ]] || options=none,$options
  mkdir -p "$place/slipway/$name"
  if [ "$type" = cgroup ]; then
    for list in cpuset.cpus cpuset.mems; do # empty in a new group of v1
      [ ! -e "$place/$list" ] || [ "$(<"$place/slipway/$list")" ] || echo "$(<"$place/$list")" >"$place/slipway/$list"
      [ ! -e "$place/$list" ] || echo "$(<"$place/$list")" >"$place/slipway/$name/$list"
    done
  else
    options=
  fi
  folders+=("$place/slipway/$name")
  mounts+=("umount -l $place && mount -n -t $type ${options:+-o $options} groups $place")
done </proc/self/mountinfo

# shellcheck disable=SC2317 # the trap calls it
clean() {
  for folder in "${folders[@]}"; do
    for _ in {1..200}; do
      [ -d "$folder" ] || break
      while read -r pid; do kill -KILL "$pid" 2>/dev/null; done <"$folder/cgroup.procs"
      rmdir "$folder" 2>/dev/null || sleep 0.01
    done
    rmdir "${folder%/*}" 2>/dev/null
  done
}
trap clean EXIT
type -P "$1" >/dev/null || exit 127

set -m # a job of its own does not ignore SIGINT
(
  for folder in "${folders[@]}"; do echo "$BASHPID" >"$folder/cgroup.procs"; done
  exec unshare --cgroup --mount bash -c "$(printf '%s || exit 125\n' "${mounts[@]}")"$'\nexec "$@"' view "$@"
) &
child=$!
trap 'kill -TERM $child; again=1' TERM
trap 'kill -INT $child; again=1' INT
until again=; wait "$child"; status=$?; [ -z "$again" ]; do :; done
exit "$status"
