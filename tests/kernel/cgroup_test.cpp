#include "slipway/cgroup.hpp"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <map>

#include "labkit/observe/cgroup.hpp"
#include "labkit/observe/process.hpp"
#include "labkit/subject/run.hpp"
#include "machine.hpp"
#include "skip.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"

using namespace slipway;
using machine::eventually;
using machine::group_name;
using machine::is_alive;

namespace {

/// The controllers of this machine that groups can have without being given limits, v1 and v2
/// mixed.
std::vector<std::string> usable() {
  std::vector<std::string> names;
  for (const char* name : {"cpu", "cpuacct", "memory", "pids", "cpuset", "freezer", "devices",
                           "blkio", "hugetlb", "net_cls", "net_prio", "perf_event"})
    if (machine::has_controller(name)) names.emplace_back(name);
  return names;
}

std::string group_of(pid_t pid, const std::string& controller) {
  const auto tree = labkit::tree_of(controller);
  if (!tree) return "";
  return tree->folder(labkit::cgroups_of(pid)[tree->name]);
}

/// A child in the group from its first instruction on, as labs start theirs.
Child start_in(const Cgroup& group, const std::vector<std::string>& command) {
  return start(
      {.cgroup = group.birthplace()}, [&] { execute(command); },
      [&](pid_t pid) { group.join(pid); });
}

std::vector<std::string> folders_named(const std::string& name) {
  std::vector<std::string> found;
  for (const labkit::Tree& tree : labkit::trees())
    if (exists(tree.mount + "/slipway/" + name)) found.push_back(tree.mount);
  return found;
}

std::string folder_of(const std::string& name, const std::string& controller) {
  return labkit::tree_of(controller)->mount + "/slipway/" + name;
}

}  // namespace

TEST_CASE("a group is made in the hierarchies of its controllers, and nowhere else") {
  NEEDS_ROOT();
  for (const std::string& controller : usable()) {
    INFO(controller);
    const std::string name = group_name();
    const Cgroup group(name, {controller});
    const auto tree = labkit::tree_of(controller);
    REQUIRE(tree);
    CHECK(folders_named(name) == std::vector<std::string>{tree->mount});
    CHECK(group.version(controller) == tree->version);
    CHECK(group.file(controller + ".x") ==
          tree->mount + "/slipway/" + name + "/" + controller + ".x");
    CHECK((group.birthplace() != -1) == (tree->version == 2));
  }
}

TEST_CASE("one group may have every controller of the machine") {
  NEEDS_ROOT();
  const std::string name = group_name();
  {
    const Cgroup group(name, usable());
    const Child child = start_in(group, {"sleep", "1000"});
    for (const std::string& controller : usable())
      CHECK(group_of(child.pid(), controller) == folder_of(name, controller));
  }
  CHECK(folders_named(name).empty());
}

TEST_CASE("a child is born in its group on v2, and its children are born there too") {
  NEEDS_ROOT();
  const std::string controller = machine::controller_of_v2();
  LACKS_UNLESS(!controller.empty(), "a controller on cgroup v2");
  const std::string name = group_name();
  const Cgroup group(name, {controller});
  // No join(): the birth alone does it.
  const Child child = start({.cgroup = group.birthplace()}, [] {
    execute({"sh", "-c", "sleep 1000 & wait"});
  });
  CHECK(group_of(child.pid(), controller) == folder_of(name, controller));
  REQUIRE(eventually([&] { return !labkit::children_of(child.pid()).empty(); }));
  CHECK(group_of(labkit::children_of(child.pid())[0], controller) == folder_of(name, controller));
}

TEST_CASE("join moves a process and its threads, and again is harmless") {
  NEEDS_ROOT();
  const std::string name = group_name();
  const Cgroup group(name, {"pids"});
  const Child child = machine::start_sleeper();
  CHECK(group_of(child.pid(), "pids") != folder_of(name, "pids"));
  group.join(child.pid());
  group.join(child.pid());
  CHECK(group_of(child.pid(), "pids") == folder_of(name, "pids"));
  CHECK(group.number("pids.current") == 1);
}

TEST_CASE("a process that is gone cannot join, and the error names it and the file") {
  NEEDS_ROOT();
  const Cgroup group(group_name(), {"pids"});
  CHECK_THROWS_WITH(group.join(0x7ffffffe), StartsWith("write \"2147483646\" to /") &&
                                                contains("/cgroup.procs: No such process"));
}

