#!/bin/bash
# Under sudo, everything in a workspace belongs to the user who typed it, and nothing is read or written where that
# user may not: hostile workspaces with symbolic links, pipes and devices in them.
#
# usage: sudo.sh BUILD
set -euo pipefail
. "$(dirname "$0")/common.sh"

export SUDO_UID=$user SUDO_GID=$user
mkdir -m 755 home && chown "$user:$user" home
run 0 "$lab" init "$work/home/ws"
cd "$work/home/ws"
mine=$PWD/10-cgroup-tree/lab.cpp
foreign() { find "$work/home" ! -uid "$user" -o ! -gid "$user"; }
holds 'a new workspace is the user'"'"'s' test -z "$(foreign)"
cp "$source" "$mine"
run 0 "$lab" check 10
run 0 "$lab" hint 11
run 0 "$lab" reset 11
holds 'so is what a check wrote' test -z "$(foreign)"
holds 'progress is there' grep -q '"passed": true' .slipway/progress.json
mkdir "$work/rooted"
run 0 "$lab" init "$work/rooted/ws"
holds 'a workspace below a folder of root'"'"'s is the user'"'"'s, too' test "$(stat -c %u "$work/rooted/ws/build")" = "$user"
SUDO_UID=root run 4 "$lab" init "$work/other"
says SUDO_UID

# secrets: a file of root's that a link or an #include names
echo "int main() { return topsecret; }" >"$work/secret" && chmod 600 "$work/secret"
printf 'int main() {}\n#include "%s"\n#include "/etc/shadow"\n' "$work/secret" >"$mine"
run 1 "$lab" check 10
silent topsecret
silent 'root:'
ln -sf "$work/secret" "$mine"
run 4 "$lab" check 10
silent topsecret
says 'symbolic link'
run 4 "$lab" hint 10
silent topsecret
rm "$mine" && mkfifo "$mine"
run 4 "$lab" check 10
says 'not a regular file'
rm "$mine" && mkdir -m 755 "$work/secrets" && install -m 600 "$work/secret" "$work/secrets/lab.cpp"
mv 10-cgroup-tree kept && ln -s "$work/secrets" 10-cgroup-tree
run 4 "$lab" check 10
silent topsecret
says 'Permission denied'
run 4 "$lab" reset 10
holds 'nothing was written behind the link' test "$(ls "$work/secrets")" = lab.cpp
rm 10-cgroup-tree && mv kept 10-cgroup-tree && cp "$source" "$mine"

# links where lab writes
mkdir -m 755 "$work/roots" && echo old >"$work/roots/cgroup-tree"
rm -r build && ln -s "$work/roots" build
run 4 "$lab" check 10
holds 'nothing was built behind the link' test "$(cat "$work/roots/cgroup-tree")" = old
rm build && mkdir build && chown "$user:$user" build
ln -s "$work/roots/cgroup-tree" build/cgroup-tree
run 0 "$lab" check 10
holds 'a link at the program'"'"'s place is replaced' test "$(cat "$work/roots/cgroup-tree")" = old
mv .slipway/progress.json kept.json
ln -s "$work/secret" .slipway/progress.json
run 4 "$lab" list
silent topsecret
rm .slipway/progress.json && mkfifo .slipway/progress.json
run 4 "$lab" list
rm .slipway/progress.json && mv kept.json .slipway/progress.json

# --output goes to the folder's owner, and never through a link
run 0 "$lab" check 10 --program "$reference" --format json --output "$work/home/report.json"
holds 'a report is the folder owner'"'"'s' test "$(stat -c %u "$work/home/report.json")" = "$user"
holds 'a report is JSON' python3 -m json.tool "$work/home/report.json" /dev/null
ln -sf "$work/roots/cgroup-tree" "$work/home/report.json"
run 0 "$lab" check 10 --program "$reference" --format json --output "$work/home/report.json"
holds 'no report is written through a link' test "$(cat "$work/roots/cgroup-tree")" = old
mkdir -m 700 "$work/home/hidden"
chown 1899900002 "$work/home/hidden"
run 0 "$lab" check 10 --program "$reference" --format json --output "$work/home/hidden/report.json"
holds 'whoever that is' test "$(stat -c %u "$work/home/hidden/report.json")" = 1899900002
run 0 "$lab" check 10 --program "$reference" --output /dev/null
holds '/dev/null is still a device' test -c /dev/null
run 4 "$lab" check 10 --program "$reference" --output "$work/home"

finish 'under sudo all belongs to the owner of the workspace'
