#!/bin/sh
# Wrong: prints what one would see in the namespace, and makes none.
echo "monotonic           0         0"
echo "boottime $2         0"
shift 3
exec "$@"
