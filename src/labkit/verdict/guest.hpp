#pragma once

#include <string>

#include "labkit/verdict/judge.hpp"

namespace labkit {

/// judge(), with all that it does inside a throw-away guest (scripts/vm): for other people's
/// programs. The guest sees the program and the checks, and nothing else of this machine but its
/// system programs; the result document is all that comes out, and it is believed for this lab,
/// this seed and nothing more. A guest that dies, runs out of time or says anything else gives the
/// verdict `error`; a machine that cannot run guests, `blocked`. `layout` is the guest's cgroups:
/// v2, v1 or hybrid.
LabResult judge_in_guest(const LabInfo& lab, const JudgeOptions& options, const std::string& layout,
                         Run& run);

}  // namespace labkit
