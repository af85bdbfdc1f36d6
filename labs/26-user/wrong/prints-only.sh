#!/bin/sh
# Wrong: prints what a user namespace would show, and runs the command as it is.
while [ $# -gt 0 ] && [ "$1" != -- ]; do shift; done
shift
echo "uid=0(root) gid=0(root) groups=0(root)"
exec "$@"
