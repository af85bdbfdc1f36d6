#include "slipway/namespace.hpp"

#include <sched.h>
#include <unistd.h>

#include <set>

#include "catch.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"

using namespace slipway;

TEST_CASE("the table has every namespace that this kernel has, and no other") {
  std::set<std::string> table;
  for (const NamespaceKind& kind : namespace_kinds) table.emplace(kind.name);
  std::set<std::string> kernel;
  for (const std::string& name : list_folder("/proc/self/ns"))
    if (!name.ends_with("_for_children")) kernel.insert(name);
  CHECK(table == kernel);
}

TEST_CASE("each flag is that of its name") {
  const auto flag = [](const char* name) { return namespace_kind(name).flag; };
  CHECK(flag("cgroup") == CLONE_NEWCGROUP);
  CHECK(flag("ipc") == CLONE_NEWIPC);
  CHECK(flag("mnt") == CLONE_NEWNS);
  CHECK(flag("net") == CLONE_NEWNET);
  CHECK(flag("pid") == CLONE_NEWPID);
  CHECK(flag("time") == 0x80);
  CHECK(flag("user") == CLONE_NEWUSER);
  CHECK(flag("uts") == CLONE_NEWUTS);
}

TEST_CASE("an unknown namespace is answered with the known ones") {
  CHECK_THROWS_WITH(namespace_kind("mount"),
                    "no namespace is called \"mount\"; the kernel has: cgroup ipc mnt net pid time "
                    "user uts");
}

TEST_CASE("an inode is the one in the name of the kernel's link") {
  for (const NamespaceKind& kind : namespace_kinds) {
    char link[64] = {};
    const std::string path = "/proc/self/ns/" + std::string(kind.name);
    REQUIRE(::readlink(path.c_str(), link, sizeof link - 1) > 0);
    CHECK(std::string(link) ==
          fmt::format("{}:[{}]", kind.name, namespace_inode(::getpid(), kind)));
  }
}

TEST_CASE("a process that is gone has no namespace") {
  CHECK_THROWS_WITH(namespace_inode(0x7ffffffe, namespace_kind("uts")),
                    "look at /proc/2147483646/ns/uts: No such file or directory");
}
