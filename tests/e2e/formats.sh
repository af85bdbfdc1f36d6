#!/bin/bash
# Every format of the report, made by a real check of a right and of a wrong program, is taken by its own reader.
#
# usage: formats.sh BUILD
set -euo pipefail
. "$(dirname "$0")/common.sh"

for program in reference wrong/only-runs; do
  for format in json junit gradescope classroom exercism; do
    file=$work/$format
    status=0
    "$lab" check 10 --program "$build/labs/10-cgroup-tree/$program" --format "$format" \
      --output "$file" </dev/null || status=$?
    expected=0
    [ "$program" = reference ] || expected=1
    if [ $status = $expected ] && "$top/tests/formats/validate" "$format" "$file"; then
      echo "ok: $format of $program"
    else
      fail "$format of $program (status $status, expected $expected)"
    fi
  done
done
finish "every format is taken by its reader"
