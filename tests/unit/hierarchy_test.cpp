#include <set>

#include "catch.hpp"
#include "labkit/observe/cgroup.hpp"
#include "slipway/cgroup.hpp"
#include "slipway/file.hpp"

using slipway::Hierarchy;

TEST_CASE("a group's folder lies below its hierarchy's mount") {
  const Hierarchy hierarchy{2, "/sys/fs/cgroup", "/", {}};
  CHECK(hierarchy.folder("/") == "/sys/fs/cgroup");
  CHECK(hierarchy.folder("/a/b") == "/sys/fs/cgroup/a/b");
}

TEST_CASE("in a container the mount's own root is taken away first") {
  const Hierarchy hierarchy{1, "/sys/fs/cgroup/cpu", "/docker/abc", {"cpu"}};
  CHECK(hierarchy.folder("/docker/abc") == "/sys/fs/cgroup/cpu");
  CHECK(hierarchy.folder("/docker/abc/x") == "/sys/fs/cgroup/cpu/x");
  CHECK(hierarchy.folder("/docker/abcd") == "/sys/fs/cgroup/cpu/docker/abcd");
  CHECK(hierarchy.folder("/") == "/sys/fs/cgroup/cpu");
}

TEST_CASE("a hierarchy has its controllers by their whole names") {
  const Hierarchy hierarchy{1, "/c", "/", {"cpu", "cpuacct"}};
  CHECK(hierarchy.has("cpu"));
  CHECK(hierarchy.has("cpuacct"));
  CHECK(!hierarchy.has("cpuset"));
  CHECK(!hierarchy.has(""));
}

TEST_CASE("the core and the checks' own eyes see the same hierarchies") {
  std::set<std::string> core;
  for (const Hierarchy& hierarchy : slipway::hierarchies()) {
    core.insert(hierarchy.mount);
    CHECK((hierarchy.version == 1 || hierarchy.version == 2));
    for (const std::string& controller : hierarchy.controllers)
      if (!controller.starts_with("name=")) {
        const auto tree = labkit::tree_of(controller);
        REQUIRE(tree);
        CHECK(tree->mount == hierarchy.mount);
        CHECK(tree->version == hierarchy.version);
      }
  }
  std::set<std::string> eyes;
  for (const labkit::Tree& tree : labkit::trees()) eyes.insert(tree.mount);
  CHECK(core == eyes);
}

TEST_CASE("a controller is found in its hierarchy, of either version") {
  const std::vector<Hierarchy> hybrid = {{1, "/cpu", "/", {"cpu"}}, {2, "/v2", "/", {"hugetlb"}}};
  CHECK(slipway::find_hierarchy(hybrid, "cpu") == &hybrid[0]);
  CHECK(slipway::find_hierarchy(hybrid, "hugetlb") == &hybrid[1]);
  CHECK(slipway::find_hierarchy(hybrid, "memory") == nullptr);
}

TEST_CASE("what is no controller on v2 is there in any case, where v1 does not have it") {
  const std::vector<Hierarchy> both = {{2, "/v2", "/", {}}, {1, "/freezer", "/", {"freezer"}}};
  CHECK(slipway::find_hierarchy(both, "freezer") == &both[1]);
  CHECK(slipway::find_hierarchy(both, "devices") == &both[0]);
  CHECK(slipway::find_hierarchy({both[1]}, "devices") == nullptr);
}

TEST_CASE("random names differ") {
  CHECK(slipway::unique_name("x") != slipway::unique_name("x"));
  CHECK(slipway::unique_name("x").size() == 10);
  CHECK(slipway::unique_name("x").starts_with("x-"));
}
