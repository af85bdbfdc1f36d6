#!/bin/sh
# Wrong: a process that does not exist looks like one without threads and children.
for thread in $(ls "/proc/$1/task" 2>/dev/null); do echo "thread $thread"; done
for child in $(cat /proc/"$1"/task/*/children 2>/dev/null); do echo "child $child"; done
exit 0
