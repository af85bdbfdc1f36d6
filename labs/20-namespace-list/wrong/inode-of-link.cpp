// Wrong: the inode of the link, not of what it leads to.

#include <sys/stat.h>

#include <map>

#include "frame/frame.hpp"
#include "slipway/file.hpp"
#include "slipway/namespace.hpp"

using namespace slipway;

int list() {
  for (const std::string& pid : list_folder("/proc")) {
    if (pid[0] < '0' || pid[0] > '9') continue;
    for (const NamespaceKind& kind : namespace_kinds) {
      struct stat info;
      const std::string path = fmt::format("/proc/{}/ns/{}", pid, kind.name);
      if (::lstat(path.c_str(), &info) != 0) continue;
      fmt::print("{} {} 1 {} -\n", info.st_ino, kind.name, pid);
    }
  }
  return 0;
}

int main(int argc, char** argv) {
  return frame::run(argc, argv, "namespace-list", [](frame::Arguments&) { return list(); });
}
