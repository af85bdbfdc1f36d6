#pragma once

#include <string>
#include <vector>

#include "slipway/descriptor.hpp"

namespace labkit {

/// One run of the checker: a folder of its own below /run/slipway, held by a lock that the kernel
/// releases when the checker dies, however it dies. All groups of the run carry its id in their
/// names; so what a killed run left behind can be told from what a living one uses.
class Run {
 public:
  Run();
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;
  ~Run();

  const std::string& id() const { return id_; }
  const std::string& folder() const { return folder_; }

  /// A name for the next sandbox of this run, and an empty folder for its root.
  std::string next_name();
  std::string make_folder(const std::string& name) const;

 private:
  bool claim_folder();

  std::string id_;
  std::string folder_;
  slipway::Descriptor lock_;
  int sandboxes_ = 0;
};

/// Removes what dead runs left: their groups with all members, and their folders. Returns a line
/// for each thing removed. Throws slipway::Error when something cannot be removed.
std::vector<std::string> clean_dead_runs();

/// The same with the groups of labs' own programs, started by hand and killed: slipway/NAME. A
/// group is in use while somebody holds a lock on its folder (flock(2)), as the toolkit's class
/// Cgroup does. A learner's own program may not: then it is, too, while a member's parent lives
/// outside of it, and in the first seconds when it is empty.
std::vector<std::string> clean_abandoned_groups();

}  // namespace labkit
