#!/bin/bash
# Wrong: the new network is joined with the old one by a pair of links.
# usage: network -- COMMAND...
set -euo pipefail
shift

for fd in /proc/self/fd/*; do
  fd=${fd##*/}
  if [ "$fd" -gt 2 ]; then eval "exec $fd>&-"; fi
done
unshare --net sleep 30 &
holder=$!
trap 'kill $holder 2>/dev/null' EXIT
until [ "$(readlink "/proc/$holder/ns/net")" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.01; done
inside=(nsenter --net --target "$holder")
ip link add slipway-out type veth peer name slipway-in netns "$holder"
ip address add 192.0.2.1/24 dev slipway-out
ip link set slipway-out up
"${inside[@]}" ip link set lo up
"${inside[@]}" ip link set slipway-in up
"${inside[@]}" ip address add 192.0.2.2/24 dev slipway-in
"${inside[@]}" ip route add default via 192.0.2.1
"${inside[@]}" "$@"
