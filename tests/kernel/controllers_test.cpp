// The four of the twelve controllers that no lab is about: net_cls, net_prio, perf_event, hugetlb.

#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "labkit/observe/cgroup.hpp"
#include "labkit/observe/process.hpp"
#include "labkit/scope/scene.hpp"
#include "machine.hpp"
#include "skip.hpp"
#include "slipway/cgroup.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"

using namespace slipway;
using machine::eventually;

namespace {

/// Where the kernel says that a process is, in the hierarchy that has the controller.
std::string place_of(pid_t pid, const std::string& controller) {
  const auto groups = labkit::cgroups_of(pid);
  for (const labkit::Tree& tree : labkit::trees()) {
    const bool always = tree.version == 2 && controller == "perf_event";
    if (tree.has(controller) || (always && !labkit::tree_of(controller)))
      return tree.folder(groups.at(tree.name));
  }
  return "";
}

/// Whether perf can watch groups here: perf_event is on v1, or else v2 is mounted. By other eyes
/// than the core's, which may be wrong.
bool perf_knows_groups() {
  const auto all = labkit::trees();
  return labkit::tree_of("perf_event") ||
         std::ranges::any_of(all, [](const labkit::Tree& tree) { return tree.version == 2; });
}

/// Moves a sleeper into the group, and asserts that the kernel has it there and nowhere else.
void check_joining(const Cgroup& group, const std::string& controller) {
  const Child child = machine::start_sleeper();
  const std::string folder = group.file(controller + ".");
  const std::string path = folder.substr(0, folder.rfind('/'));
  CHECK(place_of(child.pid(), controller) != path);
  group.join(child.pid());
  CHECK(place_of(child.pid(), controller) == path);
  CHECK(group.read("cgroup.procs") == std::to_string(child.pid()) + "\n");
}

/// What `lab scope` reads of a file of the group; nothing when it leaves it out.
std::optional<labkit::scope::Reading> seen_by_scope(const Cgroup& group, const std::string& file,
                                                    const std::string& controller) {
  const std::string path = group.file(file);
  for (const auto& reading : labkit::scope::readings(path.substr(0, path.rfind('/')),
                                                     group.version(controller), {controller}))
    if (reading.file == file) return reading;
  return std::nullopt;
}

/// The smallest huge page of this machine, as the kernel writes its size into the names of files,
/// and in bytes. Documentation/admin-guide/cgroup-v1/hugetlb.rst
struct PageSize {
  std::string name;
  std::int64_t bytes = 0;
};
PageSize huge_page() {
  PageSize smallest;
  for (const std::string& folder : list_folder("/sys/kernel/mm/hugepages")) {  // hugepages-2048kB
    const std::int64_t kib = std::stoll(folder.substr(folder.find('-') + 1));
    if (smallest.bytes != 0 && smallest.bytes <= kib << 10) continue;
    smallest = {kib >= 1 << 20   ? fmt::format("{}GB", kib >> 20)
                : kib >= 1 << 10 ? fmt::format("{}MB", kib >> 10)
                                 : fmt::format("{}KB", kib),
                kib << 10};
  }
  return smallest;
}

/// A counter of the time, in ns, that processors spend on members of the group, one for each
/// processor. perf_event_open(2).
std::vector<Descriptor> watch(const Descriptor& folder) {
  perf_event_attr clock{};
  clock.size = sizeof clock;
  clock.type = PERF_TYPE_SOFTWARE;
  clock.config = PERF_COUNT_SW_CPU_CLOCK;
  std::vector<Descriptor> counters;
  for (int cpu = 0; cpu < ::sysconf(_SC_NPROCESSORS_ONLN); ++cpu) {
    const long counter = ::syscall(SYS_perf_event_open, &clock, folder.get(), cpu, -1,
                                   PERF_FLAG_PID_CGROUP | PERF_FLAG_FD_CLOEXEC);
    counters.emplace_back(check(static_cast<int>(counter), "watch processor {}", cpu));
  }
  return counters;
}

std::uint64_t sum(const std::vector<Descriptor>& counters) {
  std::uint64_t all = 0;
  for (const Descriptor& counter : counters) {
    std::uint64_t one = 0;
    if (::read(counter.get(), &one, sizeof one) == sizeof one) all += one;
  }
  return all;
}

}  // namespace

TEST_CASE("a group of net_cls is joined, and its class set and read") {
  NEEDS_ROOT();
  LACKS_UNLESS(machine::has_controller("net_cls"), "a mounted hierarchy with net_cls");
  const Cgroup group(machine::group_name(), {"net_cls"});
  CHECK(group.version("net_cls") == 1);
  check_joining(group, "net_cls");
  CHECK(group.number("net_cls.classid") == 0);
  group.write("net_cls.classid", "0x100001");
  CHECK(group.number("net_cls.classid") == 0x100001);
  const auto seen = seen_by_scope(group, "net_cls.classid", "net_cls");
  REQUIRE(seen);
  CHECK(seen->text == "1048577 (10:1)");
}

