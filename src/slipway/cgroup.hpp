#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "slipway/descriptor.hpp"

namespace slipway {

/// A tree of control groups as it is mounted here. cgroups(7).
/// v1 has a hierarchy for each controller (or for a few), v2 has one for all; a hybrid machine has
/// both.
struct Hierarchy {
  int version = 0;    ///< 1 or 2.
  std::string mount;  ///< Where it is mounted.
  std::string root;   ///< The group that the mount shows as its top.
  std::vector<std::string>
      controllers;  ///< "cpu", "memory", ...; of a v1 tree without, "name=...".

  bool has(std::string_view controller) const;

  /// The folder of a group that is named as in /proc/PID/cgroup.
  std::string folder(const std::string& group) const;
};

/// All that are mounted, each once. Throws Error.
std::vector<Hierarchy> hierarchies();

/// The one of `all` in which groups have this controller, or nullptr. Some nobody hands down on v2:
/// there every group has its freezer, its device rules and its account of CPU time, and perf can
/// watch it. Of these ("freezer", "devices", "cpuacct", "perf_event") v2 is the answer when no v1
/// has them. net_cls and net_prio are on v1 or nowhere.
const Hierarchy* find_hierarchy(const std::vector<Hierarchy>& all, std::string_view controller);

/// What the lists of a new v1 group with the controller cpuset hold; nobody can join before both
/// hold something. On v2 they are empty, which means: as the group above. cpuset(7).
enum class Cpuset {
  as_parent,  ///< What the group above has.
  empty,      ///< Nothing: whoever made the group writes them.
};

/// A control group of ours: one folder in each hierarchy that it needs, on v1, v2 and hybrid
/// machines alike. Its destructor kills its members and removes it. As long as it lives it holds a
/// lock (flock(2)) on each folder, by which others can tell a group in use from one whose maker was
/// killed.
class Cgroup {
 public:
  /// Makes the group slipway/NAME with these controllers, below the top of each hierarchy that has
  /// them (find_hierarchy()); NAME has no slash in it. Throws Error when a controller is mounted
  /// nowhere, or when the group exists already, and then leaves nothing behind.
  Cgroup(const std::string& name, const std::vector<std::string>& controllers,
         Cpuset cpuset = Cpuset::as_parent);
  Cgroup(Cgroup&& other) noexcept;
  Cgroup& operator=(Cgroup&& other) noexcept;
  ~Cgroup();

  /// Whether the group was made with this controller, or has it because it is mounted with another.
  bool has(std::string_view controller) const;

  /// 1 or 2: which version has this controller here. Throws Error when the group is without it.
  int version(std::string_view controller) const;

  /// The file NAME of this group, as "cpu.max": the word before the dot says which controller's
  /// folder.
  std::string file(std::string_view name) const;

  /// write_file(), read_file(), read_number(), read_keyed() on file(NAME); for whatever can throw
  /// there.
  void write(std::string_view name, std::string_view value) const;
  std::string read(std::string_view name) const;
  std::int64_t number(std::string_view name) const;
  std::int64_t keyed(std::string_view name, std::string_view key) const;

  /// The folder in which clone3(2) can let a child be born (Birth::cgroup), or -1 when this group
  /// is on v1 alone: there a child waits at the gate until it has been moved by join().
  int birthplace() const noexcept { return birthplace_.get(); }

  /// Moves a process, with all its threads, into this group, where it is not there already.
  void join(pid_t pid) const;

  /// Sends SIGKILL to every member, of groups below too, and waits until all are gone. On v2 the
  /// kernel does it at one stroke (cgroup.kill, Linux 5.14). Throws Error after ten seconds.
  void kill() const;

  /// kill(), then removes the folders, the deepest first. Throws Error.
  void remove();

 private:
  Cgroup() = default;

  struct Folder {
    Hierarchy hierarchy;
    std::string path;
    Descriptor lock;
  };
  const Folder& folder_of(std::string_view controller) const;

  std::vector<Folder> folders_;
  Descriptor birthplace_;
};

/// PREFIX-XXXXXXXX with eight random hex digits. A pid would not do: two pid namespaces have the
/// same.
std::string unique_name(const std::string& prefix);

}  // namespace slipway
