// The checks' eyes on cgroup namespaces, against namespaces that are made here.
#include "labkit/observe/cgroup_view.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <functional>
#include <optional>

#include "catch.hpp"
#include "labkit/observe/cgroup.hpp"
#include "labkit/observe/process.hpp"
#include "machine.hpp"
#include "skip.hpp"
#include "slipway/cgroup.hpp"
#include "slipway/error.hpp"
#include "slipway/process.hpp"

using namespace labkit;

namespace {

/// A controller that this machine has, and the tree that has it.
std::optional<Tree> some_tree() {
  for (const Tree& tree : trees())
    if (!tree.controllers.empty()) return tree;
  return std::nullopt;
}

/// A child in a group of its own that has begun a cgroup namespace there.
slipway::Child start_inside(const slipway::Cgroup& group, const std::function<void()>& more) {
  slipway::Child child = slipway::start(
      {},
      [&] {
        slipway::check(::unshare(CLONE_NEWCGROUP | CLONE_NEWNS), "begin the namespaces");
        slipway::check(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "keep mounts");
        more();
        slipway::execute({"sleep", "1000"});
      },
      [&](pid_t pid) { group.join(pid); });
  return child;
}

}  // namespace

TEST_CASE("cgroup view: without a namespace of its own, a process sees what the checker sees") {
  NEEDS_ROOT();
  const auto view = cgroup_view_of(::getpid());
  REQUIRE(view);
  CHECK(view->own == cgroups_of(::getpid()));
  CHECK(!view->mounts.empty());
  CHECK(!cgroup_view_of(0x7ffffffe));
}

TEST_CASE("cgroup view: names begin at the namespace, and an old mount shows the old top") {
  NEEDS_ROOT();
  const auto tree = some_tree();
  NEEDS(tree.has_value(), "a hierarchy with a controller");
  const slipway::Cgroup group(machine::group_name(), {tree->controllers.front()});
  const slipway::Child child = start_inside(group, [] {});
  const auto view = cgroup_view_of(child.pid());
  REQUIRE(view);
  for (const auto& [name, own] : view->own) CHECK(own == "/");
  const std::string outside = cgroups_of(child.pid())[tree->name];
  CHECK(outside.find("/slipway/") != std::string::npos);
  for (const SeenCgroupMount& mount : view->mounts) {
    INFO(mount.target);
    if (mount.tree == tree->name) CHECK(mount.group != outside);
  }
}

TEST_CASE("cgroup view: a new mount shows the group, and what lies below it is not seen") {
  NEEDS_ROOT();
  const auto tree = some_tree();
  NEEDS(tree.has_value(), "a hierarchy with a controller");
  const slipway::Cgroup group(machine::group_name(), {tree->controllers.front()});
  const slipway::Child child = start_inside(group, [&] {
    const char* type = tree->version == 2 ? "cgroup2" : "cgroup";
    const std::string options = tree->version == 2 ? "" : tree->name;
    const char* place = tree->mount.c_str();
    slipway::check(::mount("between", place, "tmpfs", 0, nullptr), "cover {}", tree->mount);
    slipway::check(::mount("groups", place, type, 0, options.c_str()), "mount {}", tree->mount);
  });
  const auto view = cgroup_view_of(child.pid());
  REQUIRE(view);
  int seen = 0;
  for (const SeenCgroupMount& mount : view->mounts) {
    if (mount.target != tree->mount) continue;
    ++seen;
    CHECK(mount.group == cgroups_of(child.pid())[tree->name]);
  }
  CHECK(seen == 1);
}

TEST_CASE("cgroup view: an open folder of the groups is found, an open file is none") {
  NEEDS_ROOT();
  const auto tree = some_tree();
  NEEDS(tree.has_value(), "a hierarchy with a controller");
  CHECK(cgroups_held_open_by(::getpid()).empty());
  const slipway::Descriptor folder = slipway::open(tree->mount, O_RDONLY | O_DIRECTORY);
  const slipway::Descriptor file = slipway::open(tree->mount + "/cgroup.procs");
  const auto held = cgroups_held_open_by(::getpid());
  REQUIRE(held.size() == 1);
  CHECK(held[0].ends_with(" -> " + tree->mount));
}
