#include "labkit/scope/scene.hpp"

#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <functional>

#include "labkit/observe/cgroup.hpp"
#include "labkit/observe/namespaces.hpp"
#include "labkit/observe/process.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"

namespace labkit::scope {
namespace {

double clock_seconds() {
  timespec time;
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

std::map<std::string, ino_t> inodes_of(pid_t pid) {
  std::map<std::string, ino_t> all;
  for (const std::string& kind : kinds_of_namespaces()) all[kind] = namespace_of(pid, kind);
  return all;
}

Seen see(const Process& process, int depth) {
  Seen seen;
  seen.pid = process.pid;
  seen.parent = process.parent;
  seen.depth = depth;
  seen.name = status_field(process.pid, "Name");
  seen.state = process.state;
  seen.cpu_seconds = cpu_seconds(process.pid);
  seen.resident = resident_bytes(process.pid);
  seen.namespaces = inodes_of(process.pid);
  return seen;
}

// In the order of a tree: each process is followed by its children.
std::vector<Seen> with_descendants(const std::vector<pid_t>& roots) {
  std::map<pid_t, std::vector<Process>> children;
  std::vector<Seen> all;
  for (const pid_t pid : all_processes())
    if (const auto process = look_at(pid)) children[process->parent].push_back(*process);
  const std::function<void(const Process&, int)> add = [&](const Process& process, int depth) {
    all.push_back(see(process, depth));
    for (const Process& child : children[process.pid]) add(child, depth + 1);
  };
  for (const pid_t root : roots) {
    const bool known = std::ranges::find(all, root, &Seen::pid) != all.end();
    if (const auto process = look_at(root); process && !known) add(*process, 0);
  }
  return all;
}

// A group may be named by its folder, or as in /proc/PID/cgroup in whichever hierarchy has it.
std::string find_group(const std::string& name) {
  for (const Tree& tree : trees()) {
    if (name == tree.mount || name.starts_with(tree.mount + "/")) {
      if (slipway::exists(name + "/cgroup.procs")) return name;
    } else {
      const std::string folder = tree.folder(name.starts_with('/') ? name : "/" + name);
      if (slipway::exists(folder + "/cgroup.procs")) return folder;
    }
  }
  throw slipway::Error(fmt::format("there is no control group {}: name its folder, or a pid", name),
                       ESRCH);
}

// Only members whose parent is no member are roots of what is shown.
std::vector<Seen> members_of(const std::string& folder) {
  const std::vector<pid_t> members = members_below(folder);
  std::vector<pid_t> roots;
  for (const pid_t pid : members) {
    const auto process = look_at(pid);
    if (process && std::ranges::find(members, process->parent) == members.end())
      roots.push_back(pid);
  }
  std::vector<Seen> all = with_descendants(roots);
  std::erase_if(
      all, [&](const Seen& seen) { return std::ranges::find(members, seen.pid) == members.end(); });
  return all;
}

}  // namespace

Scene look(const std::string& process_or_group) {
  Scene scene;
  scene.machine = inodes_of(1);
  for (auto& [kind, inode] : scene.machine)  // one may not look: then what the caller is in
    if (inode == 0) inode = namespace_of(::getpid(), kind);
  const bool pid = !process_or_group.empty() &&
                   process_or_group.find_first_not_of("0123456789") == std::string::npos;
  if (pid) {
    scene.processes = with_descendants({static_cast<pid_t>(slipway::to_number(process_or_group))});
    if (scene.processes.empty())
      throw slipway::Error(fmt::format("there is no process {} here", process_or_group), ESRCH);
  } else {
    scene.processes = members_of(find_group(process_or_group));
    if (scene.processes.empty())
      throw slipway::Error(fmt::format("no process is in the group {}", process_or_group), ESRCH);
  }
  scene.groups = groups_of(scene.processes);
  scene.seconds = clock_seconds();
  return scene;
}

std::optional<double> rate(std::optional<std::int64_t> now, std::optional<std::int64_t> then,
                           double seconds) {
  if (!now || !then || seconds <= 0) return std::nullopt;
  // A member that ended may have taken its time along.
  return std::max(0.0, static_cast<double>(*now - *then) / 1e6 / seconds);
}

const Reading* earlier(const Scene& before, const Group& group, const Reading& reading) {
  for (const Group& other : before.groups)
    if (other.folder == group.folder)
      for (const Reading& each : other.readings)
        if (each.file == reading.file && each.name == reading.name) return &each;
  return nullptr;
}

}  // namespace labkit::scope
