#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

/// The checks' own eyes on namespaces. namespaces(7).
namespace labkit {

/// All eight, by the names in /proc/PID/ns.
const std::vector<std::string>& kinds_of_namespaces();

/// A namespace with those in it.
struct SeenNamespace {
  ino_t inode = 0;
  std::string kind;
  std::vector<pid_t> members;  ///< In the order in which they were asked for.
};

/// The namespaces that these processes are in, each once; a zombie is in two at the most, its pid
/// and its user namespace, and a process that is gone in none.
std::vector<SeenNamespace> namespaces_of(const std::vector<pid_t>& processes);

}  // namespace labkit
