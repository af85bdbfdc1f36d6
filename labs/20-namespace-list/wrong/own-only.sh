#!/bin/bash
# Wrong: its own namespaces, and nobody else's.
for kind in cgroup ipc mnt net pid time user uts; do
  echo "$(stat -Lc %i "/proc/self/ns/$kind") $kind 1 $$ $0"
done
