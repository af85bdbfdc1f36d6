#!/bin/bash
# Wrong: says the names, in a prompt and a variable, and sets none.
set -u
[[ $# -ge 6 && $1 == --hostname && $3 == --domainname && $5 == -- ]] || exit 125
echo "host name: $2, domain name: $4"
export HOSTNAME=$2 PS1="root@$2# "
shift 5
exec "$@"
