#!/bin/bash
# Right: what lsns knows, and what only mountinfo knows. lsns of util-linux 2.38 gives up when a process ends while
# it looks at it, and is asked again.
set -euo pipefail
declare -A listed
until list=$(lsns --noheadings --raw --output NS,TYPE,NPROCS,PID,COMMAND 2>/dev/null) && [ -n "$list" ]; do :; done
while read -r inode rest; do
  listed[$inode]=1
  echo "$inode $rest"
done <<<"$list"
while read -r _ _ _ root place _; do
  [[ $root =~ ^([a-z]+):\[([0-9]+)\]$ ]] || continue
  type=${BASH_REMATCH[1]} inode=${BASH_REMATCH[2]}
  [ -z "${listed[$inode]-}" ] || continue
  listed[$inode]=1
  echo "$inode $type 0 - $place"
done </proc/self/mountinfo
