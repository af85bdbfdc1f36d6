// The checks' eyes on rules for devices, held against rules that the test writes itself.
#include "labkit/observe/devices.hpp"

#include <unistd.h>

#include "labkit/observe/cgroup.hpp"
#include "machine.hpp"
#include "skip.hpp"
#include "slipway/file.hpp"

using labkit::DeviceRequest;
using labkit::devices_allowed;

TEST_CASE(
    "devices: who has no rules may do everything, and a device that is not there is allowed") {
  NEEDS_ROOT();
  const std::vector<DeviceRequest> requests = {{'c', 1, 3, "r"},   {'c', 1, 3, "w"},
                                               {'c', 1, 5, "rw"},  {'c', 1, 5, "m"},
                                               {'b', 240, 7, "m"}, {'c', 245, 200, "m"}};
  CHECK(devices_allowed(::getpid(), requests) == std::vector<bool>(requests.size(), true));
  CHECK(requests[2].text() == "c 1:5 rw");
}

TEST_CASE("devices: a list of v1 is met as it stands, by whatever node") {
  NEEDS_ROOT();
  LACKS_UNLESS(labkit::tree_of("devices").has_value(),
               "a v1 hierarchy with the controller devices");
  const slipway::Cgroup group(machine::group_name(), {"devices"});
  group.write("devices.deny", "a");
  group.write("devices.allow", "c 1:3 r");
  group.write("devices.allow", "c 1:5 wm");
  const slipway::Child sleeper = machine::start_sleeper();
  group.join(sleeper.pid());
  const auto allowed = devices_allowed(sleeper.pid(), {{'c', 1, 3, "r"},
                                                       {'c', 1, 3, "w"},
                                                       {'c', 1, 3, "rw"},
                                                       {'c', 1, 3, "m"},
                                                       {'c', 1, 5, "w"},
                                                       {'c', 1, 5, "m"},
                                                       {'b', 1, 5, "m"},
                                                       {'c', 1, 7, "r"}});
  CHECK(allowed == std::vector<bool>{true, false, false, false, true, true, false, false});
}

TEST_CASE("devices: of a process that is gone, nothing is said") {
  NEEDS_ROOT();
  pid_t pid;
  {
    const slipway::Child sleeper = machine::start_sleeper();
    pid = sleeper.pid();
  }
  CHECK(!devices_allowed(pid, {{'c', 1, 3, "r"}}));
}
