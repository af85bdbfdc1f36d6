#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "labkit/report/text.hpp"
#include "labkit/scope/scene.hpp"

namespace labkit::scope {
namespace {

using Unit = Reading::Unit;

constexpr const char* bold = "1";
constexpr const char* dim = "2";
constexpr const char* green = "32";
constexpr const char* yellow = "33";
constexpr const char* red = "31";

class Picture {
 public:
  Picture(const Scene& scene, const Scene& before, size_t width, bool colours)
      : scene_(scene), before_(before), width_(width), colours_(colours) {}

  std::string draw() {
    processes();
    namespaces();
    groups();
    return std::move(text_);
  }

 private:
  std::string paint(const char* colour, std::string_view text) const {
    return colours_ ? fmt::format("\033[{}m{}\033[0m", colour, text) : std::string(text);
  }

  double passed() const { return scene_.seconds - before_.seconds; }

  void processes();
  void namespaces();
  void groups();
  void group(const Group& group);
  void reading(const Group& group, const Reading& reading);
  std::string amount(const Group& group, const Reading& reading) const;
  std::string bar(double share) const;
  std::string counters(const Group& group, const Reading& reading) const;

  const Scene& scene_;
  const Scene& before_;
  const size_t width_;
  const bool colours_;
  std::string text_;
};

std::string mebibytes(std::int64_t bytes) {
  return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / (1 << 20));
}

const char* state_word(char state) {
  switch (state) {
    case 'R':
      return "running";
    case 'S':
      return "sleeping";
    case 'D':
      return "waiting";
    case 'T':
    case 't':
      return "stopped";
    case 'Z':
      return "zombie";
    default:
      return "other";
  }
}

std::string list_of(const std::vector<pid_t>& pids) {
  constexpr size_t most = 6;
  std::string text;
  for (size_t i = 0; i < pids.size() && i < most; ++i) text += fmt::format(" {}", pids[i]);
  if (pids.size() > most) text += fmt::format(" and {} more", pids.size() - most);
  return text;
}

void Picture::processes() {
  text_ +=
      paint(bold, fmt::format("{:<40} {:<9} {:>7} {:>11}\n", "PROCESS", "STATE", "CPU", "MEMORY"));
  for (const Seen& seen : scene_.processes) {
    const auto then = std::ranges::find(before_.processes, seen.pid, &Seen::pid);
    std::string cpu = "-";
    if (then != before_.processes.end() && passed() > 0)
      cpu = fmt::format("{:.1f} %", (seen.cpu_seconds - then->cpu_seconds) / passed() * 100);
    const std::string name =
        fmt::format("{:{}}{} {}", "", seen.depth * 2, seen.pid, report::visible(seen.name));
    text_ += fmt::format("{:<40} {:<9} {:>7} {:>11}\n", name, state_word(seen.state), cpu,
                         mebibytes(seen.resident));
  }
}

// One line for each kind: who is in the machine's own, and who in which other.
void Picture::namespaces() {
  text_ +=
      "\n" + paint(bold, "NAMESPACES") + paint(dim, "  shared: the same as this machine's own\n");
  for (const auto& [kind, machine] : scene_.machine) {
    std::map<ino_t, std::vector<pid_t>> members;
    for (const Seen& seen : scene_.processes) members[seen.namespaces.at(kind)].push_back(seen.pid);
    std::string begin = fmt::format("{:<7}", kind);
    for (const auto& [inode, pids] : members) {
      const bool all = members.size() == 1;
      std::string place = paint(green, fmt::format("{:<12}", inode));
      if (inode == machine && inode != 0) place = paint(yellow, fmt::format("{:<12}", "shared"));
      if (inode == 0) place = fmt::format("{:<12}", "?");
      text_ += begin + place + (all ? " all" : list_of(pids)) + "\n";
      begin = fmt::format("{:<7}", "");
    }
  }
}

std::string Picture::bar(double share) const {
  constexpr int cells = 20;
  const int full = static_cast<int>(std::clamp(std::lround(share * cells), 0L, long{cells}));
  const char* colour = share < 0.8 ? green : share < 0.98 ? yellow : red;
  return "[" + paint(colour, std::string(static_cast<size_t>(full), '#')) +
         std::string(static_cast<size_t>(cells - full), '.') + "]";
}

// The use, the limit, and how much of it that is.
std::string Picture::amount(const Group& group, const Reading& reading) const {
  std::string use = "?";
  double share = 0;
  if (reading.unit == Unit::processors) {
    const Reading* then = earlier(before_, group, reading);
    const auto now = rate(reading.use, then == nullptr ? std::nullopt : then->use, passed());
    if (now) use = fmt::format("{:.2f}", *now);
    if (!reading.limit) return use + " in use, no limit";
    const double limit = static_cast<double>(*reading.limit) / 1e6;
    if (now) share = *now / limit;
    return fmt::format("{} {} of {:.2f}", now ? bar(share) : std::string(22, ' '), use, limit);
  }
  const auto show = [&](std::int64_t number) {
    return reading.unit == Unit::bytes ? mebibytes(number) : fmt::format("{}", number);
  };
  if (reading.use) use = show(*reading.use);
  if (!reading.limit) return use + ", no limit";
  if (reading.use && *reading.limit > 0)
    share = static_cast<double>(*reading.use) / static_cast<double>(*reading.limit);
  return fmt::format("{} {} of {}", bar(share), use, show(*reading.limit));
}

std::string Picture::counters(const Group& group, const Reading& reading) const {
  std::string text;
  if (reading.peak)
    text += ", peak " + (reading.unit == Unit::bytes ? mebibytes(*reading.peak)
                                                     : fmt::format("{}", *reading.peak));
  const Reading* then = earlier(before_, group, reading);
  for (const auto& [key, count] : reading.counters) {
    if (count == 0) continue;
    std::int64_t old = count;
    if (then != nullptr)
      for (const auto& [name, number] : then->counters)
        if (name == key) old = number;
    text += ", " + paint(count > old ? red : "0", fmt::format("{} {}", key, count));
  }
  return text;
}

void Picture::reading(const Group& group, const Reading& reading) {
  static constexpr std::array<std::string_view, 3> usual = {"THAWED", "0", "a *:* rwm"};
  if (reading.unit != Unit::text) {
    text_ += fmt::format("    {:<13} {}{}\n", reading.name, amount(group, reading),
                         counters(group, reading));
  } else if (std::ranges::find(usual, reading.text) == usual.end()) {
    text_ += fmt::format("    {:<13} {}\n", reading.name,
                         report::cut_characters(reading.text, width_ > 40 ? width_ - 20 : 20, "…"));
  }
}

void Picture::group(const Group& group) {
  const std::string others =
      group.members > group.shown
          ? paint(yellow, fmt::format("  shared with {} others", group.members - group.shown))
          : "";
  text_ += fmt::format("v{} {}  {}{}\n", group.version, group.controllers,
                       paint(green, report::visible(group.path)), others);
  for (const Reading& each : group.readings) reading(group, each);
}

void Picture::groups() {
  text_ += "\n" + paint(bold, "CONTROL GROUPS\n");
  std::string tops;
  for (const Group& each : scene_.groups) {
    if (!each.top) {
      group(each);
    } else {
      tops += fmt::format(" {}", each.controllers.empty() ? "v2" : each.controllers);
    }
  }
  if (!tops.empty()) text_ += paint(yellow, "shared") + ", at the top of the tree:" + tops + "\n";
}

}  // namespace

std::string draw(const Scene& scene, const Scene& before, size_t width, bool colours) {
  return Picture(scene, before, width, colours).draw();
}

}  // namespace labkit::scope
