#!/bin/sh
# Wrong: four threads with neighbouring ids, as it happened to be once.
[ -d "/proc/$1" ] || exit 1
for more in 0 1 2 3; do echo "thread $(($1 + more))"; done
for child in $(cat /proc/"$1"/task/*/children 2>/dev/null); do echo "child $child"; done
