#!/bin/bash
# lab lint finds each thing that can be wrong with a lab, in a copy of the toolkit; and the completion completes.
#
# usage: lint.sh BUILD
set -euo pipefail
. "$(dirname "$0")/common.sh"

# A toolkit of its own, whose lab 10 is the only one, and is whole.
kit=$work/kit
mkdir -p "$kit/share/slipway/lessons" "$kit/share/slipway/labs"
ln -s "$build/include" "$build/lib" "$build/libexec" "$kit/"
fresh() {
  rm -rf "$kit/share/slipway/labs/10-cgroup-tree"
  cp -r "$top/labs/10-cgroup-tree" "$kit/share/slipway/labs/"
  cp "$top/lessons/10-cgroup-tree.md" "$kit/share/slipway/lessons/"
}
export SLIPWAY_PREFIX=$kit
folder=$kit/share/slipway/labs/10-cgroup-tree
toml=$folder/lab.toml cpp=$folder/lab.cpp lesson=$kit/share/slipway/lessons/10-cgroup-tree.md

fresh
run 0 "$lab" lint 10
# finds TEXT: after the change to the copy that was just made
finds() {
  run 1 "$lab" lint
  says "$1"
  fresh
}
sed -i 's/^points = 10$/points = 11/' "$toml" && finds 'add up to 10'
sed -i 's/^name = "joined"/name = "list"/' "$toml" && finds 'two checks are named list'
sed -i 's/^name = "joined"/name = "linked"/' "$toml" && finds 'check.cpp has no check linked'
sed -i 's/^controllers = .*/controllers = ["cup"]/' "$toml" && finds 'no kernel has a controller "cup"'
sed -i 's/^capabilities = .*/&\nfeatures = ["telepathy"]/' "$toml" && finds 'no probe "telepathy"'
sed -i 's/^capabilities = .*/capabilities = ["cap_fly"]/' "$toml" && finds 'no capability "cap_fly"'
sed -i 's/^capabilities = .*/capabilities = []\ninitial_user_namespace = true/' "$toml" && finds 'it is good for nothing'
sed -i 's/^capabilities = .*/capabilities = ["cap_sys_module"]\ninitial_user_namespace = true/' "$toml" &&
  finds 'reaches past the sandbox'
sed -i '0,/caught_by = .*/s//caught_by = "luck"/' "$toml" && finds 'caught_by names no check'
sed -i 's/^  "A group is a folder.*/  "",/' "$toml" && finds 'hint 1 is empty'
sed -i 's/^  "A group is a folder.*/  "fill_cpuset(folder, ours);",/' "$toml" && finds 'has a line of the solution'
sed -i 's/^part = 1/part = 2/' "$toml" && finds 'belongs to part 1'
sed -i 's/^title = /titel = /' "$toml" && finds 'title'
touch "$folder/wrong/stray.cpp" && finds 'wrong/stray.cpp: it has no entry'
rm "$folder/wrong/moves-itself.cpp" && finds 'no file wrong/moves-itself.cpp'
sed -i '/^\[\[right\]\]/,$d' "$toml" && rm -f "$folder"/right/* && finds 'right programs; there must be at least 1'
sed -i '0,/\/\/! \[make\]/{/\/\/! \[make\]/d}' "$cpp" && finds 'the mark [make] stands 1 times'
sed -i '/\/\/! \[make\]/d' "$cpp" && finds 'step make is not marked'
for _ in 1 2 3; do echo '//' >>"$cpp"; done && finds 'the most is 160'
rm "$lesson" && finds 'the lesson is missing'
sed -i '1s/.*/# 11: A tree/' "$lesson" && finds 'the first line must be the title'
sed -i '/^## Break it/d' "$lesson" && finds 'not "## The check"'
echo 'TODO: more' >>"$lesson" && finds 'TODO: finish it'
printf '\n\\snippet labs/10-cgroup-tree/lab.cpp make\n' >>"$lesson" && finds 'never gives a step away'
printf '\n\\snippet labs/10-cgroup-tree/lab.cpp nowhere\n' >>"$lesson" && finds 'stands 0 times'
# shellcheck disable=SC2016 # a fence
printf '\n```perl\n```\n' >>"$lesson" && finds '"perl" is no word'
printf '\n![](10-cgroup-tree.svg)\n' >>"$lesson" && finds 'must have words'
printf '\n![words](10-cgroup-tree.png)\n' >>"$lesson" && finds 'must be ![words](file.svg)'
printf '\n![words](nowhere.svg)\n' >>"$lesson" && finds 'there is no picture'
sed -i '1s/.*/title = /' "$toml" && finds 'line 1'

# a lesson without a lab: shown and listed, held to its own shape, and no lab
cp "$top"/lessons/19-what-a-limit-is.* "$kit/share/slipway/lessons/"
reading=$kit/share/slipway/lessons/19-what-a-limit-is.md
run 0 "$lab" lint
says '1 lab and 1 lesson without a lab in shape'
run 0 "$lab" lint 19
run 0 "$lab" list
says '19-what-a-limit-is'
run 0 "$lab" show what-a-limit-is
says 'Six panels'
says "$kit/share/slipway/lessons/19-what-a-limit-is.svg"
run 2 "$lab" check 19
says 'is a lesson without a lab'
sed -i '/^## Questions/d' "$reading"
run 1 "$lab" lint 19
says 'not "## Read on"'

# completion
# shellcheck source=../../completions/lab.bash
. "$top/completions/lab.bash"
lab() { "$build/bin/lab" "$@"; }
completed() { # WORD...: what follows for the last of them
  COMP_WORDS=("$@")
  COMP_CWORD=$(($# - 1))
  COMPREPLY=()
  _lab
  echo "${COMPREPLY[*]}"
}
holds 'words complete' test "$(completed lab wa)" = watch
holds 'labs complete' test "$(completed lab check 10)" = 10-cgroup-tree
holds 'a lesson without a lab is shown' test "$(completed lab show 19)" = 19-what-a-limit-is
holds 'but not checked' test -z "$(completed lab check 19)"
holds 'options complete' test "$(completed lab solution --sp)" = --spoil
holds 'formats complete' test "$(completed lab check 10 --format ju)" = junit

finish 'lint finds what is wrong with a lab'
