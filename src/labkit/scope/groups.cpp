#include <algorithm>
#include <array>
#include <string_view>

#include "labkit/observe/cgroup.hpp"
#include "labkit/observe/process.hpp"
#include "labkit/scope/scene.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"

namespace labkit::scope {
namespace {

using Unit = Reading::Unit;

// Which files of a group say what, for each controller and version. A file that a kernel does not
// have is left out.
struct Row {
  int version;
  const char* controller;
  const char* name;
  Unit unit;
  const char* limit;  // or the text
  const char* use;
  const char* peak;
  const char* events;  // a file of "key number" lines
  std::array<const char*, 4> keys;
};

constexpr Row rows[] = {
    // clang-format off
    {2, "memory", "memory", Unit::bytes, "memory.max", "memory.current", "memory.peak", "memory.events", {"high", "max", "oom_kill"}},
    {2, "memory", "swap", Unit::bytes, "memory.swap.max", "memory.swap.current", "", "", {}},
    {2, "pids", "processes", Unit::count, "pids.max", "pids.current", "pids.peak", "pids.events", {"max"}},
    {2, "cpuset", "processors", Unit::text, "cpuset.cpus.effective", "", "", "", {}},
    {2, "cpuset", "memory nodes", Unit::text, "cpuset.mems.effective", "", "", "", {}},
    {2, "io", "limits", Unit::text, "io.max", "", "", "", {}},
    {2, "", "frozen", Unit::text, "cgroup.freeze", "", "", "", {}},
    {1, "memory", "memory", Unit::bytes, "memory.limit_in_bytes", "memory.usage_in_bytes", "memory.max_usage_in_bytes", "memory.oom_control", {"oom_kill"}},
    {1, "memory", "and swap", Unit::bytes, "memory.memsw.limit_in_bytes", "memory.memsw.usage_in_bytes", "", "", {}},
    {1, "pids", "processes", Unit::count, "pids.max", "pids.current", "pids.peak", "pids.events", {"max"}},
    {1, "cpuset", "processors", Unit::text, "cpuset.cpus", "", "", "", {}},
    {1, "cpuset", "memory nodes", Unit::text, "cpuset.mems", "", "", "", {}},
    {1, "blkio", "read B/s", Unit::text, "blkio.throttle.read_bps_device", "", "", "", {}},
    {1, "blkio", "write B/s", Unit::text, "blkio.throttle.write_bps_device", "", "", "", {}},
    {1, "freezer", "state", Unit::text, "freezer.state", "", "", "", {}},
    {1, "devices", "allowed", Unit::text, "devices.list", "", "", "", {}},
    {1, "net_cls", "class", Unit::text, "net_cls.classid", "", "", "", {}},
    {1, "net_prio", "priorities", Unit::text, "net_prio.ifpriomap", "", "", "", {}},
    // clang-format on
};

// v1 writes "no limit" as the most that a page counter holds.
constexpr std::int64_t endless = std::int64_t{1} << 60;

// Of a map, a line that says 0 says that nothing is set.
std::string text_of(const std::string& file, bool map) {
  try {
    std::string text;
    for (const std::string& line : slipway::read_lines(file))
      if (!map || !line.ends_with(" 0")) text += (text.empty() ? "" : "; ") + line;
    return text;
  } catch (const slipway::Error&) {  // the group is going away, or has no such file
    return "";
  }
}

// tc and firewalls write the number 0x100001 as 10:1.
std::string with_handle(const std::string& number) {
  if (number.empty() || number == "0") return number;
  const std::int64_t id = slipway::to_number(number);
  return fmt::format("{} ({:x}:{:x})", number, id >> 16, id & 0xffff);
}

Reading read_row(const Row& row, const std::string& folder) {
  const auto path = [&](const char* name) { return fmt::format("{}/{}", folder, name); };
  Reading reading{row.controller, row.name, row.limit, row.unit, {}, {}, {}, "", {}};
  if (row.unit == Unit::text) {
    reading.text = text_of(path(row.limit), row.controller == std::string_view("net_prio"));
    if (row.controller == std::string_view("net_cls")) reading.text = with_handle(reading.text);
    return reading;
  }
  reading.limit = group_number(path(row.limit));
  if (reading.limit && *reading.limit >= endless) reading.limit.reset();
  reading.use = group_number(path(row.use));
  if (*row.peak != 0) reading.peak = group_number(path(row.peak));
  for (const char* key : row.keys)
    if (key != nullptr)
      if (const auto count = group_number(path(row.events), key))
        reading.counters.emplace_back(key, *count);
  return reading;
}

// What a group may use of the processors is a fraction: a quota over a period.
std::optional<std::int64_t> processor_limit(const std::string& folder, int version) {
  try {
    std::int64_t quota = 0;
    std::int64_t period = 0;
    if (version == 2) {
      const auto words = slipway::split(slipway::read_lines(folder + "/cpu.max").at(0), ' ');
      if (words.at(0) == "max") return std::nullopt;
      quota = slipway::to_number(words[0]);
      period = slipway::to_number(words.at(1));
    } else {
      quota = slipway::read_number(folder + "/cpu.cfs_quota_us");
      period = slipway::read_number(folder + "/cpu.cfs_period_us");
    }
    if (quota < 0 || period <= 0) return std::nullopt;
    return quota * 1'000'000 / period;
  } catch (const slipway::Error&) {
    return std::nullopt;
  }
}

Reading read_processors(const std::string& folder, int version) {
  Reading reading{"cpu",
                  "processors",
                  version == 2 ? "cpu.max" : "cpu.cfs_quota_us",
                  Unit::processors,
                  {},
                  {},
                  {},
                  "",
                  {}};
  const std::string stat = folder + "/cpu.stat";
  reading.limit = processor_limit(folder, version);
  if (version == 2) {
    reading.use = group_number(stat, "usage_usec");
  } else {  // v1 counts in another hierarchy (cpuacct): so what the members have used
    double seconds = 0;
    for (const pid_t pid : members_below(folder)) seconds += cpu_seconds(pid);
    reading.use = static_cast<std::int64_t>(seconds * 1e6);
  }
  for (const char* key : {"nr_periods", "nr_throttled", "throttled_usec", "throttled_time"})
    if (const auto count = group_number(stat, key)) reading.counters.emplace_back(key, *count);
  return reading;
}

Reading read_cpuacct(const std::string& folder) {
  Reading reading{"cpuacct", "processors", "cpuacct.usage", Unit::processors, {}, {}, {}, "", {}};
  if (const auto used = group_number(folder + "/cpuacct.usage")) reading.use = *used / 1000;
  return reading;
}

// hugetlb has its files once for each size of page that the machine has, and once more for what is
// reserved and not yet used: "hugetlb.2MB.max", "hugetlb.2MB.rsvd.max", and so on.
std::vector<Reading> read_huge_pages(const std::string& folder, int version) try {
  const bool v2 = version == 2;
  const std::string_view end = v2 ? ".max" : ".limit_in_bytes";
  std::vector<std::string> files = slipway::list_folder(folder);
  std::ranges::sort(files);
  std::vector<Reading> all;
  for (const std::string& file : files) {
    if (!file.starts_with("hugetlb.") || !file.ends_with(end)) continue;
    const std::string path = folder + "/" + file.substr(0, file.size() - end.size());
    const std::string what = path.ends_with(".rsvd") ? " reserved" : " pages";
    const std::string size = slipway::split(file, '.').at(1);
    Reading reading{"hugetlb", size + what, file, Unit::bytes, {}, {}, {}, "", {}};
    reading.limit = group_number(folder + "/" + file);
    if (reading.limit && *reading.limit >= endless) reading.limit.reset();
    reading.use = group_number(path + (v2 ? ".current" : ".usage_in_bytes"));
    if (!v2) reading.peak = group_number(path + ".max_usage_in_bytes");
    const auto refused =
        v2 ? group_number(path + ".events", "max") : group_number(path + ".failcnt");
    if (refused) reading.counters.emplace_back(v2 ? "max" : "failcnt", *refused);
    if (reading.limit || reading.use.value_or(0) > 0) all.push_back(reading);
  }
  return all;
} catch (const slipway::Error&) {  // the group is going away
  return {};
}

bool limited(const Group& group) {
  return std::ranges::any_of(group.readings,
                             [](const Reading& reading) { return reading.limit.has_value(); });
}

Group make_group(const Tree& tree, const std::string& path, const std::vector<Seen>& processes) {
  Group group;
  group.version = tree.version;
  for (const std::string& name : tree.controllers)
    group.controllers += (group.controllers.empty() ? "" : ",") + name;
  if (group.controllers.empty()) group.controllers = tree.name;
  group.path = path;
  group.folder = tree.folder(path);
  group.top = group.folder == tree.mount;
  const std::string below = group.top ? tree.top : path;
  for (const Seen& seen : processes) {
    const std::string own = cgroups_of(seen.pid)[tree.name];
    if (group.top || own == below || own.starts_with(below + "/")) ++group.shown;
  }
  if (!group.top) {
    group.members = members_below(group.folder).size();
    group.readings = readings(group.folder, tree.version, tree.controllers);
  }
  return group;
}

}  // namespace

std::vector<Reading> readings(const std::string& folder, int version,
                              const std::vector<std::string>& controllers) {
  std::vector<Reading> all;
  const auto here = [&](const char* name) {
    return std::ranges::find(controllers, name) != controllers.end();
  };
  if (here("cpu") || version == 2) all.push_back(read_processors(folder, version));
  if (here("cpuacct")) all.push_back(read_cpuacct(folder));
  for (const Row& row : rows)
    if (row.version == version && (*row.controller == 0 || here(row.controller)))
      all.push_back(read_row(row, folder));
  if (here("hugetlb")) std::ranges::copy(read_huge_pages(folder, version), std::back_inserter(all));
  std::erase_if(all, [](const Reading& reading) {
    return !reading.limit && !reading.use && reading.text.empty();
  });
  return all;
}

std::vector<Group> groups_of(const std::vector<Seen>& processes) {
  std::vector<Group> all;
  for (const Tree& tree : trees()) {
    std::vector<std::string> own;
    for (const Seen& seen : processes) {
      const auto groups = cgroups_of(seen.pid);
      const auto group = groups.find(tree.name);
      if (group != groups.end() && std::ranges::find(own, group->second) == own.end())
        own.push_back(group->second);
    }
    std::vector<std::string> chain = own;  // and all above
    for (std::string path : own)
      while ((path = path.substr(0, path.rfind('/'))).size() > 1)
        if (std::ranges::find(chain, path) == chain.end()) chain.push_back(path);
    std::ranges::sort(chain);
    for (const std::string& path : chain) {
      Group group = make_group(tree, path, processes);
      const bool lives_here = std::ranges::find(own, path) != own.end();
      if (lives_here || (limited(group) && !group.top)) all.push_back(group);
    }
  }
  return all;
}

}  // namespace labkit::scope
