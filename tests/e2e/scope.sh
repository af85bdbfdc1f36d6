#!/bin/bash
# What `lab scope` shows: limits beside their use, namespaces that are shared and that are not, a group's members.
# shellcheck source=tests/e2e/common.sh
. "$(dirname "$0")/common.sh"

# A limited, busy command with a child in namespaces of its own, and one that only sleeps.
# shellcheck disable=SC2016 # $! is the inner shell's
"$build"/labs/11-cpu-throttle/reference --cpus 0.25 -- \
  sh -c 'unshare --uts --ipc sleep 1000 & while :; do :; done' & throttle=$!
trap 'kill $throttle 2>/dev/null; wait $throttle 2>/dev/null; rm -rf "$work"' EXIT
# ask EXPRESSION: of the document d, in Python
ask() {
  python3 -c 'import json, sys
d = json.load(open(sys.argv[1]))
def one(name): return next(p for p in d["processes"] if p["name"] == name)
limited = [(g, r) for g in d["groups"] for r in g["readings"] if r["name"] == "processors" and r.get("limit")]
sys.exit(0 if eval(sys.argv[2]) else 1)' "$work/scope.json" "$1"
}
seen() { "$lab" scope $throttle --json >"$work/scope.json" && ask 'one("sleep") and limited[0][1]["counters"]["nr_throttled"] > 0' 2>/dev/null; }
holds 'the command runs, and the kernel throttles it' eventually 60 seen
holds 'the process and its children are there' ask 'len(d["processes"]) == 3 and d["processes"][0]["pid"] == '$throttle
holds 'a namespace of its own is not shared' ask 'not one("sleep")["namespaces"]["uts"]["shared"]'
holds 'the others are' ask 'one("sleep")["namespaces"]["net"]["shared"] and one("sh")["namespaces"]["uts"]["shared"]'
holds 'the limit is a quarter of a processor' ask '[r["limit"] for g, r in limited] == [250000]'
holds 'the group is its own' ask 'not limited[0][0]["shared"]'
group=$(python3 -c 'import json, sys
print(next(g["path"] for g in json.load(open(sys.argv[1]))["groups"] for r in g["readings"] if r.get("limit") == 250000))' "$work/scope.json")

run 0 "$lab" scope "$throttle"
says 'of 0.25'
says 'shared'
run 0 "$lab" scope "$group" --once
says "$group"
holds 'of a group the members, not who made it' test "$(grep -c 'cpu-throttle$' <<<"$out")" = 0
holds 'no escape sequences without a terminal' test "$(grep -c $'\e' <<<"$out")" = 0

run 2 "$lab" scope
run 2 "$lab" scope 999999999
says 'no process 999999999'
run 2 "$lab" scope no/such/group
says 'no control group no/such/group'
run 2 "$lab" scope $$ --every 0

# On a terminal it refreshes until Ctrl-C, and gives the screen back.
run 0 env TERM=xterm script -qec "timeout --foreground --preserve-status -s INT 3 $lab scope $throttle --every 0.2" /dev/null
holds 'it refreshes' test "$(grep -o 'PROCESS' <<<"$out" | wc -l)" -gt 2
finish 'lab scope'
