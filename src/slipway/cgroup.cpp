#include "slipway/cgroup.hpp"

#include <signal.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <functional>

#include "slipway/error.hpp"
#include "slipway/file.hpp"

namespace slipway {
namespace {

constexpr char our_folder[] = "/slipway";

// Does `attempt` until it succeeds, with pauses from 1 ms on, for about ten seconds.
bool eventually(const std::function<bool()>& attempt) {
  constexpr useconds_t longest_pause = 100'000;
  useconds_t pause = 1'000;
  for (useconds_t waited = 0; waited < 10'000'000; waited += pause) {
    if (attempt()) return true;
    ::usleep(pause);
    pause = std::min(2 * pause, longest_pause);
  }
  return false;
}

// In a new v1 cpuset both lists are empty, and no process can join before they are filled.
void fill_cpuset(const std::string& folder, const std::string& parent) {
  for (const char* list : {"/cpuset.cpus", "/cpuset.mems"})
    if (read_file(folder + list) == "\n") write_file(folder + list, read_file(parent + list));
}

// Another program's end may remove a group, and the groups above it, while we use them.
bool is_gone(const Error& error) {
  return error.code() == ENOENT || error.code() == ENODEV;
}

// On v2 a group has the controllers that its parent hands down, and some things in any case.
void hand_down(const Hierarchy& hierarchy, const std::string& parent,
               const std::vector<std::string>& controllers) {
  const std::string file = parent + "/cgroup.subtree_control";
  std::string text = read_file(file);
  if (!text.empty()) text.pop_back();
  const std::vector<std::string> enabled = split(text, ' ');
  for (const std::string& controller : controllers)
    if (hierarchy.has(controller) && std::ranges::find(enabled, controller) == enabled.end())
      write_file(file, "+" + controller);
}

// MOUNT/slipway. Whoever made it may not have filled it yet, so that is done here in any case.
void prepare_our_folder(const Hierarchy& hierarchy, const std::string& ours,
                        const std::vector<std::string>& controllers) {
  if (::mkdir(ours.c_str(), 0755) == -1 && errno != EEXIST) check(-1, "make the group {}", ours);
  if (hierarchy.version == 2) {
    hand_down(hierarchy, hierarchy.mount, controllers);
    hand_down(hierarchy, ours, controllers);
  } else if (hierarchy.has("cpuset")) {
    fill_cpuset(ours, hierarchy.mount);
  }
}

// Whoever removes what is left of killed programs may have had the lock just before us.
Descriptor lock_group(const std::string& folder) {
  Descriptor lock = open(folder, O_RDONLY | O_DIRECTORY);
  int locked;
  do locked = ::flock(lock.get(), LOCK_SH);
  while (locked == -1 && errno == EINTR);
  check(locked, "lock the group {}", folder);
  if (!exists(folder)) fail(ENOENT, "lock the group {}", folder);
  return lock;
}

// Makes MOUNT/slipway/NAME, and locks it. Another program may remove the folders between, empty as
// they then are, so what vanished is made again.
Descriptor make_group(const Hierarchy& hierarchy, const std::string& folder,
                      const std::vector<std::string>& controllers) {
  const std::string ours = hierarchy.mount + our_folder;
  for (int attempts = 0;; ++attempts) {
    try {
      prepare_our_folder(hierarchy, ours, controllers);
      check(::mkdir(folder.c_str(), 0755), "make the group {}", folder);
      return lock_group(folder);
    } catch (const Error& error) {
      if (!is_gone(error) || attempts == 100) throw;
    }
  }
}

std::vector<std::string> groups_below(const std::string& folder) {
  std::vector<std::string> groups;
  for (const std::string& name : list_folder(folder)) {
    struct stat info;
    const std::string path = folder + "/" + name;
    if (::lstat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) groups.push_back(path);
  }
  return groups;
}

// Signals every member once; true when there was none.
bool kill_once(const std::string& folder) try {
  if (exists(folder + "/cgroup.kill")) write_file(folder + "/cgroup.kill", "1");
  bool empty = true;
  for (const std::string& group : groups_below(folder)) empty &= kill_once(group);
  if (exists(folder + "/freezer.state")) write_file(folder + "/freezer.state", "THAWED");
  for (const std::string& line : read_lines(folder + "/cgroup.procs")) {
    const auto pid = static_cast<pid_t>(to_number(line));
    if (pid > 0) ::kill(pid, SIGKILL);  // 0 stands for a process outside our pid namespace
    empty = false;
  }
  return empty;
} catch (const Error& error) {
  if (is_gone(error)) return false;  // a group below was removed meanwhile: look again
  throw;
}

// rmdir says EBUSY for a moment after the last member's end.
bool remove_once(const std::string& folder) try {
  for (const std::string& group : groups_below(folder))
    if (!remove_once(group)) return false;
  if (::rmdir(folder.c_str()) == 0 || errno == ENOENT) return true;
  if (errno != EBUSY) fail(errno, "remove the group {}", folder);
  return false;
} catch (const Error& error) {
  if (is_gone(error)) return false;
  throw;
}

}  // namespace

Cgroup::Cgroup(const std::string& name, const std::vector<std::string>& controllers, Cpuset cpuset)
    : Cgroup() {  // whole from here on: what is thrown below lets the destructor remove the rest
  if (name.empty() || name.starts_with('.') || name.find('/') != std::string::npos)
    throw Error(fmt::format("\"{}\" is no name for a group: it is one folder's name", name));
  std::vector<std::string> missing = controllers;
  const std::vector<Hierarchy> all = hierarchies();
  for (const Hierarchy& hierarchy : all) {
    std::vector<std::string> here;
    for (const std::string& controller : controllers)
      if (find_hierarchy(all, controller) == &hierarchy) here.push_back(controller);
    if (here.empty()) continue;
    for (const std::string& controller : here) std::erase(missing, controller);
    const std::string path = fmt::format("{}{}/{}", hierarchy.mount, our_folder, name);
    folders_.push_back({hierarchy, path, make_group(hierarchy, path, here)});
    // On v2 a group has what was handed down or built in; on v1, all that is mounted together.
    if (hierarchy.version == 2) folders_.back().hierarchy.controllers = here;
    if (hierarchy.version == 1 && hierarchy.has("cpuset") && cpuset == Cpuset::as_parent)
      fill_cpuset(path, hierarchy.mount + our_folder);
    if (hierarchy.version == 2) birthplace_ = open(path, O_RDONLY | O_DIRECTORY);
  }
  if (!missing.empty())
    throw Error(
        fmt::format("make the group {}: no controller {} is mounted here (see /proc/cgroups)", name,
                    missing.front()));
}

Cgroup::Cgroup(Cgroup&& other) noexcept
    : folders_(std::exchange(other.folders_, {})), birthplace_(std::move(other.birthplace_)) {}

Cgroup& Cgroup::operator=(Cgroup&& other) noexcept {
  std::swap(folders_, other.folders_);
  std::swap(birthplace_, other.birthplace_);
  return *this;
}

Cgroup::~Cgroup() {
  try {
    remove();
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
  }
}

bool Cgroup::has(std::string_view controller) const {
  return std::ranges::any_of(
      folders_, [&](const Folder& folder) { return folder.hierarchy.has(controller); });
}

const Cgroup::Folder& Cgroup::folder_of(std::string_view controller) const {
  for (const Folder& folder : folders_)
    if (folder.hierarchy.has(controller) || controller == "cgroup") return folder;
  throw Error(fmt::format("this group is without the controller {}", controller));
}

int Cgroup::version(std::string_view controller) const {
  return folder_of(controller).hierarchy.version;
}

std::string Cgroup::file(std::string_view name) const {
  return fmt::format("{}/{}", folder_of(name.substr(0, name.find('.'))).path, name);
}

void Cgroup::write(std::string_view name, std::string_view value) const {
  write_file(file(name), value);
}

std::string Cgroup::read(std::string_view name) const {
  return read_file(file(name));
}

std::int64_t Cgroup::number(std::string_view name) const {
  return read_number(file(name));
}

std::int64_t Cgroup::keyed(std::string_view name, std::string_view key) const {
  return read_keyed(file(name), key);
}

void Cgroup::join(pid_t pid) const {
  for (const Folder& folder : folders_) {
    const std::string procs = folder.path + "/cgroup.procs";
    const std::string line = fmt::format("{}", pid);
    const std::vector<std::string> members = read_lines(procs);
    if (std::ranges::find(members, line) == members.end()) write_file(procs, line);
  }
}

void Cgroup::kill() const {
  for (const Folder& folder : folders_) {
    if (!eventually([&] { return !exists(folder.path) || kill_once(folder.path); }))
      throw Error(fmt::format("kill the members of {}: some are still alive", folder.path));
  }
}

void Cgroup::remove() {
  kill();
  birthplace_.close();
  while (!folders_.empty()) {
    const Folder folder = std::move(folders_.back());
    folders_.pop_back();
    if (!eventually([&] { return !exists(folder.path) || remove_once(folder.path); }))
      fail(EBUSY, "remove the group {}", folder.path);
    ::rmdir((folder.hierarchy.mount + our_folder).c_str());  // stays while others have groups in it
  }
}

std::string unique_name(const std::string& prefix) {
  std::uint32_t number;
  check(::getrandom(&number, sizeof number, 0), "draw a random number");
  return fmt::format("{}-{:08x}", prefix, number);
}

}  // namespace slipway
