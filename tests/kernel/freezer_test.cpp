#include "labkit/observe/freezer.hpp"

#include <signal.h>
#include <unistd.h>

#include <filesystem>

#include "labkit/observe/cgroup.hpp"
#include "machine.hpp"
#include "skip.hpp"
#include "slipway/cgroup.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"

using namespace labkit;
using machine::eventually;

namespace {

/// In each hierarchy of this machine that can freeze: the folder of a group, and a process in it.
struct Frozen {
  Frozen() : name(machine::group_name()), child(machine::start_sleeper()) {
    for (const Tree& tree : trees())
      if (tree.version == 2 || tree.has("freezer")) found.push_back(tree);
  }
  ~Frozen() {
    for (const Tree& tree : found) thaw(tree);
    child = machine::start_sleeper();  // the old one is killed
    for (const Tree& tree : found)
      eventually(
          [&] { return !slipway::exists(folder(tree)) || ::rmdir(folder(tree).c_str()) == 0; });
  }
  std::string folder(const Tree& tree) const { return tree.mount + "/slipway/" + name; }
  void join(const Tree& tree) const {
    std::filesystem::create_directories(folder(tree));
    slipway::write_file(folder(tree) + "/cgroup.procs", fmt::format("{}", child.pid()));
  }
  void freeze(const Tree& tree) const {
    slipway::write_file(folder(tree) + (tree.version == 2 ? "/cgroup.freeze" : "/freezer.state"),
                        tree.version == 2 ? "1" : "FROZEN");
  }
  void thaw(const Tree& tree) const {
    if (!slipway::exists(folder(tree))) return;
    slipway::write_file(folder(tree) + (tree.version == 2 ? "/cgroup.freeze" : "/freezer.state"),
                        tree.version == 2 ? "0" : "THAWED");
  }

  std::string name;
  slipway::Child child;
  std::vector<Tree> found;
};

}  // namespace

TEST_CASE("freezing: a frozen group is seen in whichever hierarchy it is, and a thawed one too") {
  NEEDS_ROOT();
  const Frozen frozen;
  LACKS_UNLESS(!frozen.found.empty(), "a hierarchy that can freeze");
  for (const Tree& tree : frozen.found) {
    INFO(tree.mount);
    frozen.join(tree);
    CHECK(freezing_of(frozen.child.pid()).state == Freezing::no);
    frozen.freeze(tree);
    CHECK(eventually([&] { return freezing_of(frozen.child.pid()).state == Freezing::yes; }));
    CHECK(freezing_of(frozen.child.pid()).file.starts_with(frozen.folder(tree)));
    frozen.thaw(tree);
    CHECK(eventually([&] { return freezing_of(frozen.child.pid()).state == Freezing::no; }));
  }
}

TEST_CASE("freezing: a process that is stopped by a signal is in no frozen group") {
  NEEDS_ROOT();
  const slipway::Child child = machine::start_sleeper();
  child.signal(SIGSTOP);
  CHECK(freezing_of(child.pid()).state == Freezing::no);
}
