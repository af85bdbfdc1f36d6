#include "labkit/subject/run.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <set>

#include "labkit/observe/cgroup.hpp"
#include "labkit/observe/process.hpp"
#include "labkit/subject/groups.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"

namespace labkit {
namespace {

using slipway::check;

constexpr char runs_folder[] = "/run/slipway";

bool try_lock(const slipway::Descriptor& folder) {
  return ::flock(folder.get(), LOCK_EX | LOCK_NB) == 0;
}

// The id of the run to which a group or folder belongs: "check-0123abcd" of "check-0123abcd-7".
std::string run_of(const std::string& name) {
  return name.substr(0, name.find('-', name.find('-') + 1));
}

std::set<std::string> runs_with_groups() {
  std::set<std::string> runs;
  for (const Tree& tree : trees()) {
    const std::string ours = tree.mount + "/slipway";
    if (!slipway::exists(ours)) continue;
    for (const std::string& name : slipway::list_folder(ours))
      if (name.starts_with("check-")) runs.insert(run_of(name));
  }
  return runs;
}

// The lock of a dead run, for as long as it is cleaned: a living run's cannot be had. A run whose
// folder is gone has none, and is dead.
std::optional<slipway::Descriptor> lock_of_dead(const std::string& folder) {
  slipway::Descriptor lock(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!lock && errno != ENOENT) slipway::fail(errno, "open {}", folder);
  if (lock && !try_lock(lock)) return std::nullopt;
  return lock;
}

void remove_groups_of(const std::string& run, std::vector<std::string>& removed) {
  std::set<std::string> names;
  for (const Tree& tree : trees()) {
    const std::string ours = tree.mount + "/slipway";
    if (!slipway::exists(ours)) continue;
    for (const std::string& name : slipway::list_folder(ours))
      if (run_of(name) == run) names.insert(name);
  }
  for (const std::string& name : names) {
    if (!remove_groups(name))
      throw slipway::Error(fmt::format("the groups slipway/{} cannot be removed", name));
    removed.push_back(fmt::format("groups slipway/{}", name));
  }
}

// ── groups that are no run's
// ─────────────────────────────────────────────────────────────────────────────

// NAME-0123abcd: so the class Cgroup's callers name theirs, which then hold a lock.
bool is_locked_by_custom(const std::string& name) {
  const size_t dash = name.rfind('-');
  return dash != std::string::npos && name.size() - dash == 9 &&
         name.find_first_not_of("0123456789abcdef", dash + 1) == std::string::npos;
}

bool has_just_been_made(const std::string& folder) {
  struct stat info;
  constexpr time_t seconds = 10;
  return ::stat(folder.c_str(), &info) == 0 && ::time(nullptr) - info.st_mtime < seconds;
}

// An orphan's parent is process 1, or a service manager that has said so: prctl(2),
// PR_SET_CHILD_SUBREAPER.
bool has_parent_outside(pid_t pid, const std::vector<pid_t>& members) {
  const auto process = look_at(pid);
  if (!process || process->parent <= 1 || std::ranges::count(members, process->parent) != 0)
    return false;
  return status_field(process->parent, "Name") != "systemd";
}

// The lock on a group's folder when it is nobody's any more.
slipway::Descriptor lock_of_abandoned(const std::string& folder, const std::string& name) {
  slipway::Descriptor lock(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!lock || !try_lock(lock)) return {};  // or it is just going away
  const std::vector<pid_t> members = members_below(folder);
  const auto used = [&](pid_t pid) { return has_parent_outside(pid, members); };
  if (std::ranges::any_of(members, used)) return {};
  if (members.empty() && !is_locked_by_custom(name) && has_just_been_made(folder)) return {};
  return lock;
}

// By name: the folders of a group in all hierarchies have one maker, and are in use together. Each
// with the locks on its folders, which whoever is just making a group of that name waits for.
std::map<std::string, std::vector<slipway::Descriptor>> abandoned_groups() {
  std::map<std::string, std::vector<slipway::Descriptor>> groups;
  std::set<std::string> used;
  for (const Tree& tree : trees()) {
    const std::string ours = tree.mount + "/slipway";
    for (const std::string& folder : groups_in(ours)) {
      const std::string name = folder.substr(ours.size() + 1);
      if (name.starts_with("check-")) continue;
      slipway::Descriptor lock = lock_of_abandoned(folder, name);
      if (!lock) used.insert(name);
      groups[name].push_back(std::move(lock));
    }
  }
  for (const std::string& name : used) groups.erase(name);
  return groups;
}

}  // namespace

Run::Run() {
  for (int attempts = 0; !claim_folder(); ++attempts)
    if (attempts == 100) throw slipway::Error(fmt::format("lock {}: others hold it", folder_));
}

// Between two of these steps another run may remove the folder above, empty as it then is, or
// clean_dead_runs() may take this run, not locked yet, for a dead one.
bool Run::claim_folder() {
  std::uint32_t number;
  check(::getrandom(&number, sizeof number, 0), "draw a random number");
  id_ = fmt::format("check-{:08x}", number);
  folder_ = fmt::format("{}/{}", runs_folder, id_);
  if (::mkdir(runs_folder, 0711) == -1 && errno != EEXIST)
    check(-1, "make the folder {}", runs_folder);
  if (::mkdir(folder_.c_str(), 0700) == -1) {
    if (errno == ENOENT) return false;
    check(-1, "make the folder {}", folder_);
  }
  lock_ = slipway::Descriptor(::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return lock_ && try_lock(lock_) && slipway::exists(folder_);
}

Run::~Run() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
  ::rmdir(runs_folder);  // stays while other runs have folders in it
}

std::string Run::next_name() {
  return fmt::format("{}-{}", id_, ++sandboxes_);
}

std::string Run::make_folder(const std::string& name) const {
  const std::string folder = folder_ + "/" + name;
  check(::mkdir(folder.c_str(), 0700), "make the folder {}", folder);
  return folder;
}

std::vector<std::string> clean_dead_runs() {
  std::vector<std::string> removed;
  std::set<std::string> runs = runs_with_groups();
  if (slipway::exists(runs_folder))
    for (const std::string& name : slipway::list_folder(runs_folder))
      if (name.starts_with("check-")) runs.insert(name);
  for (const std::string& run : runs) {
    const std::string folder = std::string(runs_folder) + "/" + run;
    const auto lock = lock_of_dead(folder);
    if (!lock) continue;
    remove_groups_of(run, removed);
    std::error_code error;
    if (std::filesystem::remove_all(folder, error) > 0 && !error)
      removed.push_back("folder " + folder);
    if (error) throw slipway::Error(fmt::format("remove {}: {}", folder, error.message()));
  }
  ::rmdir(runs_folder);
  return removed;
}

std::vector<std::string> clean_abandoned_groups() {
  std::vector<std::string> removed;
  for (const auto& [name, locks] : abandoned_groups()) {
    if (!remove_groups(name))
      throw slipway::Error(fmt::format("the groups slipway/{} cannot be removed", name));
    removed.push_back(fmt::format("groups slipway/{}", name));
  }
  return removed;
}

}  // namespace labkit