TEST_CASE("a group's files are written, read, and read by key") {
  NEEDS_ROOT();
  const Cgroup group(group_name(), {"pids", "memory"});
  group.write("pids.max", "17");
  CHECK(group.read("pids.max") == "17\n");
  CHECK(group.number("pids.max") == 17);
  CHECK_THROWS_WITH(group.write("pids.max", "10 %"),
                    "write \"10 %\" to " + group.file("pids.max") + ": Invalid argument");
  CHECK(group.keyed("memory.stat", group.version("memory") == 2 ? "anon" : "rss") == 0);
  CHECK_THROWS_WITH(group.keyed("memory.stat", "nothing"), contains("no key nothing in it"));
  CHECK(group.has("pids"));
  CHECK(!group.has("cpu"));
  CHECK_THROWS_WITH(group.file("cpu.max"), "this group is without the controller cpu");
  CHECK_THROWS_WITH(group.version("cpu"), "this group is without the controller cpu");
}

TEST_CASE("a limit that is written holds") {
  NEEDS_ROOT();
  const Cgroup group(group_name(), {"pids"});
  group.write("pids.max", "1");
  Child child = start_in(group, {"sh", "-c", "(true) 2>/dev/null || exit 9"});
  CHECK(child.wait().status() != 0);
}

TEST_CASE("kill ends every member, those of groups below too") {
  NEEDS_ROOT();
  const std::string name = group_name();
  const Cgroup group(name, {"pids", "memory"});
  const Child child = start_in(
      group, {"sh", "-c", "i=0; while [ $i -lt 40 ]; do sleep 1000 & i=$((i + 1)); done; wait"});
  REQUIRE(eventually([&] { return group.number("pids.current") == 41; }));
  const std::string below = folder_of(name, "pids") + "/below";
  REQUIRE(::mkdir(below.c_str(), 0755) == 0);
  const pid_t moved = labkit::children_of(child.pid()).at(0);
  write_file(below + "/cgroup.procs", std::to_string(moved));
  group.kill();
  CHECK(labkit::members_below(folder_of(name, "pids")).empty());
  CHECK(labkit::members_below(folder_of(name, "memory")).empty());
  CHECK(!is_alive(moved));
  CHECK(!is_alive(child.pid()));
  CHECK(folders_named(name).size() >= 1);  // killed, not removed
}

TEST_CASE("kill of an empty group is done at once, and again") {
  NEEDS_ROOT();
  const Cgroup group(group_name(), {"pids"});
  CHECK_NOTHROW(group.kill());
  CHECK_NOTHROW(group.kill());
}

TEST_CASE("the members of a forking group are all killed") {
  NEEDS_ROOT();
  const std::string name = group_name();
  Cgroup group(name, {"pids"});
  group.write("pids.max", "60");
  const Child child = start_in(group, {"sh", "-c", "f() { f & f & }; f 2>/dev/null; wait"});
  REQUIRE(eventually([&] { return group.number("pids.current") > 20; }));
  group.remove();
  CHECK(folders_named(name).empty());
}

TEST_CASE("frozen members are killed, too, and members of frozen groups below") {
  NEEDS_ROOT();
  LACKS_UNLESS(machine::has_controller("freezer"), "the v1 freezer");
  const std::string name = group_name();
  Cgroup group(name, {"freezer"});
  const Child one = start_in(group, {"sleep", "1000"});
  const Child two = start_in(group, {"sleep", "1000"});
  const std::string below = folder_of(name, "freezer") + "/below";
  REQUIRE(::mkdir(below.c_str(), 0755) == 0);
  write_file(below + "/cgroup.procs", std::to_string(two.pid()));
  write_file(below + "/freezer.state", "FROZEN");
  group.write("freezer.state", "FROZEN");
  REQUIRE(eventually([&] { return group.read("freezer.state") == "FROZEN\n"; }));
  group.remove();
  CHECK(!is_alive(one.pid()));
  CHECK(!is_alive(two.pid()));
  CHECK(folders_named(name).empty());
}

