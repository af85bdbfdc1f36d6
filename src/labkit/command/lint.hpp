#pragma once

#include <string>
#include <vector>

#include "labkit/workspace/catalog.hpp"
#include "labkit/workspace/reading.hpp"

/// What `lab lint` holds a lab to. CONTRIBUTING.md and docs/writing-lessons.md say why.
namespace labkit {

struct LintFinding {
  std::string file;
  int line = 0;      ///< From 1; 0 where the whole file is meant.
  std::string what;  ///< What is wrong and what to do.
};
using LintFindings = std::vector<LintFinding>;

/// lab.toml against itself, against check.cpp, and against the folders wrong/ and right/.
void lint_description(const LabInfo& lab, const std::string& folder, LintFindings& findings);

/// lab.cpp: its size, its marks, and the starter that is made from it.
void lint_source(const LabInfo& lab, const std::string& file, LintFindings& findings);

/// The lesson: its sections, its quotes, its pictures, its words.
void lint_lesson(const LabInfo& lab, const std::string& file, LintFindings& findings);

/// One without a lab, which has fewer sections.
void lint_reading(const Reading& reading, const std::string& file, LintFindings& findings);

}  // namespace labkit
