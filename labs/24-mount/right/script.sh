#!/bin/bash
# Right: unshare(1), which does both in one call.
set -u
news=private
if [[ ${1-} == --receive ]]; then
  news=slave
  shift
fi
[[ $# -ge 2 && $1 == -- ]] || exit 125
shift
exec unshare --mount --propagation "$news" "$@"