TEST_CASE("members frozen on v2 are killed, too") {
  NEEDS_ROOT();
  const std::string controller = machine::controller_of_v2();
  LACKS_UNLESS(!controller.empty(), "a controller on cgroup v2");
  const std::string name = group_name();
  Cgroup group(name, {controller});
  const Child child = start_in(group, {"sleep", "1000"});
  group.write("cgroup.freeze", "1");
  group.remove();
  CHECK(!is_alive(child.pid()));
  CHECK(folders_named(name).empty());
}

TEST_CASE("a group goes with members still in it, and groups below") {
  NEEDS_ROOT();
  const std::string name = group_name();
  pid_t member;
  {
    const Cgroup group(name, {"pids"});
    const pid_t child = machine::fork_to([] { return ::pause(); });
    group.join(child);
    member = child;
    for (const char* below : {"/a", "/a/b", "/c"})
      REQUIRE(::mkdir((folder_of(name, "pids") + below).c_str(), 0755) == 0);
    write_file(folder_of(name, "pids") + "/a/b/cgroup.procs", std::to_string(child));
  }
  CHECK(machine::status_of(member) == 128 + SIGKILL);
  CHECK(folders_named(name).empty());
}

TEST_CASE("a group that somebody else removed is no error at the end") {
  NEEDS_ROOT();
  const std::string name = group_name();
  Cgroup group(name, {"pids"});
  REQUIRE(::rmdir(folder_of(name, "pids").c_str()) == 0);
  CHECK_NOTHROW(group.kill());
  CHECK_NOTHROW(group.remove());
  CHECK_NOTHROW(group.remove());
}

TEST_CASE("a group whose program was killed is removed with its members, one in use is not") {
  NEEDS_ROOT();
  const std::string used = unique_name("test-used"), left = unique_name("test-left");
  const Cgroup living(used, {"pids"});
  Child member = start_in(living, {"sleep", "1000"});
  Child program = start({}, [&] {
    const Cgroup group(left, {"pids"});
    Child command = start_in(group, {"sh", "-c", "setsid sleep 1000 & wait"});
    begun();
    ::pause();
  });
  CHECK(eventually([&] {
    const auto folders = folders_named(left);
    return !folders.empty() && labkit::members_below(folder_of(left, "pids")).size() == 2;
  }));
  const std::vector<pid_t> members = labkit::members_below(folder_of(left, "pids"));
  for (const std::string& line : labkit::clean_abandoned_groups())
    CHECK(line.find(left) == std::string::npos);  // its program lives
  program.signal(SIGKILL);
  program.wait();
  std::string removed;
  for (const std::string& line : labkit::clean_abandoned_groups()) removed += line + "\n";
  CHECK(removed.find(left) != std::string::npos);
  CHECK(removed.find(used) == std::string::npos);
  CHECK(folders_named(left).empty());
  for (const pid_t pid : members) CHECK(eventually([&] { return !is_alive(pid); }));
  CHECK(is_alive(member.pid()));
  CHECK(!folders_named(used).empty());
}

TEST_CASE("a group without a lock is in use while it is new, or a member's parent lives outside") {
  NEEDS_ROOT();
  const Cgroup ours(unique_name("test-keeps-ours"), {"pids"});  // so that MOUNT/slipway is there
  const std::string name = unique_name("test") + "-by-hand";
  const std::string folder = folder_of(name, "pids");
  REQUIRE(::mkdir(folder.c_str(), 0755) == 0);
  const auto is_left = [&] {
    for (const std::string& line : labkit::clean_abandoned_groups())
      if (line.find(name) != std::string::npos) return false;
    return exists(folder);
  };
  CHECK(is_left());  // it is new
  // The command's parent is a program that is not in the group, and later dead.
  Child program = start({}, [&] {
    const pid_t command = ::fork();
    if (command == 0) execute({"sleep", "1000"});
    write_file(folder + "/cgroup.procs", fmt::format("{}", command));
    begun();
    ::pause();
  });
  REQUIRE(eventually([&] { return labkit::members_below(folder).size() == 1; }));
  const pid_t command = labkit::members_below(folder).front();
  CHECK(is_left());
  program.signal(SIGKILL);
  program.wait();
  CHECK(eventually([&] { return !is_left(); }));
  CHECK(eventually([&] { return !is_alive(command); }));
  CHECK(!exists(folder));
}

