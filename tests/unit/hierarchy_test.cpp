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

TEST_CASE("perf_event is in every group of v2, net_cls and net_prio in none") {
  const Hierarchy v2{2, "/v2", "/", {"cpu", "hugetlb"}};
  const Hierarchy net{1, "/net", "/", {"net_cls", "net_prio"}};
  const Hierarchy perf{1, "/perf", "/", {"perf_event"}};
  const std::vector<Hierarchy> pure = {v2};
  const std::vector<Hierarchy> mixed = {v2, net, perf};
  CHECK(slipway::find_hierarchy(pure, "perf_event") == &pure[0]);
  CHECK(slipway::find_hierarchy(mixed, "perf_event") == &mixed[2]);
  for (const char* controller : {"net_cls", "net_prio"}) {
    CHECK(slipway::find_hierarchy(pure, controller) == nullptr);
    CHECK(slipway::find_hierarchy(mixed, controller) == &mixed[1]);
  }
}

TEST_CASE("random names differ") {
  CHECK(slipway::unique_name("x") != slipway::unique_name("x"));
  CHECK(slipway::unique_name("x").size() == 10);
  CHECK(slipway::unique_name("x").starts_with("x-"));
}
