#include "labkit/doctor/needs.hpp"

#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "labkit/observe/cgroup.hpp"
#include "slipway/error.hpp"

namespace labkit {
namespace {

constexpr const char* state_names[] = {"fine", "missing", "unknown"};

std::optional<Blocked> blocked_by(const Probe& probe) {
  const Found& found = found_by(probe);
  if (found.health != Health::missing) return std::nullopt;
  return Blocked{fmt::format("{}: {}", probe.title, found.what),
                 found.mend.empty() ? "sudo lab doctor" : found.mend};
}

}  // namespace

bool needs(const LabInfo& lab, const Probe& probe) {
  if (probe.need == Need::checks) return true;
  if (probe.look == probe_controller)
    return std::ranges::find(lab.controllers, probe.about) != lab.controllers.end();
  return std::ranges::find(lab.features, probe.name) != lab.features.end();
}

std::optional<Blocked> lacking(const LabInfo& lab) {
  if (::geteuid() != 0)
    return Blocked{"a check makes namespaces and control groups, for which it must be root",
                   fmt::format("sudo lab check {}", lab.number())};
  for (const Probe& probe : probes())
    if (probe.quick && needs(lab, probe))
      if (auto blocked = blocked_by(probe)) return blocked;
  // A controller that the table does not name: only that some hierarchy has it.
  for (const std::string& controller : lab.controllers)
    if (!tree_of(controller))
      return Blocked{fmt::format("the controller {} is in no mounted hierarchy", controller),
                     "sudo lab doctor"};
  return std::nullopt;
}

bool Diagnosis::ready() const {
  return std::ranges::none_of(lines, [](const Line& line) {
    return !line.labs.empty() && line.found.health == Health::missing;
  });
}

Diagnosis diagnose() {
  Diagnosis diagnosis;
  utsname name;
  slipway::check(::uname(&name), "ask for the kernel's release");
  diagnosis.machine = fmt::format("{} {}", name.release, cgroup_layout());
  const std::vector<LabInfo> labs = catalog();
  for (const Probe& probe : probes()) {
    Diagnosis::Line line{&probe, found_by(probe), {}};
    for (const LabInfo& lab : labs)
      if (needs(lab, probe)) line.labs.push_back(lab.number());
    diagnosis.lines.push_back(line);
  }
  return diagnosis;
}

std::string to_json(const Diagnosis& diagnosis) {
  nlohmann::ordered_json probes = nlohmann::json::array();
  for (const Diagnosis::Line& line : diagnosis.lines)
    probes.push_back({{"name", line.probe->name},
                      {"title", line.probe->title},
                      {"state", state_names[static_cast<int>(line.found.health)]},
                      {"found", line.found.what},
                      {"mend", line.found.mend},
                      {"labs", line.labs}});
  const nlohmann::ordered_json document = {{"version", 1},
                                           {"machine", diagnosis.machine},
                                           {"ready", diagnosis.ready()},
                                           {"probes", probes}};
  return document.dump(2, ' ', true, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace labkit
