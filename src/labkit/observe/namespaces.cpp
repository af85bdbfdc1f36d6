#include "labkit/observe/namespaces.hpp"

#include <algorithm>

#include "labkit/observe/process.hpp"

namespace labkit {

const std::vector<std::string>& kinds_of_namespaces() {
  static const std::vector<std::string> kinds = {"cgroup", "ipc",  "mnt",  "net",
                                                 "pid",    "time", "user", "uts"};
  return kinds;
}

std::vector<SeenNamespace> namespaces_of(const std::vector<pid_t>& processes) {
  std::vector<SeenNamespace> seen;
  for (const pid_t pid : processes) {
    for (const std::string& kind : kinds_of_namespaces()) {
      const ino_t inode = namespace_of(pid, kind);
      if (inode == 0) continue;
      auto place = std::ranges::find(seen, inode, &SeenNamespace::inode);
      if (place == seen.end()) place = seen.insert(place, {inode, kind, {}});
      place->members.push_back(pid);
    }
  }
  return seen;
}

}  // namespace labkit
