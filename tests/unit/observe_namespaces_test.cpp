#include "labkit/observe/namespaces.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "catch.hpp"
#include "labkit/observe/process.hpp"
#include "slipway/file.hpp"

using namespace labkit;

TEST_CASE("the eyes know every type of namespace that this kernel has") {
  std::set<std::string> kernel;
  for (const std::string& name : slipway::list_folder("/proc/self/ns"))
    if (!name.ends_with("_for_children")) kernel.insert(name);
  const auto& kinds = kinds_of_namespaces();
  CHECK(std::set<std::string>(kinds.begin(), kinds.end()) == kernel);
}

TEST_CASE("processes that share a namespace are in one, in the order asked for") {
  const pid_t self = ::getpid();
  const auto seen = namespaces_of({self, self});
  CHECK(seen.size() == kinds_of_namespaces().size());
  for (const SeenNamespace& one : seen) {
    INFO(one.kind);
    CHECK(one.inode == namespace_of(self, one.kind));
    CHECK(one.members == std::vector<pid_t>{self, self});
  }
}

TEST_CASE("a zombie is in its pid and its user namespace, a process that is gone in none") {
  const pid_t zombie = ::fork();
  if (zombie == 0) ::_exit(0);
  siginfo_t info;
  ::waitid(P_PID, static_cast<id_t>(zombie), &info, WEXITED | WNOWAIT);
  std::set<std::string> kinds;
  for (const SeenNamespace& one : namespaces_of({zombie})) kinds.insert(one.kind);
  CHECK(kinds == std::set<std::string>{"pid", "user"});
  ::waitpid(zombie, nullptr, 0);
  CHECK(namespaces_of({zombie}).empty());
}
