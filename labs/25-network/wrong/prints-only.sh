#!/bin/sh
# Wrong: prints what a network namespace would show, and runs the command in the network that is there.
shift
echo "1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN"
exec "$@"
