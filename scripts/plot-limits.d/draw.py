"""Draws what was measured: one panel for each controller, as SVG with nothing from elsewhere."""

import html
import math

WIDTH, HEIGHT = 350, 236           # of a panel
LEFT, RIGHT, TOP, BOTTOM = 40, 14, 50, 54  # around its plot
HEAD, FOOT, GAP = 44, 26, 10       # of the picture

STYLE = """
  .paper { fill: #fcfcfa } text { fill: #1d2327; font: 13px system-ui, "DejaVu Sans", sans-serif }
  .name { font-weight: 700; font-size: 15px } .soft { fill: #5a646b; font-size: 12px }
  .axis { stroke: #5a646b; stroke-width: 1 } .grid { stroke: #dfe2df; stroke-width: 1 }
  .free, .held, .limit { fill: none; stroke-width: 2; stroke-linejoin: round }
  .free { stroke: #98a3aa } .held { stroke: #0a5a7c; stroke-width: 2.4 } .limit { stroke: #b04a00; stroke-dasharray: 7 5 }
  .frozen { fill: #cfe4ee }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #15191c } text { fill: #dde2e4 } .soft { fill: #98a3aa }
    .axis { stroke: #98a3aa } .grid { stroke: #2e363b }
    .free { stroke: #77828a } .held { stroke: #7cc4e4 } .limit { stroke: #f0b06a } .frozen { fill: #21404f }
  }"""


def plural(number, word):
    return f"{number} {word}" + ("" if number == 1 else "s")


def panel_words(controller, data):
    """The heading, the unit and the note of a panel."""
    run, limit = data["runs"][controller], data["limits"].get(controller)
    if controller == "cpu":
        return (f"cpu: {limit:g} processors", "processors in use",
                f"throttled in {run['throttled']} of {run['periods']} periods")
    if controller == "memory":
        return f"memory: {limit} MiB", "MiB charged", f"killed {plural(run['killed'], 'time')}, and started again"
    if controller == "pids":
        return f"pids: {limit} tasks", "tasks", f"{plural(run['refused'], 'new task')} refused"
    if controller == "io":
        return f"io: {limit} MiB a second", "MiB written a second", "who wants to write waits"
    if controller == "cpuset":
        return "cpuset: one processor", "processors in use", "nobody is throttled: there is one to run on"
    begun, ended = (run.get("frozen", []) + [data["seconds"]] * 2)[:2]
    return "freezer: stop, and go on", "processors in use", f"frozen from {begun:.1f} s to {ended:.1f} s"


def series(controller, run, seconds):
    """[(second, amount)] in the unit of the panel."""
    times = run["seconds"]
    if controller == "memory":
        return [(at, value / 2**20) for at, value in zip(times, run["memory_bytes"])]
    if controller == "pids":
        return list(zip(times, run["tasks"]))
    counter, unit = (run["written_bytes"], 2**20) if controller == "io" else (run["cpu_seconds"], 1)
    points, first = [], 0
    for at in range(1, len(times)):  # a rate: over the last thirtieth of the run
        while times[at] - times[first + 1] >= seconds / 30:
            first += 1
        if times[at] - times[first] >= seconds / 30:
            points.append((times[at], (counter[at] - counter[first]) / unit / (times[at] - times[first])))
    return points


def nice(most):
    """The end of an axis, a little over what is to be shown: (end, step)."""
    magnitude = 10 ** math.floor(math.log10(most))
    for factor in (0.25, 0.5, 1, 2, 5):
        if most / (factor * magnitude) <= 4.6:
            step = factor * magnitude
            return math.ceil(most / step) * step, step
    raise AssertionError("a decade has five steps")


