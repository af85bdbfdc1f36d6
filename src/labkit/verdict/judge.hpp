#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "labkit/subject/run.hpp"
#include "labkit/verdict/result.hpp"
#include "labkit/workspace/catalog.hpp"

namespace labkit {

struct JudgeOptions {
  std::string program;             ///< The file to check.
  std::vector<std::string> shown;  ///< What else of this machine it may read.
  std::uint64_t seed = 0;
  double patience = 1;  ///< From measure_patience().
};

/// Runs all checks of a lab on a program. Whatever the program does, there is a verdict: a check
/// that broke says `error`.
LabResult judge(const LabInfo& lab, const JudgeOptions& options, Run& run);

/// The result of a lab whose check was not begun: every check has this verdict and no points.
LabResult unjudged(const LabInfo& lab, Verdict verdict, const std::string& message,
                   const std::string& mend = "");

/// How many times slower than a usual machine this one starts processes: 1 at the least, 40 at
/// most.
double measure_patience();

}  // namespace labkit
