#!/bin/bash
# scripts/plot-limits: a well-formed picture with a panel for each controller, the limited run under the limit and the
# other over it, no group left in any case; and the picture of lesson 19 is what its numbers say.
#
# usage: plot-limits.sh BUILD
set -euo pipefail
. "$(dirname "$0")/common.sh"
plot=$top/scripts/plot-limits
lesson=$top/lessons/19-what-a-limit-is

groups_of() { find /sys/fs/cgroup -type d -name "plot-limits-$1-*" 2>/dev/null; }
no_group_of() { [ -z "$(groups_of "$1")" ]; }
a_group_of() { ! no_group_of "$1"; }
a_member_of() {
  local group
  for group in $(groups_of "$1"); do
    [ -z "$(cat "$group/cgroup.procs" 2>/dev/null)" ] || return 0
  done
  return 1
}

# The picture, and the numbers behind it.
cat >"$work/look.py" <<'END'
import json, os, sys, xml.etree.ElementTree as ElementTree
svg = "{http://www.w3.org/2000/svg}"
picture = ElementTree.parse("picture.svg").getroot()
data = json.load(open("data.json"))

here = set(open("/sys/fs/cgroup/cgroup.controllers").read().split()) if os.path.exists("/sys/fs/cgroup/cgroup.controllers") else \
    {line.split()[0] for line in open("/proc/cgroups") if line.split()[1] != "0"}
wanted = {"cpu", "memory", "pids", "freezer"} | ({"cpuset"} & here if len(os.sched_getaffinity(0)) > 1 else set())
if os.path.exists("/dev/loop-control"):
    wanted |= {"io"} if here & {"io", "blkio"} else set()
panels = {group.get("id").removeprefix("panel-"): group for group in picture.iter(svg + "g") if group.get("id")}
assert set(panels) == wanted, (set(panels), wanted)
assert picture.find(svg + "title").text and len(picture.find(svg + "desc").text) > 100

def heights(kind, panel):  # on paper, where more is less
    points = next(line for line in panels[panel].iter(svg + "polyline") if line.get("class") == kind).get("points").split()
    return [float(point.split(",")[1]) for point in points]
def mean(values): return sum(values) / len(values)
def used(run):
    values, times = data["runs"][run]["cpu_seconds"], data["runs"][run]["seconds"]
    return (values[-1] - values[0]) / (times[-1] - times[0])
free, limits = data["runs"]["none"], data["limits"]
if used("none") < limits["cpu"] * 1.3 or max(free["tasks"]) <= limits["pids"] or max(free["memory_bytes"]) <= limits["memory"] << 20:
    sys.exit(75)  # the machine is too busy to tell

limit = heights("limit", "cpu")[0]
ground = float(next(line for line in panels["cpu"].iter(svg + "line") if line.get("class") == "axis").get("y1"))
over = ground - 1.2 * (ground - limit)  # a fifth more than the limit
assert mean(heights("held", "cpu")) > over, "the limited run is drawn over the limit"
assert mean(heights("free", "cpu")) < over, "the run without a limit is drawn under it"

# A period at each end may be whole in one sample and not in the other.
assert used("cpu") < limits["cpu"] * 1.2, used("cpu")
assert data["runs"]["cpu"]["throttled"] > 0
assert max(data["runs"]["pids"]["tasks"]) <= limits["pids"]
assert max(data["runs"]["memory"]["memory_bytes"]) <= limits["memory"] << 20
begun, ended = data["runs"]["freezer"]["frozen"]
still = [value for at, value in zip(data["runs"]["freezer"]["seconds"], data["runs"]["freezer"]["cpu_seconds"])
         if begun + 0.1 < at < ended]
assert len(set(still)) == 1, f"CPU time while frozen: {still}"
END
# Without a limit it can use what the others leave: when that is nearly nothing, it is run again.
for _ in 1 2 3 4 5 6; do
  "$plot" --seconds 3 --data "$work/data.json" --svg "$work/picture.svg" & pid=$!
  holds 'it runs' eventually 60 a_member_of $pid
  holds 'it ends well' wait $pid
  holds 'no group is left' no_group_of $pid
  status=0
  python3 "$work/look.py" || status=$?
  [ $status = 75 ] || break
done
holds 'the picture and its numbers are what they should be' test "$status" = 0

# However it is ended, its groups go.
for signal in TERM KILL; do
  "$plot" --seconds 60 --data "$work/killed.json" --svg "$work/killed.svg" & pid=$!
  holds "it runs, to be ended by $signal" eventually 60 a_member_of "$pid"
  kill "-$signal" $pid
  wait $pid 2>/dev/null || true
  holds "no group is left after SIG$signal" eventually 60 no_group_of "$pid"
done

# Without the kernel.
install -d -o $user "$work/mine"
run 0 setpriv --reuid=$user --regid=$user --clear-groups "$plot" --redraw --data "$lesson.json" --svg "$work/mine/picture.svg"
holds 'the picture of the lesson is drawn from its numbers' cmp "$work/mine/picture.svg" "$lesson.svg"
# shellcheck disable=SC2016 # a fence
holds 'the program of the lesson is the one that was run' \
  cmp <(sed -n '/^```python$/,/^```$/{/^```/d;p}' "$lesson.md") "$top/scripts/plot-limits.d/busy.py"
run 2 "$plot" --seconds none
says 'wants a number'

finish 'plot-limits draws what the kernel counts, and leaves nothing'
