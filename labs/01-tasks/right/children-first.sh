#!/bin/sh
# Right: the children first, and the threads from the greatest to the least.
cd "/proc/$1/task" || exit 1
# A thread that ends before its file is opened has no children: cat says so, and that is all.
for child in $(cat ./*/children 2>/dev/null); do echo "child $child"; done
for thread in $(ls -r); do echo "thread $thread"; done
