#!/bin/bash
# Right: the programs of util-linux and hostname(1); the options in the order of the usage.
set -u
[[ $# -ge 6 && $1 == --hostname && $3 == --domainname && $5 == -- ]] || exit 125
host=$2 domain=$4
shift 5
# hostname(1) takes no names that DNS would not; long ones it leaves to the kernel to refuse.
exec unshare --uts bash -c '
  hostname -- "$1" && domainname -- "$2" || exit 125
  shift 2
  exec "$@"
' uts "$host" "$domain" "$@"