TEST_CASE("a group of net_prio is joined, and its links' priorities set and read") {
  NEEDS_ROOT();
  LACKS_UNLESS(machine::has_controller("net_prio"), "a mounted hierarchy with net_prio");
  const Cgroup group(machine::group_name(), {"net_prio"});
  CHECK(group.version("net_prio") == 1);
  check_joining(group, "net_prio");
  CHECK(!seen_by_scope(group, "net_prio.ifpriomap", "net_prio"));
  group.write("net_prio.ifpriomap", "lo 5");
  CHECK(group.keyed("net_prio.ifpriomap", "lo") == 5);
  const auto seen = seen_by_scope(group, "net_prio.ifpriomap", "net_prio");
  REQUIRE(seen);
  CHECK(seen->text == "lo 5");
  CHECK_THROWS_WITH(group.write("net_prio.ifpriomap", "no-such 5"), contains("No such device"));
}

TEST_CASE("net_cls and net_prio have a group each, or one where they are mounted together") {
  NEEDS_ROOT();
  LACKS_UNLESS(machine::has_controller("net_cls") && machine::has_controller("net_prio"),
               "mounted hierarchies with net_cls and net_prio");
  const Cgroup group(machine::group_name(), {"net_cls", "net_prio"});
  const Child child = machine::start_sleeper();
  group.join(child.pid());
  for (const char* controller : {"net_cls", "net_prio"})
    CHECK(place_of(child.pid(), controller) + "/" + controller + ".x" ==
          group.file(std::string(controller) + ".x"));
}

TEST_CASE("a group of perf_event is joined, on v2 by joining any group") {
  NEEDS_ROOT();
  LACKS_UNLESS(perf_knows_groups(), "a hierarchy with perf_event");
  const std::vector<Hierarchy> all = hierarchies();
  const Hierarchy* hierarchy = find_hierarchy(all, "perf_event");
  REQUIRE(hierarchy != nullptr);
  const std::string name = machine::group_name();
  {
    const Cgroup group(name, {"perf_event"});
    CHECK(group.version("perf_event") == hierarchy->version);
    check_joining(group, "perf_event");
    CHECK(exists(hierarchy->mount + "/slipway/" + name));
  }
  CHECK(!exists(hierarchy->mount + "/slipway/" + name));
}

TEST_CASE("perf counts what runs in a group, and only that") {
  NEEDS_ROOT();
  LACKS_UNLESS(perf_knows_groups(), "a hierarchy with perf_event");
  const Cgroup busy(machine::group_name(), {"perf_event"});
  const Cgroup idle(machine::group_name(), {"perf_event"});
  const auto folder_of = [](const Cgroup& group) {
    const std::string file = group.file("perf_event.");
    return open(file.substr(0, file.rfind('/')), O_RDONLY | O_DIRECTORY);
  };
  std::vector<Descriptor> of_busy;
  std::vector<Descriptor> of_idle;
  try {
    of_busy = watch(folder_of(busy));
    of_idle = watch(folder_of(idle));
  } catch (const Error& error) {
    const bool forbidden = error.code() == EACCES || error.code() == EPERM;
    LACKS_UNLESS(!forbidden, "the right to watch a processor's events (perf_event_open)");
    throw;
  }
  const Child child = start({}, [] { execute({"sh", "-c", "while :; do :; done"}); });
  busy.join(child.pid());
  CHECK(eventually([&] { return sum(of_busy) > 20'000'000; }));
  CHECK(sum(of_idle) == 0);
}

TEST_CASE("a group's limit of huge pages is set and read, on either version") {
  NEEDS_ROOT();
  LACKS_UNLESS(machine::has_controller("hugetlb"), "the controller hugetlb");
  LACKS_UNLESS(huge_page().bytes != 0, "huge pages");
  const Cgroup group(machine::group_name(), {"hugetlb"});
  check_joining(group, "hugetlb");
  const bool v2 = group.version("hugetlb") == 2;
  const PageSize page = huge_page();
  const std::string begin = "hugetlb." + page.name;
  const std::string limit = begin + (v2 ? ".max" : ".limit_in_bytes");
  CHECK(group.number(begin + (v2 ? ".current" : ".usage_in_bytes")) == 0);
  CHECK(!seen_by_scope(group, limit, "hugetlb"));
  group.write(limit, fmt::format("{}", 3 * page.bytes));
  CHECK(group.number(limit) == 3 * page.bytes);
  const auto seen = seen_by_scope(group, limit, "hugetlb");
  REQUIRE(seen);
  CHECK(seen->name == page.name + " pages");
  CHECK(seen->limit == 3 * page.bytes);
  CHECK(seen->use == 0);
  group.write(limit, v2 ? "max" : "-1");
  CHECK(!seen_by_scope(group, limit, "hugetlb"));
}
