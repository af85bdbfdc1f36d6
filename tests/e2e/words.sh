#!/bin/bash
# The command line of `lab`: every documented exit status, clear errors, damaged files, and no escape sequence where
# there is no terminal.
#
# usage: words.sh BUILD
set -euo pipefail
. "$(dirname "$0")/common.sh"

run 0 "$lab" --version
says 'lab 0.'
run 0 "$lab" --help
run 2 "$lab"
run 2 "$lab" dance
says 'there is no command "dance"'
for word in init list show check watch hint reset solution clean doctor lint; do
  run 0 "$lab" "$word" --help
  says 'usage: lab'
  run 2 "$lab" "$word" --no-such-option
  says 'no-such-option'
done
workspace ws
for word in check show watch hint reset solution lint; do
  run 2 "$lab" "$word" 99
  says 'there is no lab "99"'
  says '10-cgroup-tree'
done
run 2 "$lab" check
run 2 "$lab" check 10 --all
run 2 "$lab" check 10 --format nonsense
says nonsense
run 2 "$lab" check 10 --seed soon
run 2 "$lab" check 10 --only nonsense
says 'joined'
run 2 "$lab" check 10 11 --only joined
run 2 "$lab" check --all --only joined
run 2 "$lab" check 10 --only joined --format gradescope
run 2 "$lab" check 10 --isolation hope
run 2 "$lab" check 10 --program "$work/nothing"
says "no program $work/nothing"
echo >"$work/plain"
run 2 "$lab" check 10 --program "$work/plain"
says 'chmod +x'
run 2 "$lab" check 10 --program "$work"
run 2 "$lab" doctor --format pdf
(cd / && run 4 "$lab" hint 10 && says 'lab init' && [ $failures = 0 ]) || fail 'outside a workspace'

# 3: an ordinary user is told what to do, and nothing else happens
chmod 755 "$work"/ws
run 3 setpriv --reuid=65534 --regid=65534 --clear-groups "$lab" check 10
says 'sudo lab check 10'
run 3 setpriv --reuid=65534 --regid=65534 --clear-groups "$lab" check 10 --program "$reference" --format json
says '"blocked"'
run 3 setpriv --reuid=65534 --regid=65534 --clear-groups "$lab" watch 10
says 'sudo lab check 10'

# one check alone
run 0 "$lab" check 10 --program "$reference" --only joined --format json
holds 'one check, and no more' test "$(grep -c '"says"' <<<"$out")" = 1
run 1 "$lab" check 10 --program /bin/false --only removed --only joined --format json
holds 'two checks, and no more' test "$(grep -c '"says"' <<<"$out")" = 2

# the same seed, the same values
run 0 "$lab" check 10 --program "$reference" --seed 12345
says 'Seed 12345'
names() { grep -o 'group-[0-9a-f]*' <<<"$out" | sort -u; }
run 1 "$lab" check 10 --program /bin/false --seed 12345
first=$(names)
run 1 "$lab" check 10 --program /bin/false --seed 12345
holds 'a seed repeats its values' test "$first" = "$(names)" -a -n "$first"
run 1 "$lab" check 10 --program /bin/false --seed 54321
holds 'another seed has others' test "$first" != "$(names)"

# damaged progress: a clear error, and nothing lost
for damage in '{"labs": 3}' 'x' '{"version":1,"labs":{"10-cgroup-tree":{"points":"many"}}}' \
  '{"version":1,"labs":{"10-cgroup-tree":{"hints":{"make":-7}}}}' '{"version":1,"labs":{"10-cgroup-tree":[]}}'; do
  echo "$damage" >.slipway/progress.json
  for word in hint check solution; do
    run 4 "$lab" "$word" 10
    says 'progress.json is damaged'
  done
  holds 'a damaged file stays as it is' test "$(cat .slipway/progress.json)" = "$damage"
done
rm .slipway/progress.json

# no escape sequence: standard output is no terminal
escape=$'\033'
for words in 'list' 'show 10' 'doctor' 'check 10' 'hint 10'; do
  # shellcheck disable=SC2086 # words
  timeout 60 "$lab" $words >"$work/.out" 2>&1 || true
  out=$(<"$work/.out")
  silent "$escape"
done
run 1 env TERM=xterm script -qec "$lab check 10 --seed 1" /dev/null
says "$escape"
run 1 env TERM=xterm NO_COLOR=1 script -qec "$lab check 10 --seed 1" /dev/null
silent "$escape"
run 0 env TERM=xterm PAGER='sed s/^/PAGED/' script -qec "$lab show 10" /dev/null
says PAGED
says "${escape}[1m"
run 0 env TERM=xterm PAGER='sed s/^/PAGED/' NO_COLOR=1 script -qec "$lab show 10 --no-pager" /dev/null
silent PAGED
silent "$escape"
run 0 env TERM=xterm PAGER=true script -qec "$lab show 10" /dev/null # a reader who leaves at once
run 0 "$lab" show 10
silent '\snippet'
silent '```'
silent 'PAGED'

run 0 "$lab" doctor --format json
python3 - "$work/.out" <<'PYTHON' || fail "the doctor's JSON"
import json, sys
document = json.load(open(sys.argv[1]))
states = {probe["name"]: probe["state"] for probe in document["probes"]}
assert document["ready"] is True and states["root"] == "fine" and states["compiler"] == "fine", document
PYTHON
run 3 setpriv --reuid=65534 --regid=65534 --clear-groups "$lab" doctor
says 'only root can try it'
run 0 "$lab" clean

finish 'exit statuses, errors, terminals'
