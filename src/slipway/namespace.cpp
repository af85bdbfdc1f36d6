#include "slipway/namespace.hpp"

#include <sys/stat.h>

#include "slipway/error.hpp"

namespace slipway {

const NamespaceKind& namespace_kind(std::string_view name) {
  std::string known;
  for (const NamespaceKind& kind : namespace_kinds) {
    if (kind.name == name) return kind;
    known += fmt::format(" {}", kind.name);
  }
  throw Error(fmt::format("no namespace is called \"{}\"; the kernel has:{}", name, known));
}

ino_t namespace_inode(pid_t pid, const NamespaceKind& kind) {
  // By its own name: its pid may count in another pid namespace than this /proc.
  const std::string process = pid == 0 ? "self" : fmt::format("{}", pid);
  const std::string path = fmt::format("/proc/{}/ns/{}", process, kind.name);
  struct stat info;
  check(::stat(path.c_str(), &info), "look at {}", path);
  return info.st_ino;
}

}  // namespace slipway