TEST_CASE("a moved group is removed once, by its new owner") {
  NEEDS_ROOT();
  const std::string name = group_name();
  const std::string other = group_name();
  {
    Cgroup first(name, {"pids"});
    const Cgroup second(std::move(first));
    { const Cgroup gone(std::move(first)); }  // NOLINT(bugprone-use-after-move): empty by now
    CHECK(folders_named(name).size() == 1);
    Cgroup third(other, {"pids"});
    third = Cgroup(group_name(), {"pids"});
    CHECK(folders_named(other).empty());
  }
  CHECK(folders_named(name).empty());
}

TEST_CASE("a group can be frozen on every machine, on v2 without a controller of that name") {
  NEEDS_ROOT();
  Cgroup group(group_name(), {"freezer"});
  const Child child = start_in(group, {"sleep", "1000"});
  const bool v2 = group.version("freezer") == 2;
  group.write(v2 ? "cgroup.freeze" : "freezer.state", v2 ? "1" : "FROZEN");
  CHECK(eventually([&] {
    return v2 ? group.keyed("cgroup.events", "frozen") == 1
              : group.read("freezer.state") == "FROZEN\n";
  }));
  group.kill();  // a child that is frozen on v1 cannot be reaped
}

TEST_CASE("a controller that is mounted nowhere is named, and nothing is left of the try") {
  NEEDS_ROOT();
  const std::string name = group_name();
  CHECK_THROWS_WITH(
      Cgroup(name, {"pids", "no-such"}),
      "make the group " + name + ": no controller no-such is mounted here (see /proc/cgroups)");
  CHECK(folders_named(name).empty());
}

TEST_CASE("a group that exists already is an error, and stays, with all else as it was") {
  NEEDS_ROOT();
  const std::string name = group_name();
  const Cgroup first(name, {"pids"});
  try {
    const Cgroup second(name, {"cpu", "memory", "pids"});
    FAIL("it was made twice");
  } catch (const Error& error) {
    CHECK(error.code() == EEXIST);
    CHECK_THAT(error.what(), StartsWith("make the group /") && contains("/slipway/" + name + ": "));
  }
  CHECK(folders_named(name).size() == 1);
  CHECK(exists(folder_of(name, "pids")));
}

TEST_CASE("a name that leads elsewhere is refused") {
  NEEDS_ROOT();
  for (const char* name : {"", ".", "..", "../elsewhere", "a/b", "/etc"})
    CHECK_THROWS_WITH(Cgroup(name, {"pids"}), contains("is no name for a group"));
}

TEST_CASE("many programs at once make and remove their groups") {
  NEEDS_ROOT();
  std::vector<pid_t> programs;
  const std::string name = group_name();
  for (int number = 0; number < 4; ++number)
    programs.push_back(machine::fork_to([&] {
      for (int round = 0; round < 25; ++round) {
        const Cgroup group(fmt::format("{}{}x{}", name, number, round), {"pids", "cpuset"});
        start_in(group, {"true"}).wait();
      }
      return 0;
    }));
  for (pid_t program : programs) CHECK(machine::status_of(program) == 0);
}

TEST_CASE("a child can join a cpuset group: its lists are filled") {
  NEEDS_ROOT();
  LACKS_UNLESS(machine::has_controller("cpuset"), "the controller cpuset");
  const std::string name = group_name();
  const Cgroup group(name, {"cpuset"});
  const Child child = start_in(group, {"sleep", "1000"});
  CHECK(group_of(child.pid(), "cpuset") == folder_of(name, "cpuset"));
}

TEST_CASE("a cpuset group whose lists are left empty takes nobody on v1 before they are filled") {
  NEEDS_ROOT();
  LACKS_UNLESS(machine::has_controller("cpuset"), "the controller cpuset");
  const Cgroup group(group_name(), {"cpuset"}, Cpuset::empty);
  CHECK(group.read("cpuset.cpus") == "\n");
  CHECK(group.read("cpuset.mems") == "\n");
  const Child child = machine::start_sleeper();
  if (group.version("cpuset") == 1)
    CHECK_THROWS_WITH(group.join(child.pid()), contains("No space"));
  group.write("cpuset.cpus", "0");
  group.write("cpuset.mems", "0");
  group.join(child.pid());
  CHECK(labkit::status_field(child.pid(), "Cpus_allowed_list") == "0");
}