class Panel:
    def __init__(self, controller, data, x, y):
        self.controller, self.data, self.x, self.y = controller, data, x, y
        self.free = series(controller, data["runs"]["none"], data["seconds"])
        self.held = series(controller, data["runs"][controller], data["seconds"])
        self.limit = 1 if controller == "cpuset" else data["limits"].get(controller)
        self.end, self.step = nice(max([value for _, value in self.free + self.held] + [self.limit or 0, 0.1]))

    def at(self, second, value):
        width, height = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
        return (LEFT + min(second / self.data["seconds"], 1) * width, TOP + (1 - value / self.end) * height)

    def line(self, kind, points):
        drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in (self.at(*point) for point in points))
        return f'<polyline class="{kind}" points="{drawn}"/>'

    def axes(self):
        seconds, out = self.data["seconds"], []
        for mark in range(round(self.end / self.step) + 1):
            x, y = self.at(0, mark * self.step)
            right = WIDTH - RIGHT
            out += [f'<line class="{"grid" if mark else "axis"}" x1="{x:g}" y1="{y:.1f}" x2="{right}" y2="{y:.1f}"/>',
                    f'<text class="soft" x="{x - 6:g}" y="{y + 4:.1f}" text-anchor="end">{mark * self.step:g}</text>']
        for share, anchor in ((0, "middle"), (0.5, "middle"), (1, "end")):
            x, y = self.at(share * seconds, 0)
            out.append(f'<text class="soft" x="{x:g}" y="{y + 16:g}" text-anchor="{anchor}">{share * seconds:g} s</text>')
        return out

    def svg(self):
        name, unit, note = panel_words(self.controller, self.data)
        out = [f'<g id="panel-{self.controller}" transform="translate({self.x} {self.y})">',
               f'<text class="name" x="0" y="18">{html.escape(name)}</text>', f'<text class="soft" x="0" y="36">{unit}</text>']
        frozen = (self.data["runs"][self.controller].get("frozen", []) + [self.data["seconds"]])[:2]
        if len(frozen) == 2:
            (left, top), (right, bottom) = self.at(frozen[0], self.end), self.at(frozen[1], 0)
            out.append(f'<rect class="frozen" x="{left:.1f}" y="{top:.1f}" width="{right - left:.1f}" height="{bottom - top:.1f}"/>')
        out += self.axes() + [self.line("free", self.free)]
        if self.limit:
            out.append(self.line("limit", [(0, self.limit), (self.data["seconds"], self.limit)]))
        return out + [self.line("held", self.held), f'<text class="soft" x="{LEFT}" y="{HEIGHT - 16}">{html.escape(note)}</text>', "</g>"]

    def words(self):
        """The panel in a sentence, for those who do not see it."""
        name, unit, note = panel_words(self.controller, self.data)
        mean, most = sum(value for _, value in self.held) / len(self.held), max(value for _, value in self.held)
        free = max(value for _, value in self.free)
        return f"{name}: at most {most:.1f} {unit}, {mean:.1f} on average, {free:.1f} without a limit; {note}."


def legend(width):
    out, x = [], 0
    for kind, text in (("free", "without a limit"), ("held", "under this controller's limit alone"), ("limit", "the limit")):
        out.append(f'<line class="{kind}" x1="{x}" y1="16" x2="{x + 26}" y2="16"/><text x="{x + 33}" y="20">{text}</text>')
        x += 33 + 6.6 * len(text) + 24
    return out


def picture(data):
    controllers = [name for name in data["runs"] if name != "none"]
    panels = [Panel(name, data, GAP + (WIDTH + GAP) * (at % 2), HEAD + HEIGHT * (at // 2)) for at, name in enumerate(controllers)]
    width, height = 2 * WIDTH + 3 * GAP, HEAD + HEIGHT * math.ceil(len(panels) / 2) + FOOT
    foot = (f"Linux {data['kernel']}, cgroup {data['cgroup']}, {plural(data['processors'], 'processor')}; the kernel's own counters, "
            f"read {len(data['runs']['none']['seconds'])} times in {data['seconds']:g} s")
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
             'role="img" aria-labelledby="title description">',
             '<title id="title">One busy program, without a limit and under each controller</title>',
             f'<desc id="description">{html.escape(" ".join(panel.words() for panel in panels))}</desc>',
             f"<style>{STYLE}\n</style>", f'<rect class="paper" width="{width}" height="{height}"/>',
             f'<g transform="translate({GAP} 4)">', *legend(width), "</g>"]
    for panel in panels:
        lines += panel.svg()
    lines += [f'<text class="soft" x="{GAP}" y="{height - 10}">{html.escape(foot)}</text>', "</svg>"]
    return "\n".join(lines) + "\n"
