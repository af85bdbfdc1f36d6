// What the checks' helper does when it is told to: a check that counts on it must be able to.
#include <sys/types.h>

#include "labkit/observe/process.hpp"
#include "labkit/toolkit.hpp"
#include "machine.hpp"
#include "skip.hpp"
#include "slipway/error.hpp"

using namespace slipway;
using machine::eventually;

namespace {

Child start_payload(const Cgroup& group, std::vector<std::string> words) {
  words.insert(words.begin(), labkit::toolkit().payload);
  words.emplace_back("token");
  return start(
      {.cgroup = group.birthplace()}, [&] { execute(words); }, [&](pid_t pid) { group.join(pid); });
}

std::string name_of(pid_t pid) {
  return labkit::status_field(pid, "Name");
}

}  // namespace

TEST_CASE("payload: a bomb has the number it was given, and a place that is free is not taken") {
  NEEDS_ROOT();
  LACKS_UNLESS(machine::has_controller("pids"), "the controller pids");
  const Cgroup group(machine::group_name(), {"pids"});
  const Child bomb = start_payload(group, {"bomb", "7"});
  REQUIRE(eventually([&] { return group.number("pids.current") == 7; }));
  CHECK(name_of(bomb.pid()) == "payload");
}

TEST_CASE("payload: a bomb that the group stops tells the error, and fills each place again") {
  NEEDS_ROOT();
  LACKS_UNLESS(machine::has_controller("pids"), "the controller pids");
  const Cgroup group(machine::group_name(), {"pids"});
  group.write("pids.max", "4");
  const Child bomb = start_payload(group, {"bomb", "100"});
  REQUIRE(eventually([&] { return name_of(bomb.pid()) == "refused 11"; }));
  REQUIRE(eventually([&] { return group.number("pids.current") == 4; }));
  group.write("pids.max", "6");
  CHECK(eventually([&] { return group.number("pids.current") == 6; }));
}

TEST_CASE("payload: threads are started up to the number, or to the group's") {
  NEEDS_ROOT();
  LACKS_UNLESS(machine::has_controller("pids"), "the controller pids");
  const Cgroup group(machine::group_name(), {"pids"});
  {
    const Child threads = start_payload(group, {"threads", "5"});
    REQUIRE(eventually([&] { return labkit::threads_of(threads.pid()).size() == 5; }));
    CHECK(name_of(threads.pid()) == "payload");
  }
  group.write("pids.max", "3");
  const Child threads = start_payload(group, {"threads", "5"});
  REQUIRE(eventually([&] { return name_of(threads.pid()) == "refused 11"; }));
  CHECK(labkit::threads_of(threads.pid()).size() == 3);
}
