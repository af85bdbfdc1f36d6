#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "labkit/observe/cgroup.hpp"

namespace labkit {

/// What the programs of a sandbox may use, all of them together.
struct Limits {
  std::int64_t memory = 512 << 20;  ///< Bytes, without swap.
  std::int64_t processes = 512;     ///< Threads count too.
};

/// The control groups of one sandbox, in every hierarchy of the machine:
///
///   slipway/NAME              the limits, out of the sandbox's reach
///   slipway/NAME/top          what the sandbox takes for the top of the tree
///   slipway/NAME/top/session  where its programs are born, as a login's are on a real machine
///
/// On v2 a group that hands controllers to children may hold no process itself; that is why
/// programs are born one floor below the top.
class Groups {
 public:
  Groups(const std::string& name, const Limits& limits, uid_t owner);
  Groups(const Groups&) = delete;
  Groups& operator=(const Groups&) = delete;
  ~Groups();  ///< Kills all members and removes the groups; what cannot be done is left to `lab
              ///< clean`.

  /// Moves a process into `top`, which then can become the root of its cgroup namespace.
  void join_top(pid_t pid) const;

  /// Moves a process into `top/session`.
  void join_session(pid_t pid) const;

  /// From now on `top` hands all its controllers down (v2); no process may be in it any more.
  void hand_down() const;

  /// Thaws every group in which a program may have frozen itself or others: on v1, SIGKILL waits
  /// for it.
  void thaw() const;

  /// The folder `slipway/NAME` in that tree.
  std::string folder(const Tree& tree) const;

  /// All processes in these groups. A program can leave none of them: it sees no group above.
  std::vector<pid_t> members() const;

  const std::vector<Tree>& all_trees() const { return trees_; }

 private:
  void make(const Tree& tree, const Limits& limits, uid_t owner) const;

  std::string name_;
  std::vector<Tree> trees_;
};

/// Kills the members of slipway/NAME in every hierarchy and removes it. False when something
/// stayed.
bool remove_groups(const std::string& name);

}  // namespace labkit
