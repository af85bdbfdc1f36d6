#include "labkit/doctor/needs.hpp"

#include <sched.h>
#include <sys/capability.h>
#include <unistd.h>

#include "labkit/observe/cgroup.hpp"
#include "slipway/error.hpp"
#include "slipway/process.hpp"

namespace labkit {

std::optional<Blocked> lacking(const LabInfo& lab) {
  if (::geteuid() != 0)
    return Blocked{"a check makes namespaces and control groups, for which it must be root",
                   fmt::format("sudo lab check {}", lab.number())};
  for (const std::string& controller : lab.controllers)
    if (!tree_of(controller))
      return Blocked{fmt::format("the controller {} is in no mounted hierarchy", controller),
                     "lab doctor"};
  return std::nullopt;
}

}  // namespace labkit
