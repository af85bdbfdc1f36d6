#include "labkit/subject/run.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <set>

#include "labkit/observe/cgroup.hpp"
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

// Locked by nobody, and so dead: a living run's lock cannot be had.
bool is_dead(const std::string& run) {
  const std::string folder = std::string(runs_folder) + "/" + run;
  if (!slipway::exists(folder)) return true;
  return try_lock(slipway::open(folder, O_RDONLY | O_DIRECTORY));
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

}  // namespace

Run::Run() {
  std::uint32_t number;
  check(::getrandom(&number, sizeof number, 0), "draw a random number");
  id_ = fmt::format("check-{:08x}", number);
  folder_ = fmt::format("{}/{}", runs_folder, id_);
  if (::mkdir(runs_folder, 0711) == -1 && errno != EEXIST)
    check(-1, "make the folder {}", runs_folder);
  check(::mkdir(folder_.c_str(), 0700), "make the folder {}", folder_);
  lock_ = slipway::open(folder_, O_RDONLY | O_DIRECTORY);
  if (!try_lock(lock_)) throw slipway::Error(fmt::format("lock {}: another holds it", folder_));
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
    if (!is_dead(run)) continue;
    remove_groups_of(run, removed);
    const std::string folder = std::string(runs_folder) + "/" + run;
    std::error_code error;
    if (std::filesystem::remove_all(folder, error) > 0 && !error)
      removed.push_back("folder " + folder);
    if (error) throw slipway::Error(fmt::format("remove {}: {}", folder, error.message()));
  }
  ::rmdir(runs_folder);
  return removed;
}

}  // namespace labkit
