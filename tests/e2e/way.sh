#!/bin/bash
# A learner's way through lab 10: init, list, hint, check of the starter, check of the answer, solution, reset.
#
# usage: way.sh BUILD
set -euo pipefail
. "$(dirname "$0")/common.sh"

run 0 "$lab" init "$work/ws"
says 'Your workspace is ready'
cd "$work/ws"
mine=$work/ws/10-cgroup-tree/lab.cpp
holds 'there is a starter' test -f "$mine"
holds 'there is a compile_commands.json' python3 -m json.tool compile_commands.json /dev/null
echo '// mine' >>"$mine"
run 0 "$lab" init "$work/ws"
holds 'init leaves what is there alone' grep -q '// mine' "$mine"

run 0 "$lab" list
says '10-cgroup-tree'
silent " done"

# three hints for the first step, then the next step's
for level in 1 2 3; do
  run 0 "$lab" hint 10
  says "Hint $level of 3"
  says 'Step 1 of 4, hierarchies'
done
run 0 "$lab" hint 10
says 'Step 2 of 4, make'
for _ in $(seq 2 9); do run 0 "$lab" hint cgroup-tree; done
run 0 "$lab" hint 10
says 'no further hint'

run 1 "$lab" solution 10
says '--spoil'
silent cgroup.controllers
run 0 "$lab" solution 10 --spoil
says 'cgroup.controllers'

run 1 "$lab" check 10
says 'Do first: step 1 of 4 (hierarchies)'
run 0 "$lab" list
silent " done"

cp "$source" "$mine"
run 0 "$lab" check 10
says '10 of 10 points'
holds 'the program is kept' test -x build/cgroup-tree
run 0 "$lab" list
says '10/10 done'
run 0 "$lab" solution 10
says 'Step 4 of 4, remove'
run 0 "$lab" hint 10
says 'No step of 10-cgroup-tree is open'

# what comes later takes nothing away
run 0 "$lab" reset 10
says "$mine.1"
holds 'the old one is kept' cmp -s "$source" "$mine.1"
holds 'the starter is back' grep -q 'TODO step 1 of 4' "$mine"
run 1 "$lab" check 10
run 0 "$lab" list
says '10/10 done'
run 0 "$lab" reset 10
holds 'the second is kept beside the first' test -f "$mine.2"

# the workspace's own CMake project
if command -v cmake >/dev/null; then
  cp "$source" "$mine"
  run 0 cmake -S . -B "$work/by-cmake"
  run 0 cmake --build "$work/by-cmake" --target cgroup-tree
fi

# a source that does not compile: the compiler's words, and no points
echo 'int main() { return nonsense; }' >"$mine"
run 1 "$lab" check 10
says 'nonsense'
says '0 of 10 points'

# a second source beside lab.cpp is compiled with it
printf 'int helper();\nint main() { return helper(); }\n' >"$mine"
echo 'int helper() { return 7; }' >"$work/ws/10-cgroup-tree/helper.cpp"
run 1 "$lab" check 10
silent 'undefined reference'
says 'status 7'
rm "$mine"
run 4 "$lab" check 10
says 'lab reset 10'

finish "a learner's way: init, hint, check, solution, reset"
