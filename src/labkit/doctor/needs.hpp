#pragma once

#include <optional>
#include <string>
#include <vector>

#include "labkit/doctor/probe.hpp"
#include "labkit/verdict/trial.hpp"
#include "labkit/workspace/catalog.hpp"

namespace labkit {

/// What this machine lacks for a lab's check, with the command that mends it; nothing when all is
/// here. Probed, not guessed, with the quick ones of the doctor's probes: some milliseconds.
std::optional<Blocked> lacking(const LabInfo& lab);

/// Whether a lab's check needs what this probe looks for.
bool needs(const LabInfo& lab, const Probe& probe);

/// All that the doctor has to say.
struct Diagnosis {
  struct Line {
    const Probe* probe;
    Found found;
    std::vector<std::string> labs;  ///< The numbers of those that need it.
  };
  std::string machine;  ///< Kernel release and cgroup layout.
  std::vector<Line> lines;

  bool ready() const;  ///< Every lab can be checked: nothing that one needs is missing.
};
Diagnosis diagnose();

/// As JSON: {"version", "machine", "ready", "probes": [{"name", "title", "state", "found", "mend",
/// "labs"}]}; state is fine, missing or unknown.
std::string to_json(const Diagnosis& diagnosis);

}  // namespace labkit
